"""Who leaves? The first exit that holds of each customer's journey."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from journeys.stages.case import Case, Rows
from regua.columns import Array, Flags, Numbers


@dataclass(slots=True)
class Base:
    """Where each customer stands before anything takes over, ``(n,)``: journey, day, last step, channels tried."""

    at: NDArray[np.intp]
    day: Numbers
    last: NDArray[np.int64]
    tried: NDArray[np.int64]

    def place(self, rows: Rows, at: NDArray[np.intp], day: Numbers, last: NDArray[np.int64]) -> None:
        """Put some customers elsewhere, with no ladder in progress."""
        self.at[rows], self.day[rows], self.last[rows], self.tried[rows] = at, day, last, 0


def leave(case: Case, base: Base, stopped: Rows) -> NDArray[np.intp]:
    """Find the first exit that holds of each customer's journey, and free who leaves, in place.

    Parameters
    ----------
    case, base
        The customers and where they stand.
    stopped
        Those who were inside a version that the one in force stops.

    Returns
    -------
    ``(n,)`` positions among ``book.exits``; -1 for who stays.
    """
    exits = np.full(case.n, -1, np.intp)
    exits[stopped] = case.book.after.stopped_from + base.at[stopped]
    inside = np.where(case.columns["is_known"] & (exits < 0), base.at, -1)
    for index in case.journeys_among(inside):
        journey, some = case.book.versions[index], case.some((inside == index).nonzero()[0])
        staying = np.ones(len(some.rows), np.bool_)
        for offset, (_, condition) in enumerate(journey.leave):
            leaving = staying & some.where(condition)
            exits[some.rows[leaving]] = journey.first_exit + offset
            staying &= ~leaving
    base.at[exits >= 0] = -1
    return exits


def would_leave(case: Case, rows: Rows, at: NDArray[np.intp], instead: Mapping[str, Array]) -> Flags:
    """Say who would leave a journey at once, were they put into it with a position as given, ``(rows,)`` each."""
    leaving = np.zeros(len(rows), np.bool_)
    for index in np.unique(at).tolist():
        here = (at == index).nonzero()[0]
        position = {name: array[here] for name, array in instead.items()}
        for _, condition in case.book.versions[index].leave:
            leaving[here] |= case.where_as(condition, rows[here], position)
    return leaving
