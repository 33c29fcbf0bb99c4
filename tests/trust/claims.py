"""Nothing is claimed after a payment, an opt-out or a hold was acknowledged: claims and events raced, both orders."""

import multiprocessing
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from time import perf_counter_ns, sleep
from typing import Any

from regua.clock import SetClock
from regua.records import Decision
from regua.vocabulary import EventKind
from serving.permits.claims import Claims
from serving.service import Service
from serving.store import PermitState, Store
from tests.trust.databases import POSTGRES, SQLITE, place
from tests.trust.line import Line, count_line, each, some_line
from tests.trust.served import settings_of
from tests.trust.world import likely_customers, shipped_book, small_world

KINDS = {
    EventKind.PAYMENT: {"amount_cents": 100},
    EventKind.OPTED_OUT: {},
    EventKind.HOLD_PLACED: {"data": {"kind": "cease_all"}},
}
ROUNDS, TURNS = 100_000, 8
"""On each of two databases."""
A_FEW = 60
PROCESSES = {True: 4, False: 2}
AT_ONCE = 50
LATER = 0.3
"""The share of claims that begin once the event was acknowledged; the others are raced with it."""


def run(folder: Path, *, full: bool, turn: int = 0) -> Sequence[Line]:
    """Race a sender's claims, the rules asked again, with what the customers do meanwhile."""
    rounds = ROUNDS // TURNS if full else A_FEW
    lines = [line for name in (SQLITE, POSTGRES) for line in _lines(name, folder / name, rounds, turn, PROCESSES[full])]
    return each(lines, rounds, ROUNDS)


def _lines(name: str, folder: Path, rounds: int, turn: int, processes: int) -> Iterator[Line]:
    folder.mkdir(parents=True)
    with place(name, folder) as where:
        Store.open(settings_of(folder, where)).close()
        shipped_book()  # read before the fork, once for all
        with ProcessPoolExecutor(processes, multiprocessing.get_context("fork")) as others:
            parts = [
                others.submit(_race, folder, where, turn * processes + part, share)
                for part, share in enumerate(_shared(rounds, processes))
            ]
            seen = sum((one.result() for one in parts), Counter[str]())
        with Store.open(settings_of(folder, where)) as store:
            flaw = store.verify()
    what = f"{name}: claims raced with a payment, an opt-out or a hold"
    yield some_line(f"{what}: granted", seen["granted"])
    yield some_line(f"{what}: refused", seen["refused"])
    yield some_line(f"{what}: begun after the event was acknowledged", seen["later"])
    yield count_line(f"{what}: of those, granted", seen["after"])
    yield count_line(f"{what}: permits still open after it", seen["open"])
    yield count_line(f"{what}: rounds without an answer", rounds - seen["rounds"])
    yield count_line(f"{what}: flaws of the audit chain", int(flaw is not None))


def _shared(rounds: int, processes: int) -> list[int]:
    return [rounds // processes + (part < rounds % processes) for part in range(processes)]


def _race(folder: Path, where: str, part: int, rounds: int) -> Counter[str]:
    """Run the rounds of one process: two threads about one permit, and the clock between them."""
    small, seen = small_world(), Counter[str]()
    customers = likely_customers(f"c{part}-", 4 * rounds + 200)
    profiles = small.TableProfiles(customers, small.PROFILE_AT)
    service = Service(settings_of(folder, where), SetClock(small.MOMENT), profiles, shipped_book())
    names = customers["customer_id"].tolist()
    with ThreadPoolExecutor(1) as other:
        race = Race(service, other, Random(part))
        while seen["rounds"] < rounds:
            some, names = names[:AT_ONCE], names[AT_ONCE:]
            made = [one.decision for one in service.pipeline.answer(some, small.MOMENT)]
            for decision in [one for one in made if one.permit][: rounds - seen["rounds"]]:
                seen += race.run(decision)
    service.close()
    return seen


@dataclass
class Race:
    """A sender and a customer at once; the later a claim reads the facts, the later the event may come."""

    service: Service
    other: Executor
    luck: Random
    claim_s: float = 0.01

    def run(self, decision: Decision) -> Counter[str]:
        """Claim a permit while something happens that forbids it, or just after it was acknowledged."""
        permits, clock, permit = self.service.store.permits, self.service.clock, decision.permit
        at: datetime = max(clock.now(), permit["not_before"]) + timedelta(minutes=1)
        waits, told = self.luck.random() < LATER, threading.Event()
        kind, ahead = self.luck.choice(list(KINDS)), self.luck.random() * 0.7 * self.claim_s
        event = {"event_id": f"e-{decision.customer_id}", "kind": str(kind), "customer_id": decision.customer_id}
        event |= {"channel": str(decision.channel), "happened_at": clock.now().isoformat()} | KINDS[kind]
        reporting = self.other.submit(self._report, event, 0.0 if waits else ahead, told)
        if waits:
            told.wait(60)
        started = perf_counter_ns()
        is_granted = Claims(self.service.pipeline).claim(permit["id"], at).is_granted
        self.claim_s += ((perf_counter_ns() - started) / 1e9 - self.claim_s) / 8
        later = started > reporting.result()
        came, stays_open = "granted" if is_granted else "refused", permits.one(permit["id"]).state is PermitState.OPEN
        return Counter({"rounds": 1, came: 1, "later": later, "after": is_granted and later, "open": stays_open})

    def _report(self, event: dict[str, Any], ahead: float, told: threading.Event) -> int:
        sleep(ahead)
        (reported,) = self.service.take_in([("here", event)])
        acknowledged = perf_counter_ns()
        told.set()
        assert str(reported.status) == "accepted", reported
        return acknowledged
