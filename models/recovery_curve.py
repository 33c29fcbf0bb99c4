"""How much of what is overdue today will have come in after three months, and after a year?

Asked month by month: which share of what is then still left is paid in the month (a discrete-time hazard, Allison 1982,
Sociological Methodology 13). A contract seen for two months only tells of two months, and tells of them rightly;
dropping it would keep the old and the quick. Twelve months are three alone and two stretches within which the share is
taken to be steady, so that one customer is asked about in five rows instead of twelve.
"""

from types import MappingProxyType

from models.base import STOPPED_CLOCK, Gates, ModelSpec, Prior
from models.families import FAMILIES, features_of

MONTHS = 12

SPEC = ModelSpec(
    name="recovery_curve",
    unit="contract",
    target="the share of what was still left of the arrears that is paid in a month, for each of twelve months",
    observation="every contract in arrears at a moment of the grid, and each month of 30 days after it that was seen",
    gap_days=0,
    performance_days=30,
    features=features_of(FAMILIES),
    monotone=MappingProxyType({"on_time_share_12m": 1, "days_since_last_payment": -1}),
    gates=Gates(),
    prior=MappingProxyType(
        {
            "": Prior(
                0.10, 200, "half of a recent debt comes in within half a year, a tenth of the rest a month", "assumed"
            )
        }
    ),
    excluded_holds=STOPPED_CLOCK,
    answers="curve",
    score="recovery_{months}m",
    horizons=(3, MONTHS),
    used_by="what an offer is weighed against beside p_self_cure, and the recovery amounts of segments",
)
