"""When a message that was not heard is told again: sooner at first, then rarely, for three days."""

from datetime import datetime, timedelta

from regua.dice import draw, identity

FIRST, LONGEST = timedelta(seconds=5), timedelta(hours=6)
GIVES_UP_AFTER = timedelta(hours=72)
FIRST_REST, LONGEST_REST = timedelta(seconds=2), timedelta(minutes=5)


def next_try(
    name: str, attempts: int, moment: datetime, began_at: datetime, asked: timedelta | None = None
) -> datetime | None:
    """Say when a delivery that failed for the ``attempts``-th time is tried again; None when it is given up.

    The waits grow fourfold from 5 seconds to 6 hours, each moved by up to a quarter so that what failed together does
    not come back together. The chance is keyed: the same delivery always waits the same.

    Parameters
    ----------
    asked
        What the receiver asked for by ``Retry-After``; kept if it is longer, up to the longest wait.

    Examples
    --------
    >>> from datetime import UTC
    >>> noon = datetime(2026, 3, 4, 12, tzinfo=UTC)
    >>> 3 < (next_try("del_1", 1, noon, noon) - noon).total_seconds() < 7
    True
    >>> next_try("del_1", 20, noon + timedelta(hours=71), noon) is None
    True
    """
    wait = min(FIRST * 4 ** min(attempts - 1, 9), LONGEST)
    wait *= 0.75 + 0.5 * float(draw(identity([name]), "webhook", attempts)[0])
    wait = max(wait, min(asked or timedelta(), LONGEST))
    return moment + wait if moment + wait <= began_at + GIVES_UP_AFTER else None


def rest(failures: int) -> timedelta:
    """Say how long an endpoint is left alone after so many failures in a row, whatever waits for it.

    Examples
    --------
    >>> [rest(failures).total_seconds() for failures in (0, 1, 2, 5, 50)]
    [0.0, 2.0, 4.0, 32.0, 300.0]
    """
    return min(FIRST_REST * 2 ** min(failures - 1, 10), LONGEST_REST) if failures else timedelta()
