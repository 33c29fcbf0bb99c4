"""Months of a whole portfolio lived through on a virtual clock, with everything going wrong: no promise is broken."""

import multiprocessing
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import process_time

from tests.trust.line import Line, count_line
from tests.trust.simulation.bugs import BUGS
from tests.trust.simulation.month import Outcome, Scale, live_through
from tests.trust.simulation.places import in_memory
from tests.trust.simulation.promises import BrokenPromiseError

SEEDS = {True: 2_000, False: 2}
SCALE = {True: Scale(), False: Scale(customers=20, days=8, crashes=0.02, replayed=1)}
PLANTED = {True: tuple(BUGS), False: ("hours are those of UTC", "an opt-out revokes nothing",
                                      "an event told twice is kept twice")}  # fmt: skip
TRIED = {True: 40, False: 6}
"""In at most so many months each planted bug is found."""
BUG_SCALE = Scale(customers=40, days=12, crashes=0.01, replayed=1)
FIRST_OF_BUGS = 10_000
DAYS_A_YEAR = 365.25
Lived = tuple[int, Outcome | None, str, float]


def run(folder: Path, *, full: bool) -> Sequence[Line]:
    """Live through the months, one of them twice, and then with each bug planted."""
    scale, seeds = SCALE[full], SEEDS[full]
    lived = list(_lived([(seed, scale) for seed in range(seeds)], full=full))
    return [*_kept(lived, scale), _same(lived[0], scale), *_planted(PLANTED[full], TRIED[full], full=full)]


def _kept(lived: Sequence[Lived], scale: Scale) -> Iterator[Line]:
    counts: Counter[str] = sum((one.counts for _, one, *_ in lived if one is not None), Counter())
    broken = [problem for _, one, problem, _ in lived if one is None]
    what = f"{len(lived):,} months of {scale.customers} customers × {scale.days} days"
    told = f": {broken[0]}" if broken else ""
    yield count_line(f"{what}: promises broken{told}", len(broken))
    faults = ("crashes", "interruptions", "clock jumps", "events duplicate", "events refused", "contacts unknown")
    said = ", ".join(f"{counts[name]:,} {name}" for name in faults)
    yield Line(
        f"{what}: what went wrong meanwhile", "crashes and more", said, min(counts[name] for name in faults[:2]) > 0
    )
    done = ("decisions", "permits", "claims granted", "claims refused", "events accepted")
    said = ", ".join(f"{counts[name]:,} {name}" for name in done)
    yield Line(f"{what}: what was done", "some of each", said, min(counts[name] for name in done) > 0)
    spent = sum(seconds for *_, seconds in lived)
    years = len(lived) * scale.customers * scale.days / DAYS_A_YEAR
    yield Line(f"{what}: customer-years lived in a second of a core", "told", f"{years / spent:.2f}", is_met=True)


def _same(lived: Lived, scale: Scale) -> Line:
    """Live through a month again: every byte that was answered is the same."""
    seed, outcome, *_ = lived
    _, again, *_ = _one((seed, scale))
    is_same = outcome is not None and again is not None and outcome.digest == again.digest
    return Line(f"seed {seed} lived through twice", "the same", "the same" if is_same else "another month", is_same)


def _planted(names: Sequence[str], tried: int, *, full: bool) -> Iterator[Line]:
    found = list(_each(_hunt, [(name, tried) for name in names], full=full))
    needed = [months for months in found if months is not None]
    missed = [name for name, months in zip(names, found, strict=True) if months is None]
    said = f"{len(needed)}, in at most {max(needed, default=0)} months" + (
        f"; not: {'; '.join(missed)}" if missed else ""
    )
    yield Line(f"planted bugs found in {tried} months", str(len(names)), said, not missed)


def _hunt(asked: tuple[str, int]) -> int | None:
    """Live on with a bug until it is found; say in which month it was."""
    name, tried = asked
    with BUGS[name]():
        for number in range(tried):
            _, outcome, *_ = _one((FIRST_OF_BUGS + number, BUG_SCALE))
            if outcome is None:
                return number + 1
    return None


def _lived(asked: Sequence[tuple[int, Scale]], *, full: bool) -> Iterator[Lived]:
    return _each(_one, asked, full=full)


def _each(work, asked, *, full: bool) -> Iterator:
    if not full:
        yield from map(work, asked)
        return
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as others:
        yield from others.imap(work, asked)


def _one(asked: tuple[int, Scale]) -> Lived:
    seed, scale = asked
    began = process_time()
    with in_memory() as folder:
        try:
            return seed, live_through(seed, folder, scale), "", process_time() - began
        except BrokenPromiseError as problem:
            return seed, None, str(problem), process_time() - began
