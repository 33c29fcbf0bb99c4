"""Of several steps whose day has come, which is due? The latest whose condition holds, or each in turn."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from journeys.stages.case import Case, Rows
from regua.columns import Flags

Steps = NDArray[np.int64]


class Due(NamedTuple):
    """Customers who owe a step, ``(rows,)``.

    The row of their journey's first step, and within it the first step not taken and how many steps' days have come.
    """

    rows: Rows
    first: NDArray[np.intp]
    step: Steps
    come: Steps

    def some(self, places: Rows) -> "Due":
        """Pick some of them."""
        return Due(*(array[places] for array in self))


class Found(NamedTuple):
    """The due step of each, at ``come`` where none is left, and whether any was skipped or overtaken on the way."""

    step: Steps
    is_skipped: Flags
    is_overtaken: Flags


def catch_up(case: Case, due: Due, in_turn: Flags) -> Found:
    """Find the due step of each, in turn where the journey says so."""
    if not in_turn.any():
        return latest(case, due)
    if in_turn.all():
        return each(case, due)
    found = latest(case, due)
    places = in_turn.nonzero()[0]
    for everyone, own in zip(found, each(case, due.some(places)), strict=True):
        everyone[places] = own
    return found


def each(case: Case, due: Due) -> Found:
    """Take every step in turn: the first whose condition holds."""
    step, skipped = due.step.copy(), np.zeros(len(due.rows), np.bool_)
    open_ = np.arange(len(due.rows))
    while len(open_):
        failing = open_[~_holds(case, due, open_, step[open_])]
        step[failing] += 1
        skipped[failing] = True
        open_ = failing[step[failing] < due.come[failing]]
    return Found(step, skipped, np.zeros(len(due.rows), np.bool_))


def latest(case: Case, due: Due) -> Found:
    """Take the first step, whose condition holds, of the latest day that has one; earlier days are overtaken."""
    starts = case.book.rhythm.starts
    step, end = due.come.copy(), due.come.copy()
    skipped, overtaken = np.ones(len(due.rows), np.bool_), np.zeros(len(due.rows), np.bool_)
    start = np.maximum(starts.take(due.first + end - 1), due.step)
    position, open_ = start.copy(), np.arange(len(due.rows))
    while len(open_):
        holds = _holds(case, due, open_, position[open_])
        taking = open_[holds]
        step[taking], skipped[taking] = position[taking], False
        open_ = open_[~holds]
        position[open_] += 1
        # Where a day is over, the day before it is asked.
        over = open_[position[open_] == end[open_]]
        end[over] = start[over]
        earlier = over[end[over] > due.step[over]]
        start[earlier] = np.maximum(starts.take(due.first[earlier] + end[earlier] - 1), due.step[earlier])
        position[earlier] = start[earlier]
        open_ = open_[end[open_] > due.step[open_]]
    behind = (~skipped & (step > due.step)).nonzero()[0]
    position = due.step.copy()
    while len(behind):
        holds = _holds(case, due, behind, position[behind])
        overtaken[behind[holds]] = True
        skipped[behind[~holds]] = True
        position[behind] += 1
        behind = behind[position[behind] < step[behind]]
    return Found(step, skipped, overtaken)


def _holds(case: Case, due: Due, places: Rows, step: Steps) -> Flags:
    """Say whether the condition of one step each is known to be true; a step without one holds."""
    rhythm, at = case.book.rhythm, due.first[places] + step
    asked = rhythm.is_asked.take(at)
    holds = ~asked
    if not asked.any():
        return holds
    of_asked = asked.nonzero()[0]
    which = at[of_asked]
    for index in np.bincount(which).nonzero()[0].tolist():
        condition, here = rhythm.whens[index], of_asked[which == index]
        holds[here] = condition is None or case.where(condition, due.rows[places[here]])
    return holds
