"""Can this customer pay, given that we are in touch? Half of the arrears within two months, of those who engage.

Whoever is in touch and still pays little lacks the means rather than the will; whoever cannot be reached tells nothing
of his means and is left out. The answer belongs to arrears as they are, never to a person's income.
"""

from types import MappingProxyType

from models.base import STOPPED_CLOCK, Gates, ModelSpec, Prior
from models.families import FAMILIES, features_of

ENGAGED_DAYS = 30
"""Days in which a customer read, answered, promised or paid something to count as in touch."""

ENOUGH = 0.5
"""Share of the arrears that shows the means."""

SPEC = ModelSpec(
    name="ability_to_pay",
    unit="contract",
    target="at least half of the arrears paid within the window",
    observation="every contract in arrears whose customer read, answered, promised or paid something in 30 days",
    gap_days=0,
    performance_days=60,
    features=features_of(FAMILIES),
    monotone=MappingProxyType(
        {
            "on_time_share_12m": 1,
            "pay_to_due_ratio_6m": 1,
            "days_since_last_payment": -1,
            "promises_broken_365d": -1,
        }
    ),
    gates=Gates(),
    prior=MappingProxyType({"": Prior(0.45, 200, "half of those in touch, a guess until there is data", "assumed")}),
    excluded_holds=STOPPED_CLOCK,
    score="p_ability",
    used_by="ability_band of the segments",
)
