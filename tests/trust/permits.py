"""At most one permit a slot and no cap overshot, however many callers ask about the same customers at once."""

import multiprocessing
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import Any

import numpy as np

from regua.clock import SetClock
from regua.columns import Columns, take
from regua.errors import UnavailableError
from serving.service import Service
from serving.store import Permit, PermitState, Store
from tests.trust.databases import POSTGRES, SQLITE, place
from tests.trust.line import Line, count_line, each, some_line
from tests.trust.served import settings_of
from tests.trust.world import small_world

PROCESSES, CALLERS = {True: 8, False: 2}, {True: 64, False: 6}
ATTEMPTS, TURNS = 100_000, 50
"""On each of two databases."""
A_FEW = 72
PATIENCE_S, AGAIN_S = 600.0, 0.05
MOST_A_DAY = 2
"""The house's cap on contacts of a customer in a day, over all channels; each channel has one."""


def run(folder: Path, *, full: bool, turn: int = 0) -> Sequence[Line]:
    """Let many callers in several processes decide for, claim and give back the same customers' contacts."""
    return [line for name in (SQLITE, POSTGRES) for line in _lines(small_world(), name, folder / name, turn, full=full)]


def _lines(small: Any, name: str, folder: Path, turn: int, *, full: bool) -> Iterator[Line]:
    processes, callers, attempts = PROCESSES[full], CALLERS[full], ATTEMPTS // TURNS if full else A_FEW
    customers = _customers(small, -(-attempts // (processes * callers)), turn)
    book = small.books.load()
    folder.mkdir(parents=True, exist_ok=True)
    with place(name, folder) as where:
        forked = multiprocessing.get_context("fork")
        gate, answers = forked.Barrier(processes), forked.Queue()
        parts = [
            forked.Process(target=_ask, args=((small, book, customers), folder, where, part, callers, gate, answers))
            for part in range(processes)
        ]
        for one in parts:
            one.start()
        told = [answers.get(timeout=7_200) for _ in parts]
        for one in parts:
            one.join()
        with Store.open(settings_of(folder, where)) as store:
            held = store.permits.of(customers["customer_id"].tolist())
            flaw = store.verify()
    what, tried = f"{name}, {processes} processes × {callers} callers", sum(one[1] for one in told)
    yield from each(_told(what, told, held), tried, ATTEMPTS)
    yield count_line(f"{what}: flaws of the audit chain", int(flaw is not None)).times(tried, ATTEMPTS)


def _customers(small: Any, count: int, turn: int) -> Columns:
    """Take other customers in every turn."""
    return take(small.customers(count * (turn + 1)), np.arange(count * turn, count * (turn + 1)))


def _told(what: str, told: Sequence[Any], held: Sequence[Permit]) -> Iterator[Line]:
    granted = Counter[tuple[str, str, str]]()
    for counts, *_ in told:
        granted.update(counts)
    contacts = Counter(one.customer_id for one in held)
    by_channel = Counter((one.customer_id, one.channel) for one in held)
    over = sum(times > MOST_A_DAY for times in contacts.values()) + sum(times > 1 for times in by_channel.values())
    yield some_line(f"{what}: contacts permitted", len(held))
    yield some_line(f"{what}: contacts made", granted.total())
    yield count_line(f"{what}: slots claimed more than once", sum(times > 1 for times in granted.values()))
    yield count_line(f"{what}: caps overshot", over)
    failures = [problem for one in told for problem in one[2]]
    yield count_line(f"{what}: callers without an answer", len(failures), such=sorted(set(failures)))
    again = sum(one[3] for one in told)
    yield Line(f"{what}: times they were told to come again", "any", f"{again:,}", is_met=True, count=again)


def _ask(world: Any, folder: Path, where: str, part: int, callers: int, gate: Any, answers: Any) -> None:
    """Be the callers of one process; tell what each slot was claimed, how often was asked and how often failed."""
    small, book, customers = world
    profiles = small.TableProfiles(customers, small.PROFILE_AT)
    service = Service(settings_of(folder, where), SetClock(small.MOMENT), profiles, book)
    granted, failures, refusals, tries = Counter[tuple[str, str, str]](), [], [], []
    names = customers["customer_id"].tolist()

    def call(caller: int) -> None:
        luck = Random(part * 1_000 + caller)
        for place_, name in enumerate(names):
            # All meet at the same customers, within a second of one day, and no two in the same instant.
            at = small.MOMENT + timedelta(microseconds=(place_ * 1_000 + caller) * 10 + part)
            tries.append(name)
            try:
                refusals.extend(_until_answered(partial(_contact, service, name, at, luck, granted)))
            except Exception as problem:  # counted, and told as a line
                failures.append(f"{type(problem).__name__}: {problem}")

    gate.wait(600)
    threads = [threading.Thread(target=call, args=(caller,)) for caller in range(callers)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    service.close()
    answers.put((dict(granted), len(tries), failures, len(refusals)))


def _until_answered(contact: Callable[[], None]) -> Iterator[str]:
    """Come again as long as the store has too much to do, as a caller does who hears 503; tell each time it had."""
    until = monotonic() + PATIENCE_S
    while True:
        try:
            return contact()
        except UnavailableError as problem:
            if monotonic() > until:
                raise
            yield str(problem)
            sleep(AGAIN_S)


def _contact(service: Service, name: str, at: Any, luck: Random, granted: Counter[tuple[str, str, str]]) -> None:
    """Decide for a customer and do with the permit what senders do: claim it, lose the answer, or give it back."""
    from serving.permits.claims import Claims, Outcome

    takes_at_once = luck.random() < 0.2
    (answer,) = service.pipeline.answer([name], at, auto_claim=takes_at_once)
    permit = answer.decision.permit
    if permit is None:
        return
    claims, later = Claims(service.pipeline), max(at, permit["not_before"]) + timedelta(microseconds=5)
    if not (answer.is_claimed or claims.claim(permit["id"], later).is_granted):
        return
    outcome = luck.choice((None, Outcome.SENT, Outcome.UNKNOWN, Outcome.NOT_SENT))
    if outcome is not None:
        claims.settle(permit["id"], outcome, later)
    if outcome is not Outcome.NOT_SENT:
        stands = service.store.permits.one(permit["id"])
        assert stands.state in (PermitState.CLAIMED, PermitState.SENT, PermitState.UNKNOWN)
        granted[name, stands.contract_id, stands.slot] += 1
