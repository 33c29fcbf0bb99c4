"""When more is asked than can be answered in time: what is refused, before anything is done for it, and what never is.

Payments, opt-outs, holds and claims are never refused for being many: they are short, and finish what was begun.
Decisions are, when they would have to wait too long; lists and scores when they would have to wait half as long.
"""

from collections.abc import Mapping, Sequence
from math import ceil, inf
from zlib import crc32

from regua.errors import RequestError, UnavailableError

HEADER = b"regua-timeout-ms"
"""How long a caller waits for its answer, in milliseconds from when we hear it."""
LONGEST_MS = 600_000
UNTIL = "until_s"
"""Where in a request's state stands until when it is worth answering, by ``perf_counter``."""
DECISIONS = "/v1/decisions"
SHARES: Mapping[str, float] = {DECISIONS: 1.0, "/v1/decision-jobs": 0.5, "/v1/scores": 0.5}
"""By path of a POST: the share of the longest wait from which on it is refused. What is not here never is."""
SMOOTHING = 0.2
MOST_CUSTOMERS, TURN_SECONDS = 500, 0.08
"""Decided in one turn at most, and for how long about: payments and opt-outs are heard in between.

A turn costs something of its own, whoever is in it: where more is asked than can be answered, more are in each.
"""
FEWEST_CUSTOMERS = 96
"""Decided in one turn if so many wait, however long it takes: alone each would take longer still."""
LATEST = 0.5
"""The share of a caller's patience that may be spent waiting: being answered takes time as well."""
SPREAD_SECONDS = 3
"""Callers that are refused together do not come back together."""


class OverloadedError(UnavailableError):
    """More is asked than can be answered in time; nothing was done for this request."""

    code = "overloaded"

    def __init__(self) -> None:
        super().__init__(
            "more is asked than can be answered in time",
            expected="a moment with room",
            remedy="ask again after Retry-After, with the same Idempotency-Key; ask for several customers at once",
        )


def come_back(wait_s: float, name: str) -> int:
    """Say after how many seconds a request is worth repeating: not the same for those who are refused together.

    Examples
    --------
    >>> sorted({come_back(0.5, f"req_{number}") for number in range(20)})
    [1, 2, 3]
    """
    return max(1, ceil(wait_s)) + crc32(name.encode()) % SPREAD_SECONDS


class TooLateError(UnavailableError):
    """The caller no longer waits for this answer: nothing was decided."""

    code = "too_late"

    def __init__(self) -> None:
        super().__init__(
            "the answer would come after the caller stops waiting",
            expected="a Regua-Timeout-Ms that leaves time to answer",
            remedy="ask again after Retry-After, with the same Idempotency-Key",
        )


class Load:
    """How much waits for decisions, and how long each takes; read and written by the event loop alone.

    ``admitted`` are requests let in and not yet answered, ``waiting`` the customers at the desk.
    """

    def __init__(self, longest_wait_s: float = inf) -> None:
        self.longest_wait_s = longest_wait_s
        self.admitted = self.waiting = 0
        self._seconds_each = self._unheard_s = 0.0
        self._ended_s = 0.0

    @property
    def wait_s(self) -> float:
        """How long one who is heard now will have waited: during the turn before, too, nobody listened.

        A turn alone refuses nobody: a long list need not be followed by others.
        """
        unheard_s = min(self._unheard_s, self.longest_wait_s / 2)
        return max(self.admitted, self.waiting) * self._seconds_each + unheard_s

    @property
    def most_at_once(self) -> int:
        """For how many customers may be decided until somebody else is listened to."""
        in_time = TURN_SECONDS / self._seconds_each if self._seconds_each else inf
        return int(max(FEWEST_CUSTOMERS, min(MOST_CUSTOMERS, in_time)))

    def worked(self, customers: int, came_s: float, ended_s: float) -> None:
        """Note how long those of a turn took, from when the first of them came: reading the others is a part of it.

        Where it came while an earlier turn was worked off, that one's end counts.
        """
        self._unheard_s = ended_s - max(came_s, self._ended_s)
        each = self._unheard_s / max(1, customers)
        self._seconds_each += (each - self._seconds_each) * (SMOOTHING if self._seconds_each else 1.0)
        self._ended_s = ended_s


def patience_of(headers: Sequence[tuple[bytes, bytes]]) -> float:
    """Return how many seconds a caller waits; infinite where it does not say.

    Raises
    ------
    RequestError
        It is no number of milliseconds.

    Examples
    --------
    >>> patience_of([(b"regua-timeout-ms", b"250")]), patience_of([])
    (0.25, inf)
    """
    for name, value in headers:
        if name == HEADER:
            if not value.isdigit() or not 1 <= int(value[:9]) <= LONGEST_MS:
                raise RequestError(
                    "a Regua-Timeout-Ms that is no time to wait",
                    expected=f"whole milliseconds, 1 to {LONGEST_MS}",
                    param="/header/Regua-Timeout-Ms",
                )
            return int(value) / 1_000
    return inf
