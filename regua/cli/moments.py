"""Moments as people type them."""

from datetime import datetime

from regua.clock import SystemClock, utc
from regua.errors import RequestError


def given(text: str | None, option: str = "--as-of", *, exact: bool = False) -> datetime:
    """Read a moment; now, to the minute unless it must be ``exact``, when none was given.

    Raises
    ------
    RequestError
        It is no moment.

    Examples
    --------
    >>> given("2026-06-30T09:00").isoformat()
    '2026-06-30T09:00:00+00:00'
    """
    if not text:
        now = SystemClock().now()
        return now if exact else now.replace(second=0, microsecond=0)
    try:
        return utc(datetime.fromisoformat(text))
    except ValueError as problem:
        raise RequestError(
            f"{option} {text} is not a moment",
            expected="ISO 8601, as 2026-06-30T09:00; UTC unless it says otherwise",
            remedy=f"correct {option}",
        ) from problem
