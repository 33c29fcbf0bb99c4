"""Months of a whole portfolio lived through on a virtual clock, with everything going wrong: no promise is broken."""

import gc
import multiprocessing
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from time import process_time
from typing import TypeVar

from tests.trust.line import Line, count_line, each, some_line
from tests.trust.simulation.bugs import BUGS
from tests.trust.simulation.month import Outcome, Scale, live_through
from tests.trust.simulation.places import in_memory
from tests.trust.simulation.promises import BrokenPromiseError

SEEDS, TURNS = 2_000, 100
A_FEW = 2
SCALE = {True: Scale(), False: Scale(customers=20, days=8, crashes=0.02, replayed=1)}
BUG_SCALE = Scale(customers=40, days=12, crashes=0.01, replayed=1)
FIRST_OF_BUGS, MOST_TRIED = 10_000, {True: 40, False: 6}
"""In at most so many months each planted bug is found; at full size one bug a turn is planted, as long as there are."""
FOUND_SOON = ("hours are those of UTC", "an opt-out revokes nothing", "an event told twice is kept twice",
              "a permit is claimed before its time", "a permit is granted to whoever asks again")  # fmt: skip
DAYS_A_YEAR = 365.25
ALL_OF = ("crashes", "books", "releases", "erasures", "interruptions", "events duplicate", "contacts unknown", "stops",
          "decisions", "permits", "claims granted", "claims refused")  # fmt: skip
Lived = tuple[int, Outcome | None, str, float]
Asked, Found = TypeVar("Asked"), TypeVar("Found")


def run(folder: Path, *, full: bool, turn: int = 0) -> Sequence[Line]:
    """Live through the months, one of them twice, and then with bugs planted."""
    scale, months = SCALE[full], SEEDS // TURNS if full else A_FEW
    asked = [(seed, scale) for seed in range(turn * months, (turn + 1) * months)]
    planted, tried = tuple(BUGS)[turn : turn + 1] if full else FOUND_SOON, MOST_TRIED[full]
    with _hands(full=full) as each_of:
        # Whoever may hunt for long begins first, and the others live through the months beside them.
        hunted = each_of(_hunt, [(name, tried) for name in planted])
        *lived, again = each_of(_one, [*asked, asked[0]])
        seeds = list(hunted)
    return [
        *each(_kept(lived, scale), months, SEEDS),
        _same(lived[0], again).times(1, TURNS),
        *_planted(planted, seeds, tried),
    ]


def _kept(lived: Sequence[Lived], scale: Scale) -> Iterator[Line]:
    counts: Counter[str] = sum((one.counts for _, one, *_ in lived if one is not None), Counter())
    broken = [problem for _, one, problem, _ in lived if one is None]
    what = f"months of {scale.customers} customers × {scale.days} days"
    yield count_line(f"{what}: promises broken", len(broken), such=broken)
    yield from (some_line(f"{what}: {name}", counts[name]) for name in ALL_OF)
    years = len(lived) * scale.customers * scale.days / DAYS_A_YEAR
    lived_a_second = f"{years / sum(seconds for *_, seconds in lived):.2f}"
    yield Line(f"{what}: customer-years in a second of a core", "told", lived_a_second, is_met=True)


def _same(lived: Lived, again: Lived) -> Line:
    """Compare a month that was lived through twice: every byte that was answered is the same."""
    seed, *told = lived[:3]
    is_same = told == list(again[1:3])
    return count_line("months lived through twice that differ", int(not is_same), such=[f"seed {seed}"] * (not is_same))


def _planted(names: Sequence[str], seeds: Sequence[int | None], tried: int) -> Iterator[Line]:
    for name, seed in zip(names, seeds, strict=True):
        seen = f"in none of {tried} months" if seed is None else f"by seed {seed}, month {seed - FIRST_OF_BUGS + 1}"
        yield Line(f"planted: {name}", "found", seen, seed is not None)
    if names:
        missed = [name for name, seed in zip(names, seeds, strict=True) if seed is None]
        yield some_line("planted bugs found", len(names) - len(missed)).times(len(names), len(BUGS))
        missing = count_line(f"planted bugs that {tried} months did not show", len(missed), such=missed)
        yield missing.times(len(names), len(BUGS))


def _hunt(asked: tuple[str, int]) -> int | None:
    """Live on with a bug until a month shows it that is sound without it; return that month's seed."""
    name, tried = asked
    for seed in range(FIRST_OF_BUGS, FIRST_OF_BUGS + tried):
        with BUGS[name]():
            _, outcome, *_ = _one((seed, BUG_SCALE))
        if outcome is None and _is_sound(seed):
            return seed
    return None


@cache
def _is_sound(seed: int) -> bool:
    _, outcome, *_ = _one((seed, BUG_SCALE))
    return outcome is not None


@contextmanager
def _hands(*, full: bool) -> Iterator[Callable[[Callable[[Asked], Found], Iterable[Asked]], Iterator[Found]]]:
    """Let all cores work, each process from where a first small month has brought this one: or this one alone."""
    if not full:
        yield map
        return
    _one((0, SCALE[False]))
    with multiprocessing.get_context("fork").Pool(os.cpu_count(), gc.freeze) as others:
        yield others.imap


def _one(asked: tuple[int, Scale]) -> Lived:
    seed, scale = asked
    began = process_time()
    with in_memory() as folder:
        try:
            return seed, live_through(seed, folder, scale), "", process_time() - began
        except BrokenPromiseError as problem:
            return seed, None, str(problem), process_time() - began
