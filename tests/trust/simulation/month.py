"""A month of one portfolio in one process: a virtual clock, the real service, and a world that does not keep quiet.

Whatever happens follows from the seed. The world's own time goes forward; the service's clock may be wrong about it.
The service is the real one, on a SQLite file: profiles, callers, senders, the provider and the network are invented.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

from regua.clock import SetClock
from regua.errors import UnavailableError
from regua.settings import Settings
from serving.service import Service
from serving.store import Logged
from tests.trust.simulation import promises
from tests.trust.simulation.brittle import FUSE, Died, brittle
from tests.trust.simulation.callers import Callers
from tests.trust.simulation.chance import Chance
from tests.trust.simulation.house import House
from tests.trust.simulation.ledger import Ledger
from tests.trust.simulation.nights import Nights
from tests.trust.simulation.outside import Outside
from tests.trust.simulation.people import as_told, people
from tests.trust.simulation.versions import compiled_once, shipped_book
from tests.trust.simulation.worker import Worker

DAY, WEEK, MINUTE = timedelta(days=1), timedelta(days=7), timedelta(minutes=1)
STARTS = tuple(datetime(2026, month, day, 3, tzinfo=UTC) for month, day in ((3, 2), (3, 23), (9, 28)))
"""Two of the three months have Good Friday, Tiradentes or Our Lady of Aparecida in them."""
STEPS_TO_DEATH, AT_ONCE = 60, 100
JUMPS = (timedelta(hours=3), timedelta(minutes=40), timedelta(minutes=-40), timedelta(hours=-2))
Did = TypeVar("Did")


@dataclass(frozen=True, slots=True)
class Scale:
    """How much of a world is simulated, and how many of its steps meet a crash."""

    customers: int = 200
    days: int = 30
    crashes: float = 0.004
    replayed: int = 12
    """Of so many pages of decisions one is made again at the end."""


@dataclass(slots=True)
class Outcome:
    """What came about in a month, and a digest of all of it: the same seed gives the same."""

    seed: int
    counts: Counter[str] = field(default_factory=Counter)
    digest: str = ""


def live_through(seed: int, folder: Path, scale: Scale | None = None) -> Outcome:
    """Live through the month of a seed.

    Raises
    ------
    BrokenPromiseError
        One of the promises did not hold.
    """
    with brittle(), compiled_once():
        month = Month(seed, folder, scale or Scale())
        try:
            return month.live()
        finally:
            month.service.close()


class Month:
    """One simulated month.

    Parameters
    ----------
    seed
        What everything follows from.
    folder
        Where the service's home lies; on a file system in memory it is several times faster.
    scale
        How many customers and days.
    """

    def __init__(self, seed: int, folder: Path, scale: Scale) -> None:
        self.seed, self.scale, self.luck = seed, scale, Chance(seed)
        self.start = STARTS[seed % len(STARTS)]
        self.now, self.skew, self.is_calm = self.start, timedelta(), False
        self.clock = SetClock(self.start)
        self.settings = Settings(home=folder / "home", threads=1)
        self.settings.home.mkdir(parents=True)
        columns = people(scale.customers, self.luck)
        self.names: list[str] = columns["customer_id"].tolist()
        self.ledger = Ledger(as_told(columns, self.start))
        self.nights = Nights(columns, self.start, self._nights_late, self._meanwhile, self.ledger.standing.profiled)
        self.outcome, self._trace = Outcome(seed), blake2b(digest_size=16)
        self._queue: list[tuple[datetime, int, Callable[[], None]]] = []
        self.logged: dict[str, Logged] = {}
        self._count, self._steps, self._is_within = 0, 0, False
        self._is_alone = False
        self.outside, self.callers, self.worker = Outside(self), Callers(self), Worker(self)
        self.house = House(self)
        self.service = self._opened(is_first=True)

    def live(self) -> Outcome:
        """Let every day pass, then let the faults end and everything come to rest."""
        for day in range(self.scale.days):
            self._plan(self.start + day * DAY, day)
        self._pass_time()
        self.is_calm, self.skew = True, timedelta()
        self._come_to_rest()
        self.outcome.digest = self._trace.hexdigest()
        return self.outcome

    def later(self, at: datetime, work: Callable[[], None]) -> None:
        """Do something at an instant of the world."""
        self._count += 1
        heapq.heappush(self._queue, (max(at, self.now), self._count, work))

    def note(self, what: str, content: object = "", *, by: int = 1) -> None:
        """Count something, and let the digest of the month know of it."""
        self.outcome.counts[what] += by
        told = content if isinstance(content, bytes) else str(content).encode()
        self._trace.update(b"%s %s\n" % (what.encode(), told))

    def happens(self, how_often: float, *words: object) -> bool:
        """Say whether a fault happens; in calm times none does."""
        return not self.is_calm and self.luck.happens(how_often, *words)

    def check(self, found: Sequence[str], about: object = "") -> None:
        """Fail, and say how the month is lived through again, if anything is wrong."""
        if found:
            said = "; ".join(found[:3])
            again = f"python -m tests.trust.simulation --seed {self.seed}"
            scale = f" --customers {self.scale.customers} --days {self.scale.days}"
            raise promises.BrokenPromiseError(
                f"{self.clock.now():%Y-%m-%d %H:%M:%S} {about}: {said} (again: {again}{scale})"
            )

    def step(self, what: str, about: Sequence[str], work: Callable[[], Did]) -> Did | None:
        """Ask the service for something; None if its process died over it, and another has taken its place.

        What the dead process had committed is looked up and written into the ledger: it counts, answered or not.
        """
        self._steps += 1
        outermost, self._is_within = not self._is_within, True
        if outermost and self.happens(self.scale.crashes, "dies", self._steps):
            FUSE.light(1 + int(self.luck.share("step", self._steps) * STEPS_TO_DEATH))
        try:
            done = work()
            if FUSE.left is not None and outermost:
                # It got past all statements: it dies between the commit and the answer.
                raise Died
        except Died:
            if not outermost:
                raise
            self.note("crashes", what)
            self._reopen(about)
            return None
        except UnavailableError as problem:
            self.check([f"{what} has no answer: {problem.found}"], about)
        finally:
            if outermost:
                self._is_within = False
                FUSE.put_out()
        return done

    def _reopen(self, about: Sequence[str]) -> None:
        FUSE.put_out()
        self.service.close()
        self.service = self._opened()
        self.outside.look_up()
        self.house.look_up()
        self.callers.look_up(about)

    def _opened(self, *, is_first: bool = False) -> Service:
        service = Service(self.settings, self.clock, self.nights, shipped_book() if is_first else None)
        self.house.move_in(service)
        read = service.store.live

        def interrupted(names, *values, **named):
            live = read(names, *values, **named)
            self._meanwhile(names)
            return live

        commit = service.store.commit

        def committed(rows, *values):
            self.logged.update((row.decision_id, row) for row in rows)
            return commit(rows, *values)

        alone_with = service.store.alone_with

        @contextmanager
        def alone(names):
            with alone_with(names):
                self._is_alone = True
                try:
                    yield
                finally:
                    self._is_alone = False

        service.store.alone_with = alone  # type: ignore[method-assign]
        service.store.live = interrupted  # type: ignore[method-assign]
        service.store.commit = committed  # type: ignore[method-assign]
        return service

    def _plan(self, day: datetime, number: int) -> None:
        self.later(day + timedelta(seconds=1), lambda: self.nights.build(self.service.store, day))
        self.callers.plan(day, number)
        self.outside.plan(day, number)
        self.worker.plan(day, number)
        self.house.plan(day, number)
        if self.luck.happens(0.1, "jump", number):
            at = day + self.luck.between(9 * 3600, 15 * 3600, "jump at", number)
            self.later(at, lambda: self._jump(self.luck.pick(JUMPS, "jump by", number)))
            self.later(at + self.luck.between(600, 5_400, "jump for", number), lambda: self._jump(timedelta()))
        if number % 7 == 6:
            self.later(day + timedelta(minutes=30), self._look_over)

    def _jump(self, skew: timedelta) -> None:
        self.skew = skew
        self.note("clock jumps", skew, by=bool(skew))

    def _pass_time(self) -> None:
        while self._queue:
            at, _, work = heapq.heappop(self._queue)
            self.now = max(self.now, at)
            self.clock.at = self.now + self.skew
            work()

    def _look_over(self) -> None:
        self.check(list(promises.of_the_store(self.service.store, self.ledger)), "all that is kept")

    def _come_to_rest(self) -> None:
        """Faults are over: within an hour everything is told and everybody has an answer."""
        at = self.start + (self.scale.days + 8) * DAY
        for first in range(0, len(self.names), AT_ONCE):
            some = self.names[first : first + AT_ONCE]
            self.later(at + timedelta(hours=10, seconds=first), lambda some=some: self.callers.ask(some, "rest"))
        answered = self.outcome.counts["decisions"]
        self._pass_time()
        self.clock.at += DAY
        self.worker.finish()
        missing = len(self.names) - (self.outcome.counts["decisions"] - answered)
        self.check([f"{missing} customers have no answer"] * (missing > 0), "calm again")
        self.check(list(self.worker.left()), "calm again")
        self.check(list(self.outside.left()), "calm again")
        self._look_over()
        self.check(list(promises.of_the_chain(self.service.store)), "the chain")
        every = self.scale.replayed
        self.check(list(promises.of_the_replay(self.service.store, self.settings, every)), "replay")

    def _nights_late(self) -> int:
        late = self.luck.share("late", self._steps)
        return 0 if self.is_calm or late > 0.08 else 2 if late < 0.02 else 1

    def _meanwhile(self, names: Sequence[str]) -> None:
        """While the service reads, the world goes on: something becomes known of those it reads about.

        Where it keeps every other writer away, whoever has something to tell waits until it is done.
        """
        self._steps += 1
        if self._is_alone:
            return
        if self._is_within and self.happens(0.15, "meanwhile", self._steps):
            name = self.luck.pick(names, "whom", self._steps)
            self.outside.interrupt(name)
            self.clock.at += self.luck.between(0, 2, "slow", self._steps)
        if self._is_within and self.happens(0.005, "erased meanwhile", self._steps):
            self.house.erased(self.luck.pick(names, "who is erased", self._steps))
