"""Of several steps whose day has come, which is due? The latest whose condition holds, or each in turn."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from journeys.book.journeys import CompiledJourney
from journeys.stages.case import Case, Rows
from regua.columns import Flags


class Due(NamedTuple):
    """Customers of one journey: the first step not taken, and how many steps' days have come, ``(rows,)``."""

    rows: Rows
    step: NDArray[np.int64]
    come: NDArray[np.intp]


class Found(NamedTuple):
    """The due step of each, at ``come`` where none is left, and whether any was skipped or overtaken on the way."""

    step: NDArray[np.int64]
    is_skipped: Flags
    is_overtaken: Flags


def each(case: Case, journey: CompiledJourney, due: Due) -> Found:
    """Take every step in turn: the first whose condition holds."""
    step, skipped = due.step.copy(), np.zeros(len(due.rows), np.bool_)
    for position, condition in enumerate(journey.whens):
        if condition is None:
            continue
        asked = np.flatnonzero((step == position) & (step < due.come))
        if len(asked):
            failing = asked[~case.where(condition, due.rows[asked])]
            step[failing] += 1
            skipped[failing] = True
    return Found(step, skipped, np.zeros(len(due.rows), np.bool_))


def latest(case: Case, journey: CompiledJourney, due: Due) -> Found:
    """Take the first step, whose condition holds, of the latest day that has one; earlier days are overtaken."""
    step, found = due.come.astype(np.int64), np.zeros(len(due.rows), np.bool_)
    several = due.come - due.step > 1
    if not several.any():
        return each(case, journey, due)
    end = int(due.come.max())
    while end > int(due.step.min()):
        start = int(journey.starts[end - 1])
        _first_of_day(case, journey, due, step, found, start, end)
        if found.all():
            break
        end = start
    skipped, overtaken = ~found, np.zeros(len(due.rows), np.bool_)
    behind = np.flatnonzero(step > due.step)
    for position in range(int(due.step.min()), int(step[behind].max()) if len(behind) else 0):
        passed = behind[(due.step[behind] <= position) & (position < step[behind]) & found[behind]]
        if not len(passed):
            continue
        holds = _holds(case, journey, position, due.rows[passed])
        overtaken[passed[holds]] = True
        skipped[passed[~holds]] = True
    return Found(step, skipped, overtaken)


def _first_of_day(
    case: Case, journey: CompiledJourney, due: Due, step: NDArray[np.int64], found: Flags, start: int, end: int
) -> None:
    """Find, in place, the first step of one day whose condition holds, for those who owe a step of that day."""
    for position in range(start, end):
        asked = np.flatnonzero(~found & (due.step <= position) & (position < due.come))
        if len(asked):
            taking = asked[_holds(case, journey, position, due.rows[asked])]
            step[taking] = position
            found[taking] = True


def _holds(case: Case, journey: CompiledJourney, position: int, rows: Rows) -> Flags:
    condition = journey.whens[position]
    return np.ones(len(rows), np.bool_) if condition is None else case.where(condition, rows)
