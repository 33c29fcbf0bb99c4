"""What follows an exit: back to the journey that was interrupted, or over to another; and what is remembered for it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from journeys.book.aftermath import Fate
from journeys.book.journeys import BACK
from journeys.stages.case import Case, Rows
from journeys.stages.leaving import Base, would_leave
from journeys.stages.resting import resting
from journeys.stages.standing import moved_step, standing
from regua.columns import Array

NAMES = ("return_journey", "return_version", "return_entered_on", "return_step_last")


@dataclass(slots=True)
class Returns:
    """The journey each customer was taken out of, as the position names it."""

    columns: dict[str, Array]
    known: NDArray[np.bool_]

    @classmethod
    def of(cls, case: Case) -> "Returns":
        """Read what was remembered."""
        columns = {"return_journey": case.text("return_journey")}
        columns |= {name: case.columns[name] for name in NAMES[1:]}
        if columns["return_journey"].tolist().count(None) == case.n:
            return cls(columns, np.zeros(case.n, np.bool_))
        return cls(columns, np.asarray(columns["return_journey"] != None, np.bool_))  # noqa: E711

    def forget(self, rows: Rows) -> None:
        """Forget it for some customers."""
        rows = rows[self.known[rows]]
        if len(rows):
            self._write(rows, None, np.nan, np.nan, np.nan)
            self.known[rows] = False

    def remember(self, case: Case, base: Base, rows: Rows) -> None:
        """Remember where interrupted customers stood; who was interrupted before keeps the first."""
        rows = rows[~self.known[rows]]
        if len(rows):
            at, entered_on = base.at[rows], case.today.toordinal() - base.day[rows]
            names, versions = case.book.journey_names[at], case.book.steps.versions[at]
            self._write(rows, names, versions, entered_on, base.last[rows].astype(np.float64))

    def _write(self, rows: Rows, *values: object) -> None:
        for name, value in zip(NAMES, values, strict=True):
            column = self.columns[name] = self.columns[name].copy()
            column[rows] = value


def follow(case: Case, base: Base, exits: NDArray[np.intp], returns: Returns) -> tuple[Rows, Rows]:
    """Put those who leave where their exit says, in place.

    Returns
    -------
    The rows handed over to another journey, and those that went back.
    """
    leaving = (exits >= 0).nonzero()[0]
    nobody = leaving[:0]
    if not len(leaving):
        return nobody, nobody
    thens = case.book.after.thens[exits[leaving]]
    handed = _hand_over(case, base, leaving[thens >= 0], thens[thens >= 0])
    back = leaving[(thens == BACK) & returns.known[leaving]]
    resumed = _go_back(case, base, back, returns) if len(back) else nobody
    # Whoever is handed over may still go back from there.
    returns.forget(leaving[thens < 0])
    return handed, resumed


def _hand_over(case: Case, base: Base, rows: Rows, to: NDArray[np.intp]) -> Rows:
    if not len(rows):
        return rows
    start, never = np.zeros(len(rows)), np.full(len(rows), -1, np.int64)
    instead = {"journey": case.book.journey_names[to], "journey_day": start, "step_last": never.astype(np.float64)}
    stays = ~would_leave(case, rows, to, instead) & (resting(case)[rows] != to)
    base.place(rows[stays], to[stays], start[stays], never[stays])
    staying: Rows = rows[stays]
    return staying


def _go_back(case: Case, base: Base, rows: Rows, returns: Returns) -> Rows:
    names, versions, entered_on, last = (returns.columns[name][rows] for name in NAMES)
    at = case.book.journey_positions.codes(names)
    back = standing(case, at, names, versions, np.ones(len(rows), np.bool_))
    day = np.where(entered_on == entered_on, case.today.toordinal() - entered_on, 0.0)
    step = np.where(last == last, last, -1.0).astype(np.int64)
    moved = back.rows(Fate.MOVED)
    step[moved] = moved_step(case, rows[moved], back.at[moved], day[moved])
    there = back.at >= 0
    there[back.rows(Fate.STOPPED)] = False
    rows, at, day, step = rows[there], back.at[there], day[there], step[there]
    instead = {"journey": case.book.journey_names[at], "journey_day": day, "step_last": step.astype(np.float64)}
    stays = ~would_leave(case, rows, at, instead)
    base.place(rows[stays], at[stays], day[stays], step[stays])
    return rows[stays]
