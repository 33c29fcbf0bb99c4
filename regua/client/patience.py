"""When to ask again, and when not: a request that may have had its effect is only repeated under the same key."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from regua.client.problem import Problem

Answer = TypeVar("Answer")

AGAIN = frozenset({429, 502, 503, 504})
IN_USE = "idempotency_key_in_use"
"""The first request of a key is still running."""
EARNED, SAVED = 0.1, 10.0
"""A retry costs one; each first try earns a tenth of one, and up to ten are saved."""


@dataclass(slots=True)
class Patience:
    """How often and how long a client asks again.

    Retries are at most a tenth of what was asked first, beyond a few saved up: when a whole service is down, its
    clients must not be the next load.
    """

    tries: int = 6
    first_s: float = 0.2
    longest_s: float = 20.0
    _saved: float = field(default=SAVED)

    def call(self, work: Callable[[], Answer]) -> Answer:
        """Do the work, again while that may help and may be afforded; the last problem is raised as it is."""
        self._saved = min(self._saved + EARNED, SAVED)
        waits = wait_random_exponential(multiplier=self.first_s, max=self.longest_s)

        def wait(state: RetryCallState) -> float:
            problem = state.outcome.exception() if state.outcome else None
            told = problem.retry_after_s if isinstance(problem, Problem) else None
            # Never sooner than was told, and not together with everybody who was told the same.
            return (told or 0.0) + float(waits(state))

        retrying = Retrying(
            retry=retry_if_exception(self._may), wait=wait, stop=stop_after_attempt(self.tries), reraise=True
        )
        return retrying(work)

    def _may(self, problem: BaseException) -> bool:
        helps = isinstance(problem, httpx.TransportError) or (
            isinstance(problem, Problem) and (problem.status in AGAIN or problem.code == IN_USE)
        )
        if not helps or self._saved < 1:
            return False
        self._saved -= 1
        return True
