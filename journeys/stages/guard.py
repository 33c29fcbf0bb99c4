"""Stage 5: what may not be done? Every guardrail runs for every due contact and channel; each sets its own bit."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from journeys.guardrails import REGISTER, kill_switch
from journeys.rulebook.policies import Policy
from journeys.stages.case import Case
from regua.columns import Array, Columns

LASTING_BITS = sum(rule.BIT for rule in REGISTER.values() if rule.LASTING)

_BITS_A_BYTE = 8
_RULES = tuple((rule, *divmod(rule.BIT.bit_length() - 1, _BITS_A_BYTE)) for rule in REGISTER.values())
"""Each rule with the byte, and the bit in it, that are its own: bytes are quick to join for many."""
_BYTES = 1 + max(byte for _, byte, _ in _RULES)
_OWN = ("purpose", "offer_payment_cents", "income_cents")


def guard(case: Case) -> Mapping[str, Array]:
    """Ask every guardrail about the customers with a contact due.

    Returns
    -------
    Nothing by customer. Table ``candidate_blocked`` ``(K, due)``: the bits of the rules that stop each candidate today.
    """
    policy, places = case.book.policies.on(case.today), case.tables["candidate_places"]
    own: dict[str, Array] = {name: case.tables[name] for name in _OWN}
    if kill_switch.names_journeys(case.columns):
        own[kill_switch.JOURNEY] = case.book.journey_names.take(case.columns["journey_at"][case.due])
    columns: Columns = case.part(own)
    if len(case.due) < case.n < 2 * len(case.due):
        # Rules read two of five columns: whole ones cost less than picking the rows of most customers from each.
        columns = {**case.columns, **{name: _spread(case, found) for name, found in own.items()}}
    blocked = _blocked(case, columns, policy)
    if blocked.shape[2] > len(case.due):
        blocked = blocked.take(case.due, axis=2)
    found = np.zeros(places.shape, np.uint32)
    for byte, table in enumerate(blocked):
        found |= table.reshape(-1).take(places).astype(np.uint32) << np.uint32(_BITS_A_BYTE * byte)
    case.tables["candidate_blocked"] = found
    return {}


def _blocked(case: Case, columns: Columns, policy: Policy) -> NDArray[np.uint8]:
    """Return the bits of the rules that stop each used channel, byte by byte, ``(bytes, used + 1, n)``."""
    used = case.tables["channels_used"].tolist()
    # One row more, all zero, answers where there is no candidate.
    blocked = np.zeros((_BYTES, len(used) + 1, len(columns["purpose"])), np.uint8)
    for rule, byte, bit in _RULES if used else ():
        flags = rule.stops(columns, policy, case.moment).T
        for place, channel in enumerate(used):
            blocked[byte, place] |= flags[channel].view(np.uint8) * np.uint8(1 << bit)
    return blocked


def _spread(case: Case, found: Array) -> Array:
    """Give what was found for due contacts to all customers; nobody reads what it says of the others."""
    everyone = np.zeros(case.n, found.dtype)
    everyone[case.due] = found
    return everyone
