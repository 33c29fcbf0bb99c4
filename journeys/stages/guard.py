"""Stage 5: what may not be done? Every guardrail runs for every due contact and channel; each sets its own bit."""

from collections.abc import Mapping

import numpy as np

from journeys.guardrails import REGISTER
from journeys.stages.case import Case
from regua.columns import Array
from regua.vocabulary import CHANNELS

LASTING_BITS = sum(rule.BIT for rule in REGISTER.values() if rule.LASTING)

_RULES = tuple((rule, np.uint32(rule.BIT)) for rule in REGISTER.values())


_OWN = ("purpose", "offer_payment_cents", "income_cents")


def guard(case: Case) -> Mapping[str, Array]:
    """Ask every guardrail about the customers with a contact due.

    Returns
    -------
    Nothing by customer. Table ``candidate_blocked`` ``(K, due)``: the bits of the rules that stop each candidate today.
    """
    policy = case.book.policies.on(case.today)
    # One row more, all zero, answers for the channel -1 of no candidate.
    blocked = np.zeros((len(CHANNELS) + 1, len(case.due)), np.uint32)
    if len(case.due):
        stopped, columns = blocked[:-1], case.part({name: case.tables[name] for name in _OWN})
        for rule, bit in _RULES:
            flags = rule.stops(columns, policy, case.moment).T
            if flags.any():
                stopped |= flags * bit
    case.tables["candidate_blocked"] = case.pick(blocked, case.tables["candidate_channels"])
    return {}
