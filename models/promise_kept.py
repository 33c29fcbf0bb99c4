"""Will this promise to pay be kept?

Asked at the first dawn after it was made, when the profile knows how much was promised and for when, as serving does
while the promise is open. Kept means nine tenths of the amount, by the end of the second business day after the day
promised: transfers take that long to show.
"""

from types import MappingProxyType

from models.base import Gates, ModelSpec, Prior
from models.families import FAMILIES, features_of
from regua.vocabulary import HoldKind

ENOUGH = 0.9
"""Share of the promised amount that keeps a promise."""

GRACE_BUSINESS_DAYS = 2
"""Business days after the day promised in which payments still count."""

SPEC = ModelSpec(
    name="promise_kept",
    unit="promise",
    target="at least nine tenths of the promised amount paid by two business days after the day promised",
    observation="every promise at the first dawn after it was made, unless it was fulfilled or withdrawn before",
    gap_days=0,
    performance_days=21,
    features=features_of(FAMILIES),
    monotone=MappingProxyType(
        {
            "on_time_share_12m": 1,
            "pay_to_due_ratio_6m": 1,
            "promise_kept_share_365d": 1,
            "promises_broken_365d": -1,
        }
    ),
    gates=Gates(minimum_rows=300, minimum_positives=30),
    prior=MappingProxyType(
        {"": Prior(0.55, 100, "collection houses speak of half to two thirds of promises kept", "unverified")}
    ),
    excluded_holds=(HoldKind.DECEASED, HoldKind.FRAUD_CLAIM, HoldKind.BANKRUPTCY),
    score="p_promise_kept",
    asked_of="open_promise",
    used_by="promise_hold_days of the patience file: how long a promise holds further contact back",
)
