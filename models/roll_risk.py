"""Will this contract be in a worse arrears bucket a month from now?

The bucket ladder is :data:`regua.vocabulary.ARREARS_BUCKETS`; a contract that is closed or paid up is not worse.
Measured per bucket first: pooled over buckets, depth of arrears alone looks like skill.
"""

from types import MappingProxyType

from models.base import STOPPED_CLOCK, Gates, ModelSpec, Prior
from models.families import FAMILIES, features_of

SPEC = ModelSpec(
    name="roll_risk",
    unit="contract",
    target="in a worse arrears bucket at the end of the window",
    observation="every contract in arrears short of the last bucket, except under a hold that stops its clock",
    gap_days=0,
    performance_days=30,
    features=features_of(FAMILIES),
    monotone=MappingProxyType(
        {
            "on_time_share_12m": -1,
            "pay_to_due_ratio_6m": -1,
            "days_since_last_payment": 1,
            "promises_broken_365d": 1,
        }
    ),
    gates=Gates(),
    prior=MappingProxyType(
        {"": Prior(0.35, 200, "middle of the roll rates of early buckets in the simulated world", "assumed")}
    ),
    excluded_holds=STOPPED_CLOCK,
    score="p_roll",
    used_by="risk_band and value_at_stake of the segments",
)
