"""Stage 7: why, and where does the customer stand now? Reason bits, and the step to be written back."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from journeys.book.reasons import BIT, BLOCKED, Code
from journeys.guardrails.service_sound import STOP_BIT
from journeys.language.strict import PURPOSES
from journeys.stages.case import Case
from regua.columns import Array, Flags, number

_BLOCKED = tuple((np.uint32(rule), BIT[code]) for rule, code in BLOCKED.items())
_STOPS = tuple((bit, Code(code)) for code, bit in STOP_BIT.items())
_SERVICE, _NOTICE = PURPOSES.index("service"), PURPOSES.index("notice")


def explain(case: Case) -> Mapping[str, Array]:
    """Collect the reasons and move the step.

    A step is taken when something was sent, when it is work for people, when the dice chose nothing, or when none of
    its channels will ever reach the customer; a step that is blocked or has no estimate stays due. Where nothing was
    worth more today, the step is weighed again each day, since scores and balances move, and passed over when the next
    step's day comes tomorrow. A ladder is taken when its last channel was tried.

    Returns
    -------
    ``reason_bits``; ``step_last_next``, ``step_channels_tried_next``, ``stepped_on_next``.
    """
    found, tables, due = case.columns, case.tables, case.due
    sent = tables["chosen"] >= 0
    declined = tables["is_eligible"] & (found["is_last_chance"][due] | tables["is_explored"])
    passed = ~sent & (declined | tables["is_unreachable"])
    tried, is_over = _ladder(case, sent)
    taken = passed | (sent & is_over)
    last, channels, stepped = (found[name].copy() for name in ("step_last", "step_channels_tried", "stepped_on"))
    last[due] += taken
    channels[due] = np.where(taken, 0, tried)
    stepped[due[taken | sent]] = case.today.toordinal()
    tasks = (found["task"] >= 0).nonzero()[0]
    if len(tasks):
        last[tasks] += 1
        channels[tasks], stepped[tasks] = 0, case.today.toordinal()
        case.tell(Code.TASK_FOR_PEOPLE, tasks)
    _tell_freedom(case)
    _tell_choice(case, sent)
    return {
        "reason_bits": case.reasons,
        "step_last_next": last,
        "step_channels_tried_next": channels,
        "stepped_on_next": stepped,
    }


def _ladder(case: Case, sent: Flags) -> tuple[NDArray[np.int64], Flags]:
    """Return the channels tried in the step after today, and whether the step is over once today's is sent."""
    tables = case.tables
    tried = case.columns["step_channels_tried"][case.due]
    channel = case.pick(tables["candidate_channels"], tables["chosen"])
    tried = np.where(sent, tried | np.left_shift(1, np.maximum(channel, 0).astype(np.int64)), tried)
    return tried, ~tables["is_ladder"] | ((case.book.steps.bits.take(tables["step"]) & ~tried) == 0)


def _tell_freedom(case: Case) -> None:
    """Say why whoever is in no journey is in none."""
    found = case.columns
    known = found["is_known"]
    amiss = _tell_service(case)
    case.tell(Code.NO_PROFILE, ~known & ((amiss & STOP_BIT[Code.FEATURES_UNAVAILABLE]) == 0))
    free = (known & (found["journey_at"] < 0)).nonzero()[0]
    if len(free):
        overdue, unbilled = found["customer_balance_overdue_cents"][free] > 0, found["is_unbilled"][free]
        case.tell(Code.NO_JOURNEY, free[overdue])
        case.tell(Code.NOT_IN_ARREARS, free[~overdue & ~unbilled])
        case.tell(Code.NOTHING_BILLED, free[unbilled])


def _tell_service(case: Case) -> NDArray[np.int64]:
    """Say what the service lacks, whether or not a contact was due; return it as bits, ``(n,)``."""
    if "service_stops" not in case.columns:
        return np.zeros(case.n, np.int64)
    bits = number(case.columns, "service_stops")
    amiss = np.where(bits > 0, bits, 0.0).astype(np.int64)
    for bit, code in _STOPS if amiss.any() else ():
        case.tell(code, (amiss & bit) != 0)
    return amiss


def _tell_choice(case: Case, sent: Flags) -> None:
    """Say why the due contact is made or not."""
    tables, due = case.tables, case.due
    if not len(due):
        return
    explored, purpose, eligible = tables["is_explored"], tables["purpose"], tables["is_eligible"]
    told: dict[Code, Flags] = {
        Code.STEP_UNREACHABLE: ~sent & tables["is_unreachable"],
        Code.LADDER_NEXT: case.columns["step_channels_tried"][due] != 0,
        Code.NO_SCORE: tables["is_permitted"] & ~eligible,
        Code.BEST_VALUE: sent & (purpose == 0) & ~explored,
        Code.NOTHING_WORTH_MORE: eligible & ~sent & ~explored,
        Code.SERVICE_MESSAGE: sent & (purpose == _SERVICE),
        Code.LEGAL_NOTICE: sent & (purpose == _NOTICE),
        Code.OFFER_MADE: sent & (tables["offer"] >= 0),
        Code.EXPLORED: explored,
        Code.UPLIFT: tables["is_adverse"],
    }
    for code, flags in told.items():
        case.tell(code, due[flags])
    stopped = (~tables["is_permitted"]).nonzero()[0]
    if len(stopped):
        bits = np.bitwise_or.reduce(tables["candidate_blocked"][:, stopped])
        for rule, reason in _BLOCKED:
            case.reasons[due[stopped[(bits & rule) != 0]]] |= reason
