"""Stage 5: what may not be done? Every guardrail runs for every due contact and channel; each sets its own bit."""

from collections.abc import Mapping

import numpy as np

from journeys.guardrails import REGISTER
from journeys.stages.case import Case
from regua.columns import Array, Columns
from regua.vocabulary import CHANNELS

LASTING_BITS = sum(rule.BIT for rule in REGISTER.values() if rule.LASTING)

_RULES = tuple((rule, np.uint32(rule.BIT)) for rule in REGISTER.values())
_SELDOM = 10
"""A rule that stops fewer than one in so many is written customer by customer."""
_OWN = ("purpose", "offer_payment_cents", "income_cents")


def guard(case: Case) -> Mapping[str, Array]:
    """Ask every guardrail about the customers with a contact due.

    Returns
    -------
    Nothing by customer. Table ``candidate_blocked`` ``(K, due)``: the bits of the rules that stop each candidate today.
    """
    policy = case.book.policies.on(case.today)
    channels, rows = case.tables["candidate_channels"], case.due
    own: dict[str, Array] = {name: case.tables[name] for name in _OWN}
    columns: Columns = {}
    if 2 * len(rows) > case.n:
        # Rules read two of five columns: whole ones cost less than picking the rows of most customers from each.
        columns = {**case.columns, **{name: _spread(case, found) for name, found in own.items()}}
    else:
        columns, rows = case.part(own), np.arange(len(rows))
    # One row more, all zero, answers for the channel -1 of no candidate.
    blocked = np.zeros((len(CHANNELS) + 1, len(columns["purpose"])), np.uint32)
    used = case.tables["channels_used"].tolist()
    for rule, bit in _RULES if used else ():
        flags = rule.stops(columns, policy, case.moment).T
        if len(rows) == 1:
            # A list of eleven answers costs less to read than NumPy to start.
            for channel, stopped in enumerate(flags[:, rows[0]].tolist()):
                if stopped:
                    blocked[channel, rows[0]] |= bit
            continue
        for channel in used:
            stopped = flags[channel]
            count = np.count_nonzero(stopped)
            if count * _SELDOM < len(stopped):
                blocked[channel, stopped.nonzero()[0]] |= bit
            elif count:
                blocked[channel] |= stopped * bit
    # Laid flat, channel -1 lies before the end, where a negative place finds it.
    case.tables["candidate_blocked"] = blocked.reshape(-1).take(channels * np.intp(blocked.shape[1]) + rows)
    return {}


def _spread(case: Case, found: Array) -> Array:
    """Give what was found for due contacts to all customers; nobody reads what it says of the others."""
    if len(found) == case.n:
        return found
    everyone = np.zeros(case.n, found.dtype)
    everyone[case.due] = found
    return everyone
