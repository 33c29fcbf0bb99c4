"""Stage 2: in which journey? Stay, leave, hand over, go back, be interrupted, or enter the first that matches."""

from collections.abc import Mapping

import numpy as np

from journeys.book.aftermath import Fate
from journeys.book.journeys import STOP
from journeys.book.reasons import Code
from journeys.stages.case import Case
from journeys.stages.leaving import Base, leave
from journeys.stages.returning import Returns, follow
from journeys.stages.settling import settle
from journeys.stages.standing import moved_step, standing
from regua.columns import Array, Flags, Numbers


def enrol(case: Case) -> Mapping[str, Array]:
    """Decide each customer's journey.

    Who is inside a journey stays until one of its exits holds or the entry of an interrupting journey of higher
    priority does. What follows an exit is written beside it: the first journey that matches (not the one just left),
    the journey that was interrupted, at its own step, none for today, or the one it hands over to; where the journey to
    go back or over to would itself be left at once, the first that matches. An interruption remembers where the
    customer stood, and one within another keeps the first. Who is free enters the first journey, by priority, whose
    entry holds and which does not rest. A customer without a known balance is moved nowhere.

    Returns
    -------
    ``journey_at`` (index of the version, -1 none), ``exit_at`` (index into ``book.exits``, -1 none), ``is_entered``;
    as they are after this stage, ``journey_day``, ``step_last`` and ``step_channels_tried``; and ``return_journey``,
    ``return_version``, ``return_entered_on``, ``return_step_last``.
    """
    known: Flags = case.columns["is_known"]
    at = case.codes("journey", case.book.journey_positions)
    was = standing(case, at, case.text("journey"), case.columns["journey_version"], known)
    base = _base(case, was.at)
    moved = was.rows(Fate.MOVED)
    if len(moved):
        base.last[moved] = moved_step(case, moved, base.at[moved], base.day[moved])
        base.tried[moved] = 0
    exits = leave(case, base, was.rows(Fate.STOPPED))
    returns = Returns.of(case)
    returns.forget(was.rows(Fate.UNKNOWN))
    handed, resumed = follow(case, base, exits, returns)
    settled = settle(case, base.at, exits)
    now = settled.at
    interrupted = ((base.at >= 0) & (now != base.at)).nonzero()[0]
    returns.remember(case, base, interrupted)
    entered = (now >= 0) & ((now != base.at) | (exits >= 0))
    entered[resumed] &= now[resumed] != base.at[resumed]
    _tell(case, now, exits, entered, interrupted)
    case.tell(Code.JOURNEY_RESUMED, resumed[now[resumed] == base.at[resumed]])
    case.tell(Code.JOURNEY_HANDED_OVER, handed[now[handed] == base.at[handed]])
    case.tell(Code.JOURNEY_UNKNOWN, was.rows(Fate.UNKNOWN))
    case.tell(Code.VERSION_MOVED, moved[now[moved] == base.at[moved]])
    finishing = was.rows(Fate.FINISHES)
    case.tell(Code.VERSION_KEPT, finishing[now[finishing] == base.at[finishing]])
    case.tell(Code.COOLING_DOWN, settled.resting)
    return {
        "journey_at": now,
        "exit_at": exits,
        "is_entered": entered,
        "journey_day": np.where(now >= 0, np.where(entered, 0.0, base.day), np.nan),
        "step_last": np.where(entered | (now < 0), -1, base.last),
        "step_channels_tried": np.where(entered | (now < 0), 0, base.tried),
        **returns.columns,
    }


def _base(case: Case, at: Array) -> Base:
    def told(name: str, start: float) -> Numbers:
        before = case.columns[name]
        return np.where((at >= 0) & (before == before), before, start)

    return Base(
        at=at.copy(),
        day=told("journey_day", 0.0),
        last=told("step_last", -1.0).astype(np.int64),
        tried=told("step_channels_tried", 0.0).astype(np.int64),
    )


def _tell(case: Case, now: Array, exits: Array, entered: Flags, interrupted: Array) -> None:
    left = exits >= 0
    case.tell(Code.JOURNEY_ENTERED, entered)
    case.tell(Code.JOURNEY_INTERRUPTED, interrupted)
    case.tell(Code.JOURNEY_KEPT, case.columns["is_known"] & (now >= 0) & ~entered & ~left)
    case.tell(Code.JOURNEY_LEFT, left)
    if case.book.after.has_stops:
        case.tell(Code.JOURNEY_STOPPED, left & (now < 0) & (case.book.after.thens.take(exits) == STOP))
