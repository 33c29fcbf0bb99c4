"""Stage 3: which step is due? One step a day at most; a blocked step stays due until it is taken or overtaken."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from journeys.book.grammar import CONTACT_STATES
from journeys.book.reasons import Code
from journeys.book.steps import NO_WAIT
from journeys.stages.case import Case, Rows
from journeys.stages.catching_up import Due, catch_up
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
    rows = ((case.columns["journey_at"] >= 0) & case.columns["is_known"]).nonzero()[0]
    if len(rows):
        steps = _steps(case, rows, last[rows], tried[rows])
        due[rows] = np.where(steps.is_due, steps.first + steps.step, -1)
        last[rows], tried[rows], last_chance[rows] = steps.step - 1, steps.tried, steps.is_last_chance
        _tell(case, rows, steps)
    return {"step_at": due, "step_last": last, "step_channels_tried": tried, "is_last_chance": last_chance}


class _Steps(NamedTuple):
    """Where each of some customers stands in the journey, ``(rows,)``: the step that comes next, and what it does."""

    first: NDArray[np.intp]
    step: NDArray[np.int64]
    tried: NDArray[np.int64]
    is_due: Flags
    is_waiting: Flags
    is_over: Flags
    is_finished: Flags
    is_last_chance: Flags


def _steps(case: Case, rows: Rows, last: NDArray[np.int64], tried: NDArray[np.int64]) -> _Steps:
    rhythm, at = case.book.rhythm, case.columns["journey_at"][rows]
    first, count = rhythm.first.take(at), rhythm.counts.take(at)
    day = day_in(case, at, rows, case.columns["journey_day"][rows])
    come = rhythm.come(at, day)
    taken = np.minimum(last, count - 1)
    waits = in_ladder = np.zeros(len(rows), np.bool_)
    if tried.any():
        in_ladder, waits = _ladders(case, rows, first + np.minimum(taken + 1, count - 1), come - taken, tried)
        taken = np.where((tried != 0) & ~in_ladder, taken + 1, taken)
        tried = np.where(in_ladder, tried, 0)
    over = case.columns["stepped_on"][rows] == case.today.toordinal()
    if over.any():
        over &= ~(rhythm.interrupts.take(at) & case.columns["is_entered"][rows])
    step = taken + 1
    owing = ((step < come) & ~in_ladder & ~over).nonzero()[0]
    if len(owing):
        owed = Due(rows[owing], first[owing], step[owing], come[owing])
        found = catch_up(case, owed, rhythm.in_turn.take(at[owing]))
        step[owing] = found.step
        case.tell(Code.STEP_SKIPPED, owed.rows[found.is_skipped])
        case.tell(Code.STEP_OVERTAKEN, owed.rows[found.is_overtaken])
    return _Steps(
        first=first,
        step=step,
        tried=tried,
        is_due=(step < come) & ~waits & ~over,
        is_waiting=waits,
        is_over=over,
        is_finished=step >= count,
        is_last_chance=rhythm.next_day(at, step) <= day + 1,
    )


def _ladders(
    case: Case, rows: Rows, step_at: NDArray[np.intp], ahead: NDArray[np.int64], tried: NDArray[np.int64]
) -> tuple[Flags, Flags]:
    """Say which ladders go on, and which of them still wait for the last message to come far enough.

    ``step_at`` is the row of the step in the table; ``ahead`` how many steps' days have come since the last was taken.
    """
    table = case.book.steps
    wait = table.waits.take(step_at)
    untried = table.bits.take(step_at) & ~tried
    state = case.columns["last_contact_state"][rows]
    short = ~(state >= table.awaited.take(step_at))
    goes_on = (tried != 0) & (wait != NO_WAIT) & short & (untried != 0) & (ahead <= 2)
    # A message that failed comes no further: there is nothing to wait for.
    patient = ~(case.columns["hours_since_last_contact"][rows] >= wait) & ~(state == _FAILED)
    return goes_on, goes_on & patient


def _tell(case: Case, rows: Rows, steps: _Steps) -> None:
    case.tell(Code.STEP_DUE, rows[steps.is_due])
    case.tell(Code.JOURNEY_FINISHED, rows[steps.is_finished])
    case.tell(Code.STEP_TAKEN_TODAY, rows[steps.is_over])
    case.tell(Code.WAITING_FOR_DAY, rows[~(steps.is_due | steps.is_waiting | steps.is_finished | steps.is_over)])
    if steps.is_waiting.any():
        awaited = case.book.steps.awaited.take(steps.first + steps.step, mode="clip")
        for state, code in _WAITING:
            case.tell(code, rows[steps.is_waiting & (awaited == state)])
