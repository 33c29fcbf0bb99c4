"""Something that failed again and again is left alone for a while, so that nobody waits for it in vain."""

import threading
from collections.abc import Callable
from time import monotonic

FAILURES = 5
FIRST_SECONDS, LONGEST_SECONDS = 2.0, 8.0


class Breaker:
    """Lets calls through until some in a row have failed; then one at a time, after pauses that grow.

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
    >>> breaker.lets(), breaker.lets()
    (False, True)
    """

    def __init__(self, failures: int = FAILURES, now: Callable[[], float] = monotonic) -> None:
        self._most, self._now = failures, now
        self._lock = threading.Lock()
        self._failures, self._pause, self._until = 0, FIRST_SECONDS, 0.0

    @property
    def is_open(self) -> bool:
        """Whether calls are kept away."""
        return self._failures >= self._most

    def lets(self) -> bool:
        """Say whether a call may be tried now; while it is open, one may after each pause."""
        with self._lock:
            if not self.is_open:
                return True
            now = self._now()
            if now < self._until:
                return False
            self._until = now + self._pause  # whoever asks meanwhile does not wait for this one
            return True

    def failed(self) -> None:
        """Note that a call failed."""
        with self._lock:
            self._failures += 1
            if self._failures > self._most:
                self._pause = min(2 * self._pause, LONGEST_SECONDS)
            if self.is_open:
                self._until = self._now() + self._pause

    def succeeded(self) -> None:
        """Note that a call did not fail: all is well again."""
        with self._lock:
            self._failures, self._pause = 0, FIRST_SECONDS
