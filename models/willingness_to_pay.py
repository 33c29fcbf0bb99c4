"""Will this customer do something about it, given that we reached them? Any payment or promise within a month.

Asked of those reached in the last week, by a reading, a reply or a conversation: who was never reached has not refused.
A broken promise has no known sign here, since those who promise easily promise again.
"""

from types import MappingProxyType

from models.base import STOPPED_CLOCK, Gates, ModelSpec, Prior
from models.families import FAMILIES, features_of

REACHED_DAYS = 7
"""Days in which a customer read, replied or spoke to count as reached."""

SPEC = ModelSpec(
    name="willingness_to_pay",
    unit="contract",
    target="a payment or a promise on the contract within the window",
    observation="every contract in arrears whose customer was reached in the last seven days",
    gap_days=0,
    performance_days=30,
    features=features_of(FAMILIES),
    monotone=MappingProxyType(
        {"on_time_share_12m": 1, "pay_to_due_ratio_6m": 1, "days_since_last_payment": -1, "promises_kept_365d": 1}
    ),
    gates=Gates(),
    prior=MappingProxyType({"": Prior(0.5, 200, "half of those reached, a guess until there is data", "assumed")}),
    excluded_holds=STOPPED_CLOCK,
    score="p_willing",
    used_by="willingness_band of the segments",
)
