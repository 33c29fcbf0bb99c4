"""The codes of what may be amiss with a decision's footing, which of them stop contacts, and when to ask again."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from journeys.guardrails.service_sound import STOP_BIT

FEATURES_UNAVAILABLE = "features_unavailable"
PAYMENTS_STALE = "payments_stale"
CLOCK_UNTRUSTED = "clock_untrusted"
POLICY_UNAVAILABLE = "policy_unavailable"
LAST_SNAPSHOT = "last_snapshot"
"""The profile is that of the last snapshot: the online rows could not be read in time."""
FEATURES_MISSING = "features_missing"
"""So much of the profile is missing that no model is asked: documented priors speak, and the rules."""
MODEL_UNAVAILABLE = "model_unavailable"
"""The release at work could not be used: documented priors speak, and the rules."""

AGAIN: Mapping[str, timedelta] = {
    FEATURES_UNAVAILABLE: timedelta(seconds=30),
    CLOCK_UNTRUSTED: timedelta(minutes=1),
    PAYMENTS_STALE: timedelta(minutes=5),
    POLICY_UNAVAILABLE: timedelta(minutes=15),
}
"""After how long it is worth asking again, where nobody can know."""


def bits_of(codes: Iterable[str]) -> int:
    """Add up the bits of the codes that stop contacts.

    Examples
    --------
    >>> bits_of([PAYMENTS_STALE, LAST_SNAPSHOT])
    2
    """
    return sum(STOP_BIT[code] for code in set(codes) if code in STOP_BIT)


def retry_at(degraded: Iterable[str], moment: datetime) -> datetime | None:
    """Say when it is worth asking again about a decision something was missing for; None where nothing stopped it.

    Examples
    --------
    >>> from datetime import UTC
    >>> retry_at(["payments_stale", "prior_roll"], datetime(2026, 3, 4, tzinfo=UTC)).isoformat()
    '2026-03-04T00:05:00+00:00'
    """
    waits = [AGAIN[code] for code in degraded if code in AGAIN]
    return moment + max(waits) if waits else None
