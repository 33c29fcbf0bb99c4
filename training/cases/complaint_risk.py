"""After which contacts did a customer opt out, complain or forbid all contact?"""

from models.base import ModelSpec
from regua.vocabulary import ContactOutcome, HoldKind
from training.cases import contacts
from training.cases.case import Cases, History

_HARMS = contacts.quoted((ContactOutcome.OPTED_OUT, ContactOutcome.COMPLAINED))

# Told by the contact itself, by a consent withdrawn, or by a demand to cease all contact.
_HARMED = f"""
, harms AS (
    SELECT customer_id, outcome_at AS at, greatest(outcome_at, known_at) AS known FROM contacts
    WHERE outcome IN {_HARMS}
    UNION ALL
    SELECT customer_id, happened_at, greatest(known_at, happened_at) FROM consents WHERE NOT is_granted
    UNION ALL
    SELECT customer_id, happened_at, greatest(known_at, happened_at) FROM holds WHERE kind = '{HoldKind.CEASE_ALL}'
),
harmed AS (
    SELECT DISTINCT contact_id FROM sent JOIN harms
      ON harms.customer_id = sent.customer_id AND harms.at > sent.happened_at AND harms.known <= sent.ends
)
"""


def cases(history: History, spec: ModelSpec) -> Cases:
    """List contacts and whether the customer was driven away within the window, by whatever contact or word."""
    found = contacts.sent(
        history, spec, "harmed.contact_id IS NOT NULL", joins="LEFT JOIN harmed USING (contact_id)", more=_HARMED
    )
    return contacts.cases(history, found)
