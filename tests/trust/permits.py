"""At most one permit a slot and no cap overshot, however many callers ask about the same customers at once."""

import multiprocessing
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from regua.clock import SetClock
from regua.columns import Columns, take
from serving.permits.modes import Mode
from serving.service import Service
from serving.store import Permit, PermitState, Store
from tests.trust.crowd import Crowd, Heard
from tests.trust.databases import POSTGRES, SQLITE, place
from tests.trust.line import Line, count_line, each, some_line
from tests.trust.served import settings_of
from tests.trust.world import likely_customers, shipped_book, small_world

PROCESSES, CALLERS = {True: 8, False: 2}, {True: 64, False: 6}
DAYS, CUSTOMERS = {True: 3, False: 2}, {True: 9, False: 4}
ATTEMPTS, TURNS = 100_000, 8
"""On each of two databases."""
MOST_A_DAY, MOST_A_WEEK, MOST_A_WEEK_AND_CHANNEL = 2, 7, 3
"""The house's caps on contacts of a customer; each channel has one a day, and letters one a week."""
BEFORE = ((1, 1), (0, MOST_A_WEEK - 1), (0, 0))
"""How many contacts customers had on the first day and in the week before: most have room for one more alone."""


def run(folder: Path, *, full: bool, turn: int = 0) -> Sequence[Line]:
    """Let many callers in several processes decide for, claim and give back the same customers' contacts."""
    meeting = Meeting(PROCESSES[full], CALLERS[full], DAYS[full], _customers(folder / "drawn", CUSTOMERS[full], turn))
    return [line for name in (SQLITE, POSTGRES) for line in meeting.lines(name, folder / name)]


def _customers(folder: Path, count: int, turn: int) -> Columns:
    """Take customers who would be contacted on the first day, others in every turn, some with hardly any room left."""
    small, drawn = small_world(), likely_customers(f"t{turn}-", 12 * count)
    before = np.array(BEFORE, dtype=float)[np.arange(12 * count) % len(BEFORE)]
    drawn |= {"attempts_1d": before[:, 0], "attempts_24h": before[:, 0], "attempts_7d": before[:, 1]}
    service = _service(folder, f"sqlite:///{folder / 'drawn.db'}", drawn)
    answers = service.pipeline.answer(drawn["customer_id"].tolist(), small.MOMENT, Mode.DRY_RUN)
    service.close()
    reached = [place for place, answer in enumerate(answers) if answer.decision.channel is not None]
    # One kind after the other, so that a few are of every kind.
    kinds = [[place for place in reached if place % len(BEFORE) == kind] for kind in range(len(BEFORE))]
    return take(drawn, np.array(list(chain.from_iterable(zip(*kinds, strict=False)))[:count]))


def _service(folder: Path, where: str, customers: Columns) -> Service:
    folder.mkdir(parents=True, exist_ok=True)
    small = small_world()
    profiles = small.TableProfiles(customers, small.PROFILE_AT)
    return Service(settings_of(folder, where), SetClock(small.MOMENT), profiles, shipped_book())


