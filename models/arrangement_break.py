"""Will an arrangement in force fail: an instalment of the next two months left unpaid, or the whole broken?"""

from types import MappingProxyType

from models.base import Gates, ModelSpec, Prior
from models.families import FAMILIES, features_of

AHEAD_DAYS = 60
GRACE_DAYS = 5

SPEC = ModelSpec(
    name="arrangement_break",
    unit="arrangement",
    target=f"an instalment due within {AHEAD_DAYS} days stays unpaid for more than {GRACE_DAYS}, or all is broken",
    observation="every arrangement in force at a moment of the grid with an instalment still to come in the window",
    gap_days=0,
    performance_days=AHEAD_DAYS + GRACE_DAYS + 1,
    features=features_of(FAMILIES),
    monotone=MappingProxyType({"on_time_share_12m": -1}),
    gates=Gates(),
    prior=MappingProxyType(
        {
            "": Prior(
                0.18,
                200,
                "a tenth of the agreements in force break in a month, as the shipped offers assume",
                "assumed",
            )
        }
    ),
    score="p_break",
    asked_of="in_arrangement",
    used_by="break_band (an early reminder in arrangement_monitor), and how often an offer is taken to break",
)
