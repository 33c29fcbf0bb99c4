"""How an instant is written so that text sorts as time."""

from datetime import UTC, datetime
from functools import lru_cache

from regua.clock import utc


@lru_cache(maxsize=4_096)
def instant(moment: datetime) -> str:
    """Write an instant as text that sorts as time.

    Examples
    --------
    >>> instant(datetime(2026, 3, 1, 12, tzinfo=UTC))
    '2026-03-01T12:00:00.000000Z'
    """
    return utc(moment).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def moment_of(text: str) -> datetime:
    """Read an instant back.

    Examples
    --------
    >>> moment_of("2026-03-01T12:00:00.000000Z").isoformat()
    '2026-03-01T12:00:00+00:00'
    """
    return datetime.fromisoformat(text[:-1]).replace(tzinfo=UTC)
