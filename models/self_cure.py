"""Would this contract pay all its arrears by itself, if it were left in peace?

Learned on cases followed until the first outbound contact and weighted by the inverse probability of having been
left in peace that long (Robins & Finkelstein 2000, "Correcting for noncompliance and dependent censoring in an
AIDS clinical trial with inverse probability of censoring weighted log-rank tests", Biometrics 56(3)). Dropping the
contacted without weights would keep those who paid before a ladder reached them, and flatter the rate.
"""

from types import MappingProxyType

from models.base import STOPPED_CLOCK, Gates, ModelSpec, Prior
from models.families import FAMILIES, features_of

SPEC = ModelSpec(
    name="self_cure",
    unit="contract",
    target="all arrears paid within the window without an outbound contact before",
    observation="every contract in arrears at a snapshot moment, followed while it is left in peace",
    gap_days=0,
    performance_days=15,
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
    prior=MappingProxyType(
        {"": Prior(0.40, 200, "lower end of the 40-60 % of early delinquencies reported to cure", "unverified")}
    ),
    excluded_holds=STOPPED_CLOCK,
)
