"""Stage 7 for one customer: reason bits, and the step to be written back."""

from journeys.book.reasons import BIT, BLOCKED, Code
from journeys.guardrails.service_sound import STOP_BIT
from journeys.language.strict import PURPOSES
from journeys.singly.customer import Customer

_BLOCKED = tuple((rule, BIT[code]) for rule, code in BLOCKED.items())
_STOPS = tuple((bit, Code(code)) for code, bit in STOP_BIT.items())
_SERVICE, _NOTICE = PURPOSES.index("service"), PURPOSES.index("notice")


def explain(who: Customer) -> None:
    """Collect the reasons and move the step; see :func:`journeys.stages.explain.explain`."""
    who.step_last_next, who.step_channels_tried_next = who.step_last, who.step_channels_tried
    who.stepped_on_next = who.row["stepped_on"]
    if who.is_due:
        _move(who)
        _tell_choice(who)
    elif who.task >= 0:
        who.step_last_next, who.step_channels_tried_next = who.step_last + 1, 0
        who.stepped_on_next = float(who.today)
        who.tell(Code.TASK_FOR_PEOPLE)
    _tell_freedom(who)


def _move(who: Customer) -> None:
    is_sent, tried, is_over = who.chosen >= 0, who.step_channels_tried, True
    if is_sent:
        tried |= 1 << who.channels[who.chosen]
    if who.is_ladder:
        is_over = who.book.steps.bits.item(who.step_at) & ~tried == 0
    is_declined = who.is_eligible and (who.is_last_chance or who.is_explored)
    is_taken = is_over if is_sent else is_declined or who.is_unreachable
    who.step_last_next += is_taken
    who.step_channels_tried_next = 0 if is_taken else tried
    if is_taken or is_sent:
        who.stepped_on_next = float(who.today)


def _tell_freedom(who: Customer) -> None:
    """Say what the service lacks, and why whoever is in no journey is in none."""
    entered = who.row.get("service_stops")
    amiss = int(entered) if entered is not None and entered > 0 else 0
    for bit, code in _STOPS if amiss else ():
        if amiss & bit:
            who.tell(code)
    if not who.is_known:
        if not amiss & STOP_BIT[Code.FEATURES_UNAVAILABLE]:
            who.tell(Code.NO_PROFILE)
    elif who.journey_at < 0:
        is_overdue = who.row["customer_balance_overdue_cents"] > 0
        if is_overdue:
            who.tell(Code.NO_JOURNEY)
        if who.is_unbilled:
            who.tell(Code.NOTHING_BILLED)
        elif not is_overdue:
            who.tell(Code.NOT_IN_ARREARS)


def _tell_choice(who: Customer) -> None:
    """Say why the due contact is made or not."""
    is_sent, explored, purpose = who.chosen >= 0, who.is_explored, who.purpose
    told = {
        Code.STEP_UNREACHABLE: not is_sent and who.is_unreachable,
        Code.LADDER_NEXT: who.step_channels_tried != 0,
        Code.NO_SCORE: who.is_permitted and not who.is_eligible,
        Code.BEST_VALUE: is_sent and purpose == 0 and not explored,
        Code.NOTHING_WORTH_MORE: who.is_eligible and not is_sent and not explored,
        Code.SERVICE_MESSAGE: is_sent and purpose == _SERVICE,
        Code.LEGAL_NOTICE: is_sent and purpose == _NOTICE,
        Code.OFFER_MADE: is_sent and who.offer >= 0,
        Code.EXPLORED: explored,
        Code.UPLIFT: who.is_adverse,
    }
    for code, is_so in told.items():
        if is_so:
            who.tell(code)
    if not who.is_permitted:
        stopped = 0
        for bits in who.blocked:
            stopped |= bits
        for rule, reason in _BLOCKED:
            if stopped & rule:
                who.reasons |= reason