@dataclass(frozen=True, slots=True)
class Meeting:
    """Callers of several processes who meet at the same customers, day after day."""

    processes: int
    callers: int
    days: int
    customers: Columns

    def lines(self, name: str, folder: Path) -> Iterator[Line]:
        """Let them meet on a database, and tell what came of it."""
        with place(name, folder) as where:
            heard = self._heard(folder, where)
            with Store.open(settings_of(folder, where)) as store:
                held = store.permits.of(self._names)
                flaw = store.verify()
        what, tried = (
            f"{name}, {self.processes} processes × {self.callers} callers",
            sum(len(one.tried) for one in heard),
        )
        told = [*self._told(what, heard, held), count_line(f"{what}: flaws of the audit chain", int(flaw is not None))]
        yield from each(told, tried, ATTEMPTS)

    @property
    def _names(self) -> list[str]:
        return list(self.customers["customer_id"])

    def _heard(self, folder: Path, where: str) -> list[Heard]:
        _service(folder, where, self.customers).close()  # the tables are made once
        forked = multiprocessing.get_context("fork")
        gate, answers = forked.Barrier(self.processes), forked.Queue()
        parts = [
            forked.Process(target=self._ask, args=(folder, where, part, gate, answers))
            for part in range(self.processes)
        ]
        for one in parts:
            one.start()
        heard = [answers.get(timeout=7_200) for _ in parts]
        for one in parts:
            one.join()
        return heard

    def _ask(self, folder: Path, where: str, part: int, gate: Any, answers: Any) -> None:
        """Be the callers of one process, on every day together with the others."""
        service = _service(folder, where, self.customers)
        crowd = Crowd(service, self._names, part, self.callers)
        try:
            for day in range(self.days):
                gate.wait(3_600)
                crowd.ask_all(day)
                service.clock.move(timedelta(days=1))
        except Exception as problem:
            gate.abort()  # nobody waits for one who does not come
            crowd.heard.failures.append(f"{type(problem).__name__}: {problem}")
        service.close()
        answers.put(crowd.heard)

    def _told(self, what: str, heard: Sequence[Heard], held: Sequence[Permit]) -> Iterator[Line]:
        claimed = Counter(chain.from_iterable(one.claimed for one in heard))
        contacts = Counter(chain.from_iterable(one.contacts for one in heard))
        slots = Counter((one.customer_id, one.contract_id, one.slot) for one in held)
        before = {name: BEFORE[int(name.rpartition("-")[2]) % len(BEFORE)] for name in self._names}
        rooms = list(_rooms(held, before, small_world().MOMENT + timedelta(days=self.days - 1)))
        yield some_line(f"{what}: contacts permitted", len(held))
        yield some_line(f"{what}: contacts made", contacts.total())
        yield count_line(f"{what}: slots with more than one permit", sum(times > 1 for times in slots.values()))
        yield count_line(f"{what}: slots used more than once", sum(times > 1 for times in contacts.values()))
        yield count_line(f"{what}: permits claimed more than once", sum(times > 1 for times in claimed.values()))
        yield count_line(f"{what}: caps overshot", sum(room < 0 for room in rooms))
        yield _any_line(f"{what}: caps reached", sum(room == 0 for room in rooms))
        failures = list(chain.from_iterable(one.failures for one in heard))
        yield count_line(f"{what}: callers without an answer", len(failures), such=sorted(set(failures)))
        yield _any_line(f"{what}: permits claimed, to send or give back", claimed.total())
        yield _any_line(f"{what}: times they were told to come again", sum(len(one.refusals) for one in heard))


def _rooms(held: Sequence[Permit], before: Mapping[str, tuple[int, int]], now: datetime) -> Iterator[int]:
    """Say of every cap that counts contacts how many more it would allow."""
    first = small_world().MOMENT.date().isoformat()
    days = Counter((one.customer_id, one.slot[:10]) for one in held)
    for (name, day), count in days.items():
        yield MOST_A_DAY - count - before[name][0] * (day == first)
    by_channel = Counter((one.customer_id, one.channel, one.slot[:10]) for one in held)
    yield from (1 - count for count in by_channel.values() if count > 1)
    # A permit nobody claimed while it was valid holds its slot, and is no contact.
    made = [one for one in held if one.state is not PermitState.OPEN or now < one.expires_at]
    for name, count in Counter(one.customer_id for one in made).items():
        yield MOST_A_WEEK - count - before[name][1]
    for (_, channel), count in Counter((one.customer_id, one.channel) for one in made).items():
        yield (1 if channel == "letter" else MOST_A_WEEK_AND_CHANNEL) - count


def _any_line(what: str, seen: int) -> Line:
    return Line(what, "any", f"{seen:,}", is_met=True, count=seen)
