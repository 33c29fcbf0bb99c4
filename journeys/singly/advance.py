"""Stage 3 for one customer: which step is due?"""

from math import inf
from typing import NamedTuple

from journeys.book.grammar import CONTACT_STATES
from journeys.book.reasons import Code
from journeys.book.steps import NO_WAIT
from journeys.singly.customer import Customer

_FROM_DUE_DATE, _FROM_PROMISE = 1, 2
_WAITING = {
    CONTACT_STATES.index(state): Code(f"waiting_for_{state}") for state in ("accepted", "delivered", "read", "replied")
}
_FAILED = CONTACT_STATES.index("failed")


def advance(who: Customer) -> None:
    """Find the due step; see :func:`journeys.stages.advance.advance`."""
    if who.journey_at < 0 or not who.is_known:
        return
    rhythm, at = who.book.rhythm, who.journey_at
    first, count = rhythm.first.item(at), rhythm.counts.item(at)
    day = day_in(who, at, who.journey_day)
    come = rhythm.come_alone(at, day)
    taken, tried, waits = min(who.step_last, count - 1), who.step_channels_tried, False
    if tried:
        goes_on, waits = _ladder(who, first + min(taken + 1, count - 1), come - taken)
        if not goes_on:
            taken, tried = taken + 1, 0
    is_over = who.row["stepped_on"] == who.today and not (rhythm.interrupts.item(at) and who.is_entered)
    step = taken + 1
    if step < come and not tried and not is_over:
        found = (_each if rhythm.in_turn.item(at) else _latest)(who, first, step, come)
        step = found.step
        if found.is_skipped:
            who.tell(Code.STEP_SKIPPED)
        if found.is_overtaken:
            who.tell(Code.STEP_OVERTAKEN)
    is_due = step < come and not waits and not is_over
    who.step_at = first + step if is_due else -1
    who.step_last = who.row["step_last"] = step - 1
    who.step_channels_tried = who.row["step_channels_tried"] = tried
    after = rhythm.days_after.item(first + step) if step < count else inf
    who.is_last_chance = after <= day + 1
    _tell(who, first + step, is_due=is_due, is_waiting=waits, is_finished=step >= count, is_over=is_over)


def day_in(who: Customer, at: int, journey_day: float) -> float:
    """Return today as the journey counts it; NULL where the date it counts from is not known."""
    counted = who.book.rhythm.counted_from.item(at)
    if counted == _FROM_DUE_DATE:
        return float(who.row["days_past_due"])
    return -who.row["days_to_promise"] if counted == _FROM_PROMISE else journey_day


def _ladder(who: Customer, step_at: int, ahead: int) -> tuple[bool, bool]:
    """Say whether a ladder in progress goes on, and whether it still waits for the last message to come far enough."""
    table, row = who.book.steps, who.row
    wait, untried = table.waits.item(step_at), table.bits.item(step_at) & ~who.step_channels_tried
    state = row["last_contact_state"]
    is_short = not state >= table.awaited.item(step_at)
    goes_on = wait != NO_WAIT and is_short and untried != 0 and ahead <= 2
    return goes_on, goes_on and not row["hours_since_last_contact"] >= wait and state != _FAILED


class _Found(NamedTuple):
    step: int
    is_skipped: bool
    is_overtaken: bool


def _each(who: Customer, first: int, step: int, come: int) -> _Found:
    """Take every step in turn: the first whose condition holds."""
    due = next((one for one in range(step, come) if _holds(who, first + one)), come)
    return _Found(due, due > step, is_overtaken=False)


def _latest(who: Customer, first: int, step: int, come: int) -> _Found:
    """Take the first step, whose condition holds, of the latest day that has one; earlier days are overtaken."""
    starts, end = who.book.rhythm.starts, come
    while end > step:
        start = max(starts.item(first + end - 1), step)
        due = next((one for one in range(start, end) if _holds(who, first + one)), None)
        if due is not None:
            behind = [_holds(who, first + one) for one in range(step, due)]
            return _Found(due, not all(behind), any(behind))
        end = start
    return _Found(come, is_skipped=True, is_overtaken=False)


def _holds(who: Customer, step_at: int) -> bool:
    """Say whether the condition of a step is known to be true; a step without one holds."""
    condition = who.book.rhythm.whens[step_at]
    return condition is None or condition.row(who.row) is True


def _tell(who: Customer, step_at: int, *, is_due: bool, is_waiting: bool, is_finished: bool, is_over: bool) -> None:
    if is_due:
        who.tell(Code.STEP_DUE)
    if is_finished:
        who.tell(Code.JOURNEY_FINISHED)
    if is_over:
        who.tell(Code.STEP_TAKEN_TODAY)
    if is_waiting:
        awaited = who.book.steps.awaited
        code = _WAITING.get(awaited.item(min(step_at, len(awaited) - 1)))
        if code is not None:
            who.tell(code)
    elif not (is_due or is_finished or is_over):
        who.tell(Code.WAITING_FOR_DAY)
