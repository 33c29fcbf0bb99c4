"""How often one caller may ask in a minute, so that nobody's haste becomes everybody's wait."""

import logging
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from time import monotonic

from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from regua.clock import SystemClock
from regua.errors import LimitedError
from regua.settings import Settings
from serving.access.minutes import WINDOW_SECONDS, Minutes

WAIT_SECONDS = 0.25
TRIED_AGAIN_AFTER_S = 5.0
"""After Redis failed, requests are counted here for so long before it is asked again."""
_LOG = logging.getLogger("regua.access")


@dataclass(frozen=True, slots=True)
class Usage:
    """What is left of a caller's minute: told with every answer."""

    limit: int
    remaining: int
    reset_after_s: int

    def headers(self) -> dict[str, str]:
        """Return the header fields of the IETF's draft on rate limits.

        Examples
        --------
        >>> Usage(600, 12, 30).headers()
        {'RateLimit-Policy': '"minute";q=600;w=60', 'RateLimit': '"minute";r=12;t=30'}
        """
        return {
            "RateLimit-Policy": f'"minute";q={self.limit};w={WINDOW_SECONDS}',
            "RateLimit": f'"minute";r={self.remaining};t={self.reset_after_s}',
        }


class Quota:
    """Counts requests in a sliding minute: in this process, or in Redis for all of them.

    Where Redis cannot be asked, each process counts for itself until it can: a limit that is out of order never stops
    anybody who is within it.
    """

    def __init__(self, settings: Settings) -> None:
        self._usual = settings.requests_per_minute
        self._portfolio = settings.portfolio
        self._url = settings.redis_url
        self._failed_at: float | None = None
        self._clock = SystemClock()
        self._own = Minutes()

    @property
    def is_elsewhere(self) -> bool:
        """Whether counting waits for another server, so that it must not hold up the event loop."""
        return self._url is not None

    def take(self, caller_id: str, per_minute: int | None = None, *, is_limited: bool = True) -> Usage:
        """Count one request, and say what is left.

        Parameters
        ----------
        per_minute
            The caller's own limit; that of the settings when None.
        is_limited
            False for what is never refused, such as payments and opt-outs: it is counted all the same.

        Raises
        ------
        LimitedError
            Nothing is left; its headers say after how many seconds to come again.
        """
        limit = per_minute or self._usual
        is_within, usage = self._counted(limit, caller_id)
        if not is_within and is_limited:
            raise LimitedError(
                f"more than {limit} requests in a minute",
                expected=f"at most {limit} a minute for this caller",
                remedy="wait as long as Retry-After says; ask for up to 500 customers at once",
                headers={"Retry-After": str(max(1, usage.reset_after_s)), **usage.headers()},
            )
        return usage

    def _counted(self, limit: int, caller_id: str) -> tuple[bool, Usage]:
        if self._url is not None and (self._failed_at is None or monotonic() - self._failed_at > TRIED_AGAIN_AFTER_S):
            try:
                counted = self._count_elsewhere(RateLimitItemPerMinute(limit), caller_id)
            except StorageError as problem:
                # What it says may hold the address and so the password: only its kind is told.
                _LOG.warning("redis cannot be asked: %s", type(problem.__cause__ or problem).__name__)
                self._failed_at = monotonic()
            else:
                self._failed_at = None
                return counted
        is_within, remaining, reset_after_s = self._own.take(caller_id, limit)
        return is_within, Usage(limit, remaining, reset_after_s)

    def _count_elsewhere(self, item: RateLimitItemPerMinute, caller_id: str) -> tuple[bool, Usage]:
        is_within = self._shared.hit(item, self._portfolio, caller_id)
        left = self._shared.get_window_stats(item, self._portfolio, caller_id)
        reset_after_s = min(WINDOW_SECONDS, max(0, ceil(left.reset_time - self._clock.now().timestamp())))
        return is_within, Usage(item.amount, max(0, left.remaining), reset_after_s)

    @cached_property
    def _shared(self) -> SlidingWindowCounterRateLimiter:
        assert self._url is not None  # noqa: S101 - asked for only where there is one
        storage = storage_from_string(
            self._url.get_secret_value(),
            wrap_exceptions=True,
            socket_timeout=WAIT_SECONDS,
            socket_connect_timeout=WAIT_SECONDS,
        )
        return SlidingWindowCounterRateLimiter(storage)
