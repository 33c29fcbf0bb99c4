"""Stage 5: what may not be done? Every guardrail runs for every customer and channel; each sets its own bit."""

from collections.abc import Mapping

import numpy as np

from journeys.guardrails import REGISTER
from journeys.stages.case import Case
from regua.columns import Array
from regua.vocabulary import CHANNELS

LASTING_BITS = sum(rule.BIT for rule in REGISTER.values() if rule.LASTING)

_RULES = tuple((rule, np.uint32(rule.BIT)) for rule in REGISTER.values())


def guard(case: Case) -> Mapping[str, Array]:
    """Ask every guardrail.

    Returns
    -------
    ``blocked`` ``(channels, n)``, the bits of the rules that stop a contact by that channel today;
    ``candidate_blocked`` ``(K, n)``, the same for each candidate.
    """
    policy = case.book.policies.on(case.today)
    # One row more, all zero, answers for the channel -1 of no candidate.
    blocked = np.zeros((len(CHANNELS) + 1, case.n), np.uint32)
    stopped = blocked[:-1]
    for rule, bit in _RULES:
        stopped |= rule.stops(case.columns, policy, case.moment).T * bit
    return {"blocked": stopped, "candidate_blocked": case.pick(blocked, case.tables["candidate_channels"])}
