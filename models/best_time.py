"""At which hour of the day does this customer notice a contact?

Two-hour slots from eight in the morning to eight at night. What the whole book shows for a medium, a weekday and a slot
is a prior; the customer's own tries in the slot draw towards themselves as they gather (:mod:`models.slots`), where the
book shows that customers have hours of their own. One who was never tried gets an hour only where the hours of the book
differ by more than chance; where neither is shown, nobody gets one.
"""

from types import MappingProxyType

from models.base import Gates, ModelSpec, Prior
from models.slots import COUNTS

_SOURCE = "messages read within two hours, and calls answered, in the simulated world; the level never moves an hour"

SPEC = ModelSpec(
    name="best_time",
    unit="contact",
    target="the message is read within two hours, or the call is answered by the customer",
    observation="every contact sent by a message or a call between eight and twenty, known as of the dawn before",
    gap_days=0,
    performance_days=1,
    features=("day_of_week",),
    gates=Gates(minimum_rows=600, minimum_positives=60),
    prior=MappingProxyType(
        {"message": Prior(0.20, 100, _SOURCE, "assumed"), "voice": Prior(0.25, 100, _SOURCE, "assumed")}
    ),
    arms=("message", "voice"),
    answers="slots",
    score="best_hour_{arm}",
    reads=COUNTS,
    used_by="send_at: when in the permitted hours a contact goes out",
)
