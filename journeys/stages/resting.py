"""Which journey rests? The one left last, for as long as its cool-down says."""

import numpy as np
from numpy.typing import NDArray

from journeys.book.journeys import STOP
from journeys.stages.case import Case
from regua.columns import Flags


def last_exits(case: Case) -> NDArray[np.intp]:
    """Return the exit by which each customer left the last journey, ``(n,)`` positions among ``book.exits``."""
    known = case.columns.get("last_exit_at")
    if known is None:
        known = case.codes("last_journey_exit", case.book.after.exits)
        case.add({"last_exit_at": known})
    return known


def resting(case: Case) -> NDArray[np.intp]:
    """Return the journey in force that each customer may not enter yet, ``(n,)``, -1 none."""
    after, left_on = case.book.after, case.columns["left_on"]
    if not after.rests.any() or not (left_on == left_on).any():
        return np.full(case.n, -1, np.intp)
    journeys = after.left.take(last_exits(case))
    rests = after.rests.take(journeys)
    return np.where((rests > 0) & (case.today.toordinal() - left_on < rests), journeys, np.intp(-1))


def stopped(case: Case, exits: NDArray[np.intp]) -> Flags:
    """Say who has left a journey by an exit that stops, today: in this decision or in an earlier one."""
    after = case.book.after
    if not after.has_stops:
        return np.zeros(case.n, np.bool_)
    today = case.columns["left_on"] == case.today.toordinal()
    now: Flags = (exits >= 0) & (after.thens.take(exits) == STOP)
    if not today.any():
        return now
    ever: Flags = now | (today & (after.thens.take(last_exits(case)) == STOP) & (exits < 0))
    return ever
