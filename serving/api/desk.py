"""Where requests for decisions wait for each other for one turn of the event loop, to share one commit."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Any

from regua.errors import ReguaError, UnavailableError
from serving.degrading.overload import Load, TooLateError
from serving.permits.modes import AS_USUAL, How
from serving.store import Store
from serving.store.keys import Kept, KeyReusedError, Once

MOST_TRIES = 5

Answers = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """What one caller asks: about whom, and how its answer is written of what is known of everybody in the turn.

    ``once`` is its key, where it has one: its answer is then kept in the commit of the decisions. ``how`` it asks is
    what all in one turn have in common. ``until_s`` is when it stops waiting, by ``perf_counter``.
    """

    customer_ids: Sequence[str]
    written: Callable[[Answers], bytes]
    at: datetime
    once: Once | None = None
    how: How = AS_USUAL
    until_s: float | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What one caller is answered, and whether that was answered before."""

    content: bytes
    is_replayed: bool = False


class Desk:
    """Callers that ask in the same turn are answered together: one read, one scoring, one durable commit.

    Answers are row-local, so sharing a turn changes no byte of anybody's answer; and a customer asked about twice
    in one turn gets one decision, logged once. Only one of those who ask about the same customer can take the permit at
    once: they are answered one turn after the other.

    Parameters
    ----------
    work
        Decides for customers, and logs it.
    store
        Where keys are kept, in the transaction that keeps the decisions.
    load
        What is told how much waits here, and how long it takes.
    """

    def __init__(self, work: Callable[[Sequence[str], How], Answers], store: Store, load: Load | None = None) -> None:
        self._work, self._store, self._load = work, store, load or Load()
        self._waiting: deque[tuple[Ask, asyncio.Future[Told], float]] = deque()
        self._is_called = False

    async def ask(self, asked: Ask) -> Told:
        """Return a caller's answer, once the turn has been worked through.

        Raises
        ------
        KeyReusedError
            The key was used with another content.
        UnavailableError
            Nothing was decided or logged: the store is away, or the caller no longer waits.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Told] = loop.create_future()
        self._waiting.append((asked, future, perf_counter()))
        self._load.waiting += len(asked.customer_ids)
        self._call(loop)
        return await future

    def _call(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._is_called:
            self._is_called = True
            loop.call_soon(self._turn, loop)

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        self._is_called = False
        began_s = came_s = perf_counter()
        callers: list[tuple[Ask, asyncio.Future[Told]]] = []
        customer_ids: set[str] = set()
        most = self._load.most_at_once
        while self._waiting and (not callers or _joins(self._waiting[0][0], callers[0][0].how, customer_ids, most)):
            asked, future, at_s = self._waiting.popleft()
            came_s = min(came_s, at_s)
            self._load.waiting -= len(asked.customer_ids)
            if _is_awaited(asked, future, began_s):
                callers.append((asked, future))
                customer_ids.update(asked.customer_ids)
        if self._waiting:
            self._call(loop)
        if not callers:
            return
        outcomes: Sequence[Told | Exception]
        try:
            outcomes = self._worked([asked for asked, _ in callers])
        except Exception as problem:  # every caller of this turn is told; none waits for ever
            outcomes = [problem] * len(callers)
        self._load.worked(len(customer_ids), came_s, perf_counter())
        for (_, future), outcome in zip(callers, outcomes, strict=True):
            if not future.done():
                if isinstance(outcome, Exception):
                    future.set_exception(outcome)
                else:
                    future.set_result(outcome)

    def _worked(self, asks: Sequence[Ask]) -> list[Told | Exception]:
        """Answer all, again if another process has kept an answer to one of the keys meanwhile."""
        for is_first in (True, *[False] * (MOST_TRIES - 1)):
            outcomes: dict[int, Told | Exception] = {} if is_first else self._kept(asks)
            leading = _first_of_each_key(asks)
            working = [at for at, _ in enumerate(asks) if leading[at] == at and at not in outcomes]
            try:
                bodies = self._decided([asks[at] for at in working])
            except _AnsweredElsewhereError:
                continue
            outcomes |= {at: Told(body) for at, body in zip(working, bodies, strict=True)}
            return [
                outcomes[at] if at in outcomes else _following(asks, at, leading, outcomes) for at in range(len(asks))
            ]
        raise UnavailableError(
            f"other processes answered the same keys {MOST_TRIES} times meanwhile", remedy="ask again"
        )

    def _decided(self, asks: Sequence[Ask]) -> list[bytes]:
        """Decide and keep the keys in the same transaction; without keys the decisions' own is enough."""
        keyed = any(asked.once for asked in asks)
        with self._store.unit() if keyed else nullcontext():
            names = list(dict.fromkeys(name for asked in asks for name in asked.customer_ids))
            answers = self._work(names, asks[0].how) if asks else {}
            bodies = [asked.written(answers) for asked in asks]
            kept = [(one.once, one.at, Kept(200, body)) for one, body in zip(asks, bodies, strict=True) if one.once]
            # In one order everywhere: another process may be keeping the same keys.
            for once, at, answer in sorted(kept, key=lambda one: one[0].key):
                if not self._store.keys.keep(once, at, answer):
                    raise _AnsweredElsewhereError
        return bodies

    def _kept(self, asks: Sequence[Ask]) -> dict[int, Told | Exception]:
        found: dict[int, Told | Exception] = {}
        for at, asked in enumerate(asks):
            try:
                kept = self._store.keys.find(asked.once, asked.at) if asked.once else None
            except ReguaError as problem:
                found[at] = problem
            else:
                if kept:
                    found[at] = Told(kept.answer, is_replayed=True)
        return found


def _is_awaited(asked: Ask, future: asyncio.Future[Told], now_s: float) -> bool:
    """Say whether anybody still waits for an answer; who does not costs no work."""
    if future.done():
        return False
    if asked.until_s is not None and now_s > asked.until_s:
        future.set_exception(TooLateError())
        return False
    return True


def _joins(asked: Ask, how: How, customer_ids: set[str], most: int) -> bool:
    """Say whether a caller may be answered in a turn that is asked in one way about some customers already."""
    is_apart = not how.auto_claim or customer_ids.isdisjoint(asked.customer_ids)
    return asked.how == how and is_apart and len(customer_ids) + len(asked.customer_ids) <= most


class _AnsweredElsewhereError(Exception):
    """Another process has kept an answer to one of the keys: this turn's work is undone."""


def _first_of_each_key(asks: Sequence[Ask]) -> list[int]:
    """Return for each caller the first one of this turn with its key: itself, where it has none."""
    first: dict[tuple[str, str, str], int] = {}
    return [
        first.setdefault((asked.once.client, asked.once.operation, asked.once.key), at) if asked.once else at
        for at, asked in enumerate(asks)
    ]


def _following(
    asks: Sequence[Ask], at: int, leading: Sequence[int], outcomes: dict[int, Told | Exception]
) -> Told | Exception:
    """Return what a caller is told whose key an earlier one of this turn has."""
    first, own = asks[leading[at]].once, asks[at].once
    if first and own and first.fingerprint != own.fingerprint:
        return KeyReusedError.told()
    outcome = outcomes[leading[at]]
    return Told(outcome.content, is_replayed=True) if isinstance(outcome, Told) else outcome
