"""Which contacts were noticed? Every contact sent, by channel: read, or a call in which the customer took part."""

import numpy as np

from models.base import ModelSpec
from regua.vocabulary import ANSWERS, ContactOutcome
from training.cases import contacts
from training.cases.case import Cases, History

# A stranger who reads a message is not the customer.
_NOTICED = f"""
(s.read_at <= s.ends AND NOT coalesce(s.outcome = '{ContactOutcome.WRONG_PARTY}' AND s.outcome_at <= s.ends, false))
OR (s.outcome IN {contacts.quoted(ANSWERS)} AND s.outcome_at <= s.ends)
"""

_REFUSALS = """
, told AS (
    SELECT contact_id, arg_max(is_granted, epoch_us(c.happened_at) * 2 + (NOT is_granted)::BIGINT) AS is_granted
    FROM sent JOIN consents AS c ON c.customer_id = sent.customer_id AND c.channel = sent.channel
     AND greatest(c.known_at, c.happened_at) <= sent.happened_at
    GROUP BY contact_id
)
"""


def cases(history: History, spec: ModelSpec) -> Cases:
    """List contacts and whether each was noticed; those to a customer who had opted out of the channel are left out."""
    found = contacts.sent(
        history,
        spec,
        _NOTICED,
        why="CASE WHEN NOT told.is_granted THEN 'opted_out' ELSE '' END",
        joins="LEFT JOIN told USING (contact_id)",
        more=_REFUSALS,
    )
    arm = found["channel"].astype(object)
    known = np.isin(arm.astype(str), spec.arms)
    return contacts.cases(history, {**found, "why": contacts.also(found, ~known, "unknown_channel")}, arm=arm)
