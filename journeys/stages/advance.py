"""Stage 3: which step is due? One step a day at most; a blocked step stays due until it is taken."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from journeys.book.journeys import NO_WAIT, CompiledJourney
from journeys.stages.case import Case, Rows
from regua.columns import Array, Flags, Numbers


def advance(case: Case) -> Mapping[str, Array]:
    """Find each customer's due step.

    The day is counted from the entry, the due date or the promised day, as the journey says. The due step is the
    first after the last one taken whose day has come. Who enters late starts at the latest step already due.
    A step whose condition is not known to be true is skipped: NULL is not true, and a step that waited for a figure
    nobody has would hold the journey for ever. A ladder in progress ends when its message was read, when every
    channel was tried, or when the next step's day comes. Whoever took a step earlier on this business day takes no
    other, unless a journey that interrupts has just taken over: what it answers does not wait.

    Returns
    -------
    ``step_at`` (row in ``book.steps``, -1 none due), ``step_last`` (counting what was skipped or ended),
    ``step_channels_tried``, and flags ``is_skipped``, ``is_waiting_for_read``, ``is_finished``, ``is_taken_today`` and
    ``is_last_chance`` (the next step's day comes by tomorrow).
    """
    due = np.full(case.n, -1, np.intp)
    last: NDArray[np.int64] = case.columns["step_last"].copy()
    tried: NDArray[np.int64] = case.columns["step_channels_tried"].copy()
    skipped, waiting, finished, taken_today, last_chance = (np.zeros(case.n, np.bool_) for _ in range(5))
    stepped = case.columns["stepped_on"] == case.today.toordinal()
    inside = np.where(case.columns["is_known"], case.columns["journey_at"], -1)
    for index in case.journeys_among(inside):
        journey, rows = case.book.journeys[index], np.flatnonzero(inside == index)
        day = _day(case, journey, rows)
        come = np.where(day == day, journey.days.searchsorted(day, side="right"), 0)
        taken = _late_entry(case, journey, rows, come, np.minimum(last[rows], len(journey.days) - 1))
        in_ladder, waits = _ladders(case, journey, rows, come, taken, tried[rows])
        taken = np.where((tried[rows] != 0) & ~in_ladder, taken + 1, taken)
        tried[rows] = np.where(in_ladder, tried[rows], 0)
        step, passed = _first_true(case, journey, rows, taken + 1, come, in_ladder)
        last[rows] = step - 1
        skipped[rows] = passed
        waiting[rows] = waits
        finished[rows] = step >= len(journey.days)
        over = stepped[rows]
        if journey.interrupts:
            over &= ~case.columns["is_entered"][rows]
        taken_today[rows] = over
        last_chance[rows] = journey.days_after.take(step, mode="clip") <= day + 1
        due[rows] = np.where((step < come) & ~waits & ~over, journey.first_step + step, -1)
    return {
        "step_at": due,
        "step_last": last,
        "step_channels_tried": tried,
        "is_skipped": skipped,
        "is_waiting_for_read": waiting,
        "is_finished": finished,
        "is_taken_today": taken_today,
        "is_last_chance": last_chance,
    }


def _day(case: Case, journey: CompiledJourney, rows: Rows) -> Numbers:
    """Return today as the journey counts it."""
    if journey.counted_from == 0:
        day: Numbers = case.columns["journey_day"][rows]
    elif journey.counted_from == 1:
        day = case.columns["days_past_due"][rows]
    else:
        day = -case.columns["days_to_promise"][rows]
    return day


def _late_entry(
    case: Case, journey: CompiledJourney, rows: Rows, come: NDArray[np.intp], taken: NDArray[np.int64]
) -> NDArray[np.int64]:
    if not len(journey.days):
        return taken
    latest = journey.starts[np.maximum(come - 1, 0)] - 1
    return np.where(case.columns["is_entered"][rows], latest, taken)


def _ladders(
    case: Case,
    journey: CompiledJourney,
    rows: Rows,
    come: NDArray[np.intp],
    taken: NDArray[np.int64],
    tried: NDArray[np.int64],
) -> tuple[Flags, Flags]:
    """Say which ladders go on, and which of them still wait for the last message to be read."""
    if not tried.any():
        nowhere = np.zeros(len(rows), np.bool_)
        return nowhere, nowhere
    step = np.minimum(taken + 1, len(journey.days) - 1)
    table = case.book.steps
    wait = table.waits[journey.first_step + step]
    untried = table.bits[journey.first_step + step] & (~tried)
    unread = ~(case.columns["last_contact_state"][rows] >= table.awaited[journey.first_step + step])
    goes_on = (tried != 0) & (wait != NO_WAIT) & unread & (untried != 0) & (come <= taken + 2)
    return goes_on, goes_on & ~(case.columns["hours_since_last_contact"][rows] >= wait)


def _first_true(
    case: Case,
    journey: CompiledJourney,
    rows: Rows,
    step: NDArray[np.int64],
    come: NDArray[np.intp],
    in_ladder: Flags,
) -> tuple[NDArray[np.int64], Flags]:
    """Pass over the due steps whose condition is not known to be true."""
    passed = np.zeros(len(rows), np.bool_)
    step = step.copy()
    for position, condition in enumerate(journey.whens):
        if condition is None:
            continue
        asked = np.flatnonzero((step == position) & (step < come) & ~in_ladder)
        if len(asked):
            failing = asked[~case.where(condition, rows[asked])]
            step[failing] += 1
            passed[failing] = True
    return step, passed
