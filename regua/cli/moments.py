"""Moments as people type them."""

from datetime import datetime

from regua.clock import SystemClock, utc
from regua.errors import DataError


def given(text: str | None, option: str = "--as-of") -> datetime:
    """Read a moment; now, to the minute, when none was given.

    Raises
    ------
    DataError
        It is no moment.

    Examples
    --------
    >>> given("2026-06-30T09:00").isoformat()
    '2026-06-30T09:00:00+00:00'
    """
    if text is None:
        return SystemClock().now().replace(second=0, microsecond=0)
    try:
        return utc(datetime.fromisoformat(text))
    except ValueError as problem:
        raise DataError(
            f"{option} is {text!r}", expected="a moment such as 2026-06-30 or 2026-06-30T09:00"
        ) from problem
