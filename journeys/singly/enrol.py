"""Stage 2 for one customer: stay, leave, hand over, go back, be interrupted, or enter the first that matches."""

from journeys.book.aftermath import Fate
from journeys.book.journeys import STOP
from journeys.book.reasons import Code
from journeys.rulebook.row import NAN
from journeys.singly.customer import NONE, Customer
from journeys.singly.leaving import Place, Returns, follow, leave, moved_step, resting
from journeys.singly.leaving import stand as standing
from journeys.stages.returning import NAMES as RETURNS


def enrol(who: Customer) -> None:
    """Decide the journey; see :func:`journeys.stages.enrol.enrol`."""
    row, after = who.row, who.book.after
    at, fate = standing(who, row.get("journey"), row["journey_version"]) if who.is_known else (_named(who), None)
    base = _base(who, at)
    if fate is Fate.MOVED:
        base.last, base.tried = moved_step(who, at, base.day), 0
    who.exit_at = leave(who, base, is_stopped=fate is Fate.STOPPED)
    returns = Returns.of(row)
    if fate is Fate.UNKNOWN:
        returns.forget()
    is_handed, is_resumed = follow(who, base, returns)
    now, is_kept_out = _settle(who, base.at)
    is_interrupted = base.at >= 0 and now != base.at
    if is_interrupted:
        returns.remember(who, base)
    is_entered = now >= 0 and (now != base.at or (who.exit_at >= 0 and not is_resumed))
    who.journey_at, who.is_entered = now, is_entered
    who.journey_day = NAN if now < 0 else 0.0 if is_entered else base.day
    if now >= 0 and not is_entered:
        who.step_last, who.step_channels_tried = base.last, base.tried
    who.returns = returns.position()
    # What is asked from here on is asked of where the customer stands now.
    row |= zip(RETURNS, who.returns, strict=True)
    row |= {"journey_day": who.journey_day, "step_last": who.step_last, "step_channels_tried": who.step_channels_tried}
    told = {
        Code.JOURNEY_ENTERED: is_entered,
        Code.JOURNEY_INTERRUPTED: is_interrupted,
        Code.JOURNEY_KEPT: who.is_known and now >= 0 and not is_entered and who.exit_at < 0,
        Code.JOURNEY_LEFT: who.exit_at >= 0,
        Code.JOURNEY_STOPPED: who.exit_at >= 0 and now < 0 and after.thens.item(who.exit_at) == STOP,
        Code.JOURNEY_RESUMED: is_resumed and now == base.at,
        Code.JOURNEY_HANDED_OVER: is_handed and now == base.at,
        Code.JOURNEY_UNKNOWN: fate is Fate.UNKNOWN,
        Code.VERSION_MOVED: fate is Fate.MOVED and now == base.at,
        Code.VERSION_KEPT: fate is Fate.FINISHES and now == base.at,
        Code.COOLING_DOWN: is_kept_out,
    }
    for code, is_so in told.items():
        if is_so:
            who.tell(code)


def _named(who: Customer) -> int:
    return who.book.journey_positions[who.row.get("journey")]


def _base(who: Customer, at: int) -> Place:
    def told(name: str, start: float) -> float:
        before = who.row[name]
        return before if at >= 0 and before == before else start

    return Place(at, told("journey_day", 0.0), int(told("step_last", -1.0)), int(told("step_channels_tried", 0.0)))


def _settle(who: Customer, at: int) -> tuple[int, bool]:
    """Give the first journey, from the highest priority down, whose entry holds; say whether one was kept out of."""
    if not who.is_known:
        return at, False
    after, is_kept_out = who.book.after, False
    own, left, rests = after.ranks.item(at), after.left.item(who.exit_at), resting(who)
    is_free = own < 0 and not _is_stopped(who)
    for index, journey in enumerate(who.book.journeys):
        # Whoever has come down to the own journey without being interrupted stays in it.
        if index == own:
            break
        if index == left or not (journey.interrupts or is_free) or journey.enter.row(who.row) is not True:
            continue
        if index == rests:
            is_kept_out = True
            continue
        return index, is_kept_out
    return at, is_kept_out


def _is_stopped(who: Customer) -> bool:
    """Say whether the customer has left a journey by an exit that stops, today: now or in an earlier decision."""
    after = who.book.after
    if not after.has_stops:
        return False
    if who.exit_at >= 0:
        return after.thens.item(who.exit_at) == STOP
    last = after.exits[who.row.get("last_journey_exit")] if who.row["left_on"] == who.today else NONE
    return after.thens.item(last) == STOP
