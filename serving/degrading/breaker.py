"""Something that failed again and again is left alone for a while, so that nobody waits for it in vain."""

import threading
from collections.abc import Callable
from time import monotonic

FAILURES = 5
FIRST_SECONDS, LONGEST_SECONDS = 2.0, 8.0


class Breaker:
    """Lets calls through until some in a row have failed; then none, but for a probe after each of its growing pauses.

    A probe that was begun counts as failed until it succeeds: one that hangs is not waited for to be sure of that.

    Parameters
    ----------
    failures
        How many in a row open it.
    now
        Seconds that only go on.

    Examples
    --------
    >>> seconds = iter([0.0, 1.0, 3.0])
    >>> breaker = Breaker(failures=1, now=lambda: next(seconds))
    >>> breaker.failed()
    True
    >>> breaker.is_open, breaker.probes(), breaker.probes()
    (True, False, True)
    """

    def __init__(self, failures: int = FAILURES, now: Callable[[], float] = monotonic) -> None:
        self._most, self._now = failures, now
        self._lock = threading.Lock()
        self._failures, self._pause, self._until = 0, FIRST_SECONDS, 0.0

    @property
    def is_open(self) -> bool:
        """Whether calls are kept away."""
        return self._failures >= self._most

    def probes(self) -> bool:
        """Say whether whoever asks is to begin a probe now: one does after each pause, while it is open."""
        with self._lock:
            if not self.is_open or (now := self._now()) < self._until:
                return False
            self._pause_from(now, min(2 * self._pause, LONGEST_SECONDS))
            return True

    def failed(self) -> bool:
        """Note that a call failed; return whether that opened it."""
        with self._lock:
            self._failures += 1
            is_opened = self._failures == self._most
            if is_opened:
                self._pause_from(self._now(), FIRST_SECONDS)
            return is_opened

    def succeeded(self) -> None:
        """Note that a call did not fail: all is well again."""
        with self._lock:
            self._failures = 0

    def _pause_from(self, now: float, seconds: float) -> None:
        self._pause, self._until = seconds, now + seconds
