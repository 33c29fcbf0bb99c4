"""Stage 7: why, and where does the customer stand now? Reason bits, and the position to be written back."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from journeys.book.reasons import BIT, BLOCKED, Code
from journeys.stages.case import Case
from regua.columns import Array, Flags

_BLOCKED = tuple((np.uint32(rule), np.int64(BIT[code])) for rule, code in BLOCKED.items())


def explain(case: Case) -> Mapping[str, Array]:
    """Collect the reasons and move the position.

    A step is taken when something was sent, when the dice chose nothing, or when none of its channels will ever reach
    the customer; a step that is blocked or has no estimate stays due. Where nothing was worth more today, the step is
    weighed again each day, since scores and balances move, and passed over when the next step's day comes tomorrow.
    A ladder is taken when its last channel was tried.

    Returns
    -------
    ``reason_bits``; ``step_last_next``, ``step_channels_tried_next``, ``stepped_on_next``.
    """
    found = case.columns
    due = found["step_at"] >= 0
    sent = due & (found["chosen"] >= 0)
    declined = found["is_eligible"] & (found["is_last_chance"] | found["is_explored"])
    passed = due & ~sent & (declined | found["is_unreachable"])
    tried, is_over = _ladder(case, sent)
    taken = passed | (sent & is_over)
    return {
        "reason_bits": _bits(case, due, sent),
        "step_last_next": found["step_last"] + taken,
        "step_channels_tried_next": np.where(taken, 0, tried),
        "stepped_on_next": np.where(taken | sent, case.today.toordinal(), found["stepped_on"]),
    }


def _ladder(case: Case, sent: Flags) -> tuple[NDArray[np.int64], Flags]:
    """Return the channels tried in the step after today, and whether the step is over once today's is sent."""
    found = case.columns
    tried = found["step_channels_tried"]
    channel = case.pick(case.tables["candidate_channels"], found["chosen"])
    tried = np.where(sent, tried | np.left_shift(1, np.maximum(channel, 0).astype(np.int64)), tried)
    return tried, ~found["is_ladder"] | ((case.book.steps.bits.take(found["step_at"]) & ~tried) == 0)


def _bits(case: Case, due: Flags, sent: Flags) -> NDArray[np.int64]:
    found = case.columns
    known, at, entered = found["is_known"], found["journey_at"], found["is_entered"]
    is_inside, left, explored = known & (at >= 0), found["exit_at"] >= 0, found["is_explored"]
    overdue = found["customer_balance_overdue_cents"] > 0
    waiting, finished = found["is_waiting_for_read"], found["is_finished"]
    free, by_score = known & (at < 0), ~explored
    service = sent & (found["purpose"] == 1)
    told: dict[Code, Flags] = {
        Code.NO_PROFILE: ~known,
        Code.NOT_IN_ARREARS: free & ~overdue & ~found["is_unbilled"],
        Code.NO_JOURNEY: free & overdue,
        Code.JOURNEY_ENTERED: entered,
        Code.JOURNEY_INTERRUPTED: entered & (found["was_at"] >= 0) & ~left,
        Code.JOURNEY_KEPT: is_inside & ~entered,
        Code.JOURNEY_LEFT: left,
        Code.STEP_DUE: due,
        Code.STEP_SKIPPED: found["is_skipped"],
        Code.STEP_UNREACHABLE: due & ~sent & found["is_unreachable"],
        Code.LADDER_NEXT: due & (found["step_channels_tried"] != 0),
        Code.WAITING_FOR_DAY: is_inside & ~(due | waiting | finished | found["is_taken_today"]),
        Code.WAITING_FOR_READ: waiting,
        Code.JOURNEY_FINISHED: is_inside & finished,
        Code.NO_SCORE: due & found["is_permitted"] & ~found["is_eligible"],
        Code.BEST_VALUE: sent & ~service & by_score,
        Code.NOTHING_WORTH_MORE: due & found["is_eligible"] & ~sent & by_score,
        Code.SERVICE_MESSAGE: service,
        Code.EXPLORED: explored,
        Code.STEP_TAKEN_TODAY: found["is_taken_today"],
        Code.NOTHING_BILLED: free & found["is_unbilled"],
    }
    stopping = np.where(due & ~found["is_permitted"], np.bitwise_or.reduce(case.tables["candidate_blocked"]), 0)
    bits = np.zeros(case.n, np.int64)
    for rule, reason in _BLOCKED:
        bits |= ((stopping & rule) != 0) * reason
    if case.n == 1:
        return bits | sum(BIT[code] for code, flags in told.items() if flags.item())
    for code, flags in told.items():
        bits |= flags * np.int64(BIT[code])
    return bits
