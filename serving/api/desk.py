"""Where requests for decisions wait for each other for one turn of the event loop, to share one commit."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

MOST_CUSTOMERS = 500
"""Decided in one turn, so that the loop can hear payments and opt-outs in between."""

Answers = dict[str, Any]


class Desk:
    """Callers that ask in the same turn are answered together: one read, one scoring, one durable commit.

    Answers are row-local, so sharing a turn changes no byte of anybody's answer; and a customer asked about twice
    in one turn gets one decision, logged once.
    """

    def __init__(self, work: Callable[[Sequence[str]], Answers]) -> None:
        self._work = work
        self._waiting: deque[tuple[Sequence[str], asyncio.Future[Answers]]] = deque()
        self._is_called = False

    async def ask(self, customer_ids: Sequence[str]) -> Answers:
        """Return the answers by customer, once the turn has been worked through."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answers] = loop.create_future()
        self._waiting.append((customer_ids, future))
        self._call(loop)
        return await future

    def _call(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._is_called:
            self._is_called = True
            loop.call_soon(self._turn, loop)

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        self._is_called = False
        callers: list[asyncio.Future[Answers]] = []
        customer_ids: dict[str, None] = {}
        while self._waiting and (not callers or len(customer_ids) + len(self._waiting[0][0]) <= MOST_CUSTOMERS):
            asked, future = self._waiting.popleft()
            customer_ids.update(dict.fromkeys(asked))
            callers.append(future)
        if self._waiting:
            self._call(loop)
        try:
            answers = self._work(list(customer_ids))
        except Exception as problem:  # every caller of this turn is told; none waits for ever
            for future in callers:
                if not future.done():
                    future.set_exception(problem)
            return
        for future in callers:
            if not future.done():
                future.set_result(answers)
