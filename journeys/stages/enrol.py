"""Stage 2: in which journey? Stay, leave, be interrupted, or enter the first that matches."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from journeys.stages.case import Case, RowAt
from regua.columns import Array, Flags, Numbers, text


def enrol(case: Case) -> Mapping[str, Array]:
    """Decide each customer's journey.

    Who is inside a journey stays until one of its exits holds or the entry of an interrupting journey of higher
    priority does. Who is free enters the first journey, by priority, whose entry holds, but not the one just left.
    A customer without a known balance is moved nowhere.

    Returns
    -------
    ``journey_at`` (index by priority, -1 none), ``was_at`` (where the customer came from), ``exit_at`` (index into
    ``book.exits``, -1 none), ``is_entered``; and, as they are after this stage, ``journey_day``, ``step_last`` and
    ``step_channels_tried``.
    """
    was = _positions(case)
    exits = _exits(case, was)
    now = np.where(exits >= 0, -1, was)
    _settle(case, was, exits, now)
    entered = (now >= 0) & ((now != was) | (exits >= 0))
    kept = (now >= 0) & ~entered
    return {
        "journey_at": now,
        "was_at": was,
        "exit_at": exits,
        "is_entered": entered,
        "journey_day": np.where(now >= 0, _kept(case, "journey_day", kept, 0.0), np.nan),
        "step_last": _kept(case, "step_last", kept, -1.0).astype(np.int64),
        "step_channels_tried": _kept(case, "step_channels_tried", kept, 0.0).astype(np.int64),
    }


def _kept(case: Case, name: str, kept: Flags, start: float) -> Numbers:
    """Return a number of the position for those who stay, where it is known, and its start for all others."""
    before = case.columns[name]
    return np.where(kept & (before == before), before, start)


def _positions(case: Case) -> NDArray[np.intp]:
    if "journey" not in case.columns:
        return np.full(case.n, -1, np.intp)
    return case.book.journey_positions.codes(text(case.columns, "journey"))


def _exits(case: Case, was: NDArray[np.intp]) -> NDArray[np.intp]:
    """Find the first exit that holds of each customer's journey."""
    exits = np.full(case.n, -1, np.intp)
    inside = np.where(case.columns["is_known"], was, -1)
    for index in case.journeys_among(inside):
        journey, rows = case.book.journeys[index], np.flatnonzero(inside == index)
        for offset, (_, condition) in enumerate(journey.leave):
            if not len(rows):
                break
            leaving = case.where(condition, rows)
            exits[rows[leaving]] = journey.first_exit + offset
            rows = rows[~leaving]
    return exits


def _settle(case: Case, was: NDArray[np.intp], exits: NDArray[np.intp], now: NDArray[np.intp]) -> None:
    """Give each customer a journey, in place, from the highest priority down."""
    open_ = case.columns["is_known"].copy()
    left = np.where(exits >= 0, was, -1)
    if case.few is not None:
        for place, row in enumerate(case.few):
            if open_[place]:
                now[place] = _settled(case, row, int(left[place]), int(now[place]))
        return
    for index, journey in enumerate(case.book.journeys):
        # Whoever has come down to the own journey without being interrupted stays in it.
        open_ &= now != index
        asked = open_ & (left != index)
        if not journey.interrupts:
            asked &= now < 0
        rows = np.flatnonzero(asked)
        if len(rows):
            entering = rows[case.where(journey.enter, rows)]
            now[entering] = index
            open_[entering] = False


def _settled(case: Case, row: RowAt, left: int, now: int) -> int:
    """Give one customer a journey: the same as :func:`_settle`, without arrays."""
    for index, journey in enumerate(case.book.journeys):
        if index == now:
            return now
        if index != left and (now < 0 or journey.interrupts) and journey.enter.row(row) is True:
            return index
    return now
