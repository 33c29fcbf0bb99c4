"""Stage 5: what may not be done? Every guardrail runs for every customer and channel; each sets its own bit."""

from collections.abc import Mapping

import numpy as np

from journeys.case import Case
from journeys.guardrails import REGISTER
from regua.columns import Array
from regua.vocabulary import CHANNELS

LASTING_BITS = sum(rule.BIT for rule in REGISTER.values() if rule.LASTING)


def guard(case: Case) -> Mapping[str, Array]:
    """Ask every guardrail.

    Returns
    -------
    ``blocked`` ``(n, channels)``, the bits of the rules that stop a contact by that channel today;
    ``candidate_blocked`` ``(n, K)``, the same for each candidate.
    """
    policy = case.book.policies.on(case.today)
    blocked = np.zeros((len(CHANNELS), case.n), np.uint32)
    for rule in REGISTER.values():
        blocked |= np.multiply(rule.stops(case.columns, policy, case.moment).T, np.uint32(rule.BIT), dtype=np.uint32)
    channels = case.columns["candidate_channels"]
    candidates = np.take_along_axis(blocked.T, np.maximum(channels, 0).astype(np.intp), axis=1)
    return {"blocked": blocked.T, "candidate_blocked": np.where(channels >= 0, candidates, np.uint32(0))}
