"""Stage 3: which step is due? One step a day at most; a blocked step stays due until it is taken or overtaken."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from journeys.book.grammar import CONTACT_STATES
from journeys.book.journeys import CompiledJourney
from journeys.book.reasons import Code
from journeys.book.steps import NO_WAIT
from journeys.stages.case import Case, Rows
from journeys.stages.catching_up import Due, each, latest
from journeys.stages.days import day_in
from regua.columns import Array, Flags

_WAITING = tuple(
    (CONTACT_STATES.index(state), Code(f"waiting_for_{state}"))
    for state in ("accepted", "delivered", "read", "replied")
)
_FAILED = CONTACT_STATES.index("failed")


def advance(case: Case) -> Mapping[str, Array]:
    """Find each customer's due step.

    The day is counted from the entry, the due date or the promised day, as the journey says. Of the steps whose day has
    come and that were not taken, the due one is the latest whose condition holds, or the first where the journey takes
    each in turn: so it is after a pause of the system, and for whoever enters late. A step left behind so is told as
    overtaken. A step whose condition is not known to be true is skipped: NULL is not true, and a step that waited for a
    figure nobody has would hold the journey for ever. A ladder in progress ends when its message came as far as it
    should, when every channel was tried, or when the next step's day comes. Whoever took a step earlier on this
    business day takes no other, unless a journey that interrupts has just taken over: what it answers does not wait.

    Returns
    -------
    ``step_at`` (row in ``book.steps``, -1 none due), ``step_last`` (counting what was skipped, overtaken or ended),
    ``step_channels_tried``, and the flag ``is_last_chance`` (the next step's day comes by tomorrow).
    """
    due = np.full(case.n, -1, np.intp)
    last: NDArray[np.int64] = case.columns["step_last"].copy()
    tried: NDArray[np.int64] = case.columns["step_channels_tried"].copy()
    last_chance = np.zeros(case.n, np.bool_)
    stepped = case.columns["stepped_on"] == case.today.toordinal()
    inside = np.where(case.columns["is_known"], case.columns["journey_at"], -1)
    for index in case.journeys_among(inside):
        journey, rows = case.book.versions[index], np.flatnonzero(inside == index)
        day = day_in(case, journey, rows, case.columns["journey_day"][rows])
        come = np.where(day == day, journey.days.searchsorted(day, side="right"), 0)
        taken = np.minimum(last[rows], len(journey.days) - 1)
        in_ladder, waits = _ladders(case, journey, rows, come, taken, tried[rows])
        taken = np.where((tried[rows] != 0) & ~in_ladder, taken + 1, taken)
        tried[rows] = np.where(in_ladder, tried[rows], 0)
        over = stepped[rows]
        if journey.interrupts:
            over &= ~case.columns["is_entered"][rows]
        step = taken + 1
        owing = np.flatnonzero((step < come) & ~in_ladder & ~over)
        if len(owing):
            catch_up = each if journey.written.catch_up == "each" else latest
            found = catch_up(case, journey, Due(rows[owing], step[owing], come[owing]))
            step[owing] = found.step
            case.tell(Code.STEP_SKIPPED, rows[owing[found.is_skipped]])
            case.tell(Code.STEP_OVERTAKEN, rows[owing[found.is_overtaken]])
        last[rows] = step - 1
        last_chance[rows] = journey.days_after.take(step, mode="clip") <= day + 1
        is_due = (step < come) & ~waits & ~over
        due[rows] = np.where(is_due, journey.first_step + step, -1)
        _tell(case, journey, rows, step, is_due, waits, over)
    return {"step_at": due, "step_last": last, "step_channels_tried": tried, "is_last_chance": last_chance}


def _ladders(
    case: Case,
    journey: CompiledJourney,
    rows: Rows,
    come: NDArray[np.intp],
    taken: NDArray[np.int64],
    tried: NDArray[np.int64],
) -> tuple[Flags, Flags]:
    """Say which ladders go on, and which of them still wait for the last message to come far enough."""
    if not tried.any():
        nowhere = np.zeros(len(rows), np.bool_)
        return nowhere, nowhere
    step = np.minimum(taken + 1, len(journey.days) - 1)
    table = case.book.steps
    wait = table.waits[journey.first_step + step]
    untried = table.bits[journey.first_step + step] & ~tried
    state = case.columns["last_contact_state"][rows]
    short = ~(state >= table.awaited[journey.first_step + step])
    goes_on = (tried != 0) & (wait != NO_WAIT) & short & (untried != 0) & (come <= taken + 2)
    # A message that failed comes no further: there is nothing to wait for.
    patient = ~(case.columns["hours_since_last_contact"][rows] >= wait) & ~(state == _FAILED)
    return goes_on, goes_on & patient


def _tell(
    case: Case,
    journey: CompiledJourney,
    rows: Rows,
    step: NDArray[np.int64],
    is_due: Flags,
    waits: Flags,
    over: Flags,
) -> None:
    finished = step >= len(journey.days)
    case.tell(Code.STEP_DUE, rows[is_due])
    case.tell(Code.JOURNEY_FINISHED, rows[finished])
    case.tell(Code.STEP_TAKEN_TODAY, rows[over])
    case.tell(Code.WAITING_FOR_DAY, rows[~(is_due | waits | finished | over)])
    if waits.any():
        awaited = case.book.steps.awaited.take(journey.first_step + step, mode="clip")
        for state, code in _WAITING:
            case.tell(code, rows[waits & (awaited == state)])
