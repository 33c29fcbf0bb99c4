"""How many requests each caller made in the last minute, counted in this process: two numbers a caller.

The sliding window counter of ``limits``, which counts in Redis: what a caller asked in the whole minute before counts
by the share of it that is still within sixty seconds. The storage in memory of ``limits`` costs a request more than
reading it does, and a thread a hundred times a second.
"""

import threading
from collections.abc import Callable
from math import ceil, floor
from time import monotonic

WINDOW_SECONDS = 60
MOST_CALLERS = 10_000


class Minutes:
    """Counts requests by caller.

    Parameters
    ----------
    now
        Seconds that only go on, of which minutes are made.

    Examples
    --------
    >>> minutes = Minutes(lambda: 90.0)
    >>> minutes.take("ana", 2), minutes.take("ana", 2), minutes.take("ana", 2)
    ((True, 1, 30), (True, 0, 30), (False, 0, 30))
    """

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now, self._lock = now, threading.Lock()
        self._counted: dict[str, tuple[int, int, int]] = {}

    def take(self, caller_id: str, limit: int) -> tuple[bool, int, int]:
        """Count one request, unless the minute is used up; say whether it was, what is left, and when there is more."""
        now = self._now()
        minute, left_s = int(now // WINDOW_SECONDS), WINDOW_SECONDS - now % WINDOW_SECONDS
        with self._lock:
            counted_in, before, count = self._counted.get(caller_id, (minute, 0, 0))
            if counted_in < minute:
                before, count = (count if counted_in == minute - 1 else 0), 0
            used = floor(before * left_s / WINDOW_SECONDS + count)
            is_within = used < limit
            if is_within:
                if len(self._counted) >= MOST_CALLERS:
                    self._forget(minute)
                count, used = count + 1, used + 1
            self._counted[caller_id] = minute, before, count
        frees_s = left_s % (WINDOW_SECONDS / before) if before else left_s
        return is_within, max(0, limit - used), ceil(min(frees_s, left_s))

    def _forget(self, minute: int) -> None:
        """Forget who asked nothing for two minutes."""
        self._counted = {who: one for who, one in self._counted.items() if one[0] >= minute - 1}
