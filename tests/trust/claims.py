"""Nothing is claimed after a payment, an opt-out or a hold was acknowledged: claims and events raced, both orders."""

import multiprocessing
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import perf_counter_ns, sleep
from typing import Any

from regua.records import Event
from regua.vocabulary import EventKind
from serving.store import Logged, Permit, PermitState, Store
from tests.trust.databases import POSTGRES, SQLITE, place
from tests.trust.line import Line, count_line
from tests.trust.served import settings_of

KINDS = (EventKind.PAYMENT, EventKind.OPTED_OUT, EventKind.HOLD_PLACED)
ROUNDS = {True: 100_000, False: 150}
"""On each of two databases."""
PROCESSES = {True: 4, False: 2}
AT_ONCE = 50
NOON = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)


def run(folder: Path, *, full: bool) -> Sequence[Line]:
    """Race a sender's claims with what the customers do meanwhile."""
    return [line for name in (SQLITE, POSTGRES) for line in _lines(name, folder / name, full=full)]


def _lines(name: str, folder: Path, *, full: bool) -> Iterator[Line]:
    rounds, processes = ROUNDS[full], PROCESSES[full]
    with place(name, folder) as where:
        Store.open(settings_of(folder, where)).close()
        forked = multiprocessing.get_context("fork")
        answers = forked.Queue()
        parts = [
            forked.Process(target=_race, args=(folder, where, part, rounds // processes, answers))
            for part in range(processes)
        ]
        for one in parts:
            one.start()
        seen = sum((answers.get(timeout=7_200) for _ in parts), Counter[str]())
        for one in parts:
            one.join()
        with Store.open(settings_of(folder, where)) as store:
            flaw = store.verify()
    told = f"{seen['granted']:,} granted, {seen['refused']:,} refused"
    what = f"{name}: {seen['rounds']:,} claims raced with a payment, an opt-out or a hold ({told})"
    yield count_line(f"{what}: granted after the event was acknowledged", seen["after"])
    yield count_line(f"{what}: permits still open after it", seen["open"])
    yield count_line(f"{what}: rounds without an answer", rounds - seen["rounds"])
    yield count_line(f"{what}: flaws of the audit chain", int(flaw is not None))
    yield Line(f"{what}: both came first now and then", "both", told, min(seen["granted"], seen["refused"]) > 0)


def _race(folder: Path, where: str, part: int, rounds: int, answers: Any) -> None:
    """Run the rounds of one process: two threads about one permit, and the clock between them."""
    luck, seen = Random(part), Counter[str]()
    with Store.open(settings_of(folder, where)) as store:
        for first in range(0, rounds, AT_ONCE):
            names = [f"c{part}-{number}" for number in range(first, min(first + AT_ONCE, rounds))]
            _issue(store, names)
            for name in names:
                seen += _one(store, name, luck)
    answers.put(seen)


def _issue(store: Store, names: Sequence[str]) -> None:
    words = ("sms/pay_link", "sms", NOON, "early_digital", "none", "b", "s")
    rows = [Logged(f"dec_{name}", name, NOON, *words, b"{}", b"{}", b"") for name in names]
    until = NOON + timedelta(hours=8)
    issued = [
        Permit(f"per_{name}", f"dec_{name}", name, "k", "sms", "2026-03-04.collection", NOON, until, NOON)
        for name in names
    ]
    store.commit(rows, store.live(names, NOON, NOON).watermark, issued)


def _one(store: Store, name: str, luck: Random) -> Counter[str]:
    acknowledged, started, is_granted = [0], [0], [False]
    waits = luck.random() < 0.3
    ahead, behind = luck.random() * 0.002, luck.random() * 0.002
    told = threading.Event()

    def report() -> None:
        sleep(ahead)
        at = NOON + timedelta(minutes=1)
        data = {"kind": "cease_all"} if (kind := luck.choice(KINDS)) is EventKind.HOLD_PLACED else {}
        store.record([Event(f"e-{name}", kind, name, at, at, data=data)])
        acknowledged[0] = perf_counter_ns()
        told.set()

    def claim() -> None:
        if waits:
            told.wait(60)
        else:
            sleep(behind)
        started[0] = perf_counter_ns()
        claimed = store.permits.claim(f"per_{name}", NOON + timedelta(minutes=2), lambda *_: None)
        is_granted[0] = claimed.is_granted

    threads = [threading.Thread(target=one) for one in (report, claim)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    came = "granted" if is_granted[0] else "refused"
    after = is_granted[0] and started[0] > acknowledged[0]
    stays_open = store.permits.one(f"per_{name}").state is PermitState.OPEN
    return Counter({"rounds": 1, came: 1, "after": int(after), "open": int(stays_open)})
