"""Who enters where? Each customer takes the first journey, by priority, whose entry holds."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from journeys.stages.case import Case, Rows
from journeys.stages.resting import resting, stopped
from regua.columns import Flags


class Settled(NamedTuple):
    """Journeys after all have taken over, ``(n,)``, and the rows kept out of a journey because it rests."""

    at: NDArray[np.intp]
    resting: Rows


def settle(case: Case, base: NDArray[np.intp], exits: NDArray[np.intp]) -> Settled:
    """Give each customer a journey, from the highest priority down.

    Parameters
    ----------
    case
        The customers under decision.
    base
        Where each stands if nothing takes over; -1 for who is free.
    exits
        The exit by which each has just left, -1 none: nobody goes straight back in.
    """
    now = base.copy()
    left, rests, halted = case.book.after.left.take(exits), resting(case), stopped(case, exits)
    return Settled(now, _settle(case, now, left, rests, halted))


def _settle(case: Case, now: NDArray[np.intp], left: NDArray[np.intp], rests: NDArray[np.intp], halted: Flags) -> Rows:
    """Settle many, in place; return those kept out."""
    own = case.book.after.ranks.take(now)
    inside, gone = set(case.journeys_among(own)), set(case.journeys_among(left))
    open_ = case.columns["is_known"].copy()
    free = (own < 0) & ~halted
    kept_out = np.zeros(case.n, np.bool_)
    for index, journey in enumerate(case.book.journeys):
        # Whoever has come down to the own journey without being interrupted stays in it.
        if index in inside:
            open_ &= own != index
        asked = open_ & (left != index) if index in gone else open_
        entering = case.those(journey.enter, asked if journey.interrupts else asked & free)
        if case.book.after.rests[index]:
            rest = rests[entering] == index
            kept_out[entering[rest]] = True
            entering = entering[~rest]
        now[entering] = index
        open_[entering] = False
    return kept_out.nonzero()[0]
