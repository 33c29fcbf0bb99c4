"""Logged decisions made again from the log alone, in other company, and at full size elsewhere: the same bytes."""

import multiprocessing
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import timedelta
from itertools import islice
from pathlib import Path
from random import Random

from regua.settings import Settings
from tests.trust.line import Line, count_line, each, some_line
from tests.trust.world import small_world

DECISIONS, TURNS = 100_000, 20
CUSTOMERS, AT_ONCE, SINGLE = {True: 5_000, False: 120}, {True: DECISIONS // TURNS, False: 240}, {True: 100, False: 20}
MOST_AT_ONCE = 500


def run(folder: Path, *, full: bool, turn: int = 0) -> Sequence[Line]:
    """Decide in crowds of any size while things happen, then replay the whole log in a process that knows nothing."""
    settings = Settings(home=folder / "home", threads=1)
    settings.home.mkdir(parents=True)
    decided = _decide(settings, CUSTOMERS[full], AT_ONCE[full], turn, is_learned=full)
    with multiprocessing.get_context("spawn").Pool(1) if full else nullcontext() as others:
        apply = others.apply if others else _here
        replayed, differing = apply(replay_all, (settings.home,))
        single, alone = apply(replay_some, (settings.home, SINGLE[full]))
    lines = [
        count_line("decisions not replayed", decided - replayed),
        count_line("decisions replayed in their order, not the same", len(differing), such=differing),
        some_line("of them replayed one by one, in any order", single),
        count_line("of them replayed one by one, not the same", len(alone), such=alone),
    ]
    return each(lines, replayed, DECISIONS)


def _decide(settings: Settings, customers: int, decisions: int, turn: int, *, is_learned: bool) -> int:
    from journeys import book
    from regua.clock import SetClock
    from serving.service import Service

    small, luck = small_world(), Random(turn)
    columns = small.customers(customers)
    if is_learned:
        small.small_release(settings, columns)
    clock = SetClock(small.MOMENT)
    service = Service(settings, clock, small.TableProfiles(columns, small.PROFILE_AT), book.load())
    names, decided = columns["customer_id"].tolist(), 0
    while decided < decisions:
        luck.shuffle(names)
        waiting = iter(names)
        while some := list(islice(waiting, luck.randint(1, min(MOST_AT_ONCE, customers)))):
            decided += len(service.decide(some))
            clock.move(timedelta(seconds=luck.randint(1, 40)))
            service.take_in([("here", _payment(f"e{decided}", luck.choice(some), clock.now()))])
    service.close()
    return decided


def _payment(name: str, customer_id: str, at) -> dict[str, object]:
    event = {"event_id": name, "kind": "payment", "customer_id": customer_id, "amount_cents": 1_000}
    return event | {"happened_at": at.isoformat()}


def replay_all(home: Path) -> tuple[int, list[str]]:
    """Replay a log in its order; return how many, and those that differ."""
    from serving.proving.replay import Replayer
    from serving.store import Store

    settings = Settings(home=home, threads=1)
    with Store.open(settings) as store:
        return _counted(Replayer(store, settings).replay_all(store.whole_log()))


def replay_some(home: Path, count: int) -> tuple[int, list[str]]:
    """Replay decisions drawn from a log, each alone."""
    from serving.proving.replay import Replayer
    from serving.store import Store

    settings = Settings(home=home, threads=1)
    with Store.open(settings) as store:
        names = [row.decision_id for row in store.whole_log()]
        replayer = Replayer(store, settings)
        return _counted(map(replayer.replay, Random(count).sample(names, count)))


def _here(work, values):
    return work(*values)


def _counted(replays) -> tuple[int, list[str]]:
    count, differing = 0, []
    for one in replays:
        count += 1
        differing += [] if one.is_equal else [f"{one.decision_id}: {one.difference}"]
    return count, differing
