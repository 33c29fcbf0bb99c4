"""Would this contract pay all its arrears by itself, if it were left in peace?

Cases are followed until cure, contact or the end of the window. One that a contact cut short is completed with the
chance it had in peace, estimated day by day from those left alone (``training/cases/peace.py``): dropping the contacted
would keep those who paid before a ladder reached them, and make payers of everyone.
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
    score="p_self_cure",
    used_by="self_cure_band, grace days, and what an offer is weighed against",
)
