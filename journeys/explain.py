"""Stage 7: why, and where does the customer stand now? Reason bits, and the position to be written back."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from journeys.case import Case
from journeys.guardrails import REGISTER
from journeys.reasons import BIT, Code
from regua.columns import Array, Flags


def explain(case: Case) -> Mapping[str, Array]:
    """Collect the reasons and move the position.

    A step is taken when something was sent, when nothing was worth more, or when none of its channels will ever reach
    the customer; a step that is blocked or has no estimate stays due. A ladder is taken when its last channel was
    tried, or when nothing was worth more.

    Returns
    -------
    ``reason_bits``; ``step_last_next``, ``step_channels_tried_next``.
    """
    found = case.columns
    due, chosen = found["step_at"] >= 0, found["chosen"]
    sent = due & (chosen >= 0)
    passed = due & ~sent & (found["is_eligible"] | found["is_unreachable"])
    tried, is_over = _ladder(case, sent)
    taken = passed | (sent & is_over)
    return {
        "reason_bits": _bits(case, due, sent),
        "step_last_next": found["step_last"] + taken,
        "step_channels_tried_next": np.where(taken, 0, tried),
    }


def _ladder(case: Case, sent: Flags) -> tuple[NDArray[np.int64], Flags]:
    """Return the channels tried in the step after today, and whether the step is over once today's is sent."""
    found = case.columns
    tried = found["step_channels_tried"]
    channel = np.take_along_axis(found["candidate_channels"], np.maximum(found["chosen"], 0)[:, None], axis=1)[:, 0]
    tried = np.where(sent, tried | np.left_shift(1, np.maximum(channel, 0).astype(np.int64)), tried)
    bits = case.book.steps.bits[found["step_at"]] if len(case.book.steps.bits) else tried
    return tried, ~found["is_ladder"] | ((bits & ~tried) == 0)


def _bits(case: Case, due: Flags, sent: Flags) -> NDArray[np.int64]:
    found = case.columns
    known, at, entered = found["is_known"], found["journey_at"], found["is_entered"]
    inside = known & (at >= 0)
    overdue = case.number("customer_balance_overdue_cents") > 0
    blocked = due & ~found["is_permitted"]
    service = sent & (found["purpose"] == 1)
    decided = due & found["is_eligible"]
    told: dict[Code, Flags] = {
        Code.NO_PROFILE: ~known,
        Code.NOT_IN_ARREARS: known & (at < 0) & ~overdue,
        Code.NO_JOURNEY: known & (at < 0) & overdue,
        Code.JOURNEY_ENTERED: entered,
        Code.JOURNEY_INTERRUPTED: entered & (found["was_at"] >= 0) & (found["exit_at"] < 0),
        Code.JOURNEY_KEPT: inside & ~entered,
        Code.JOURNEY_LEFT: found["exit_at"] >= 0,
        Code.STEP_DUE: due,
        Code.STEP_SKIPPED: found["is_skipped"],
        Code.STEP_UNREACHABLE: due & ~sent & found["is_unreachable"],
        Code.LADDER_NEXT: due & (found["step_channels_tried"] != 0),
        Code.WAITING_FOR_DAY: inside & ~due & ~found["is_waiting_for_read"] & ~found["is_finished"],
        Code.WAITING_FOR_READ: found["is_waiting_for_read"],
        Code.JOURNEY_FINISHED: inside & found["is_finished"],
        Code.NO_SCORE: due & found["is_permitted"] & ~found["is_eligible"],
        Code.BEST_VALUE: sent & ~service & ~found["is_explored"],
        Code.NOTHING_WORTH_MORE: decided & ~sent & ~found["is_explored"],
        Code.SERVICE_MESSAGE: service,
        Code.EXPLORED: found["is_explored"],
    }
    bits = np.zeros(case.n, np.int64)
    for code, where in told.items():
        bits |= np.multiply(where, BIT[code], dtype=np.int64)
    stopping = np.bitwise_or.reduce(found["candidate_blocked"], axis=1)
    for name, rule in REGISTER.items():
        hit = blocked & ((stopping & np.uint32(rule.BIT)) != 0)
        bits |= np.multiply(hit, BIT[Code(f"blocked_{name}")], dtype=np.int64)
    return bits
