"""A permit: leave for one contact, in one slot, used once or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from regua.vocabulary import EventKind


class PermitState(StrEnum):
    """Where a permit stands.

    ``open`` waits to be claimed; ``claimed`` is in the hands of the sender; ``sent`` reached the provider; of
    ``unknown`` nobody can say whether it did, and it is never tried again; ``revoked`` by something the customer did;
    ``expired`` unclaimed; ``released`` by a sender who did not send.
    """

    OPEN = "open"
    CLAIMED = "claimed"
    SENT = "sent"
    UNKNOWN = "unknown"
    REVOKED = "revoked"
    EXPIRED = "expired"
    RELEASED = "released"


OCCUPYING = (PermitState.OPEN, PermitState.CLAIMED, PermitState.SENT, PermitState.UNKNOWN)
"""A permit in one of these holds its slot: no second one may be issued for it."""

FOLLOWING: Mapping[PermitState, frozenset[PermitState]] = {
    PermitState.OPEN: frozenset(
        {PermitState.CLAIMED, PermitState.SENT, PermitState.REVOKED, PermitState.EXPIRED, PermitState.RELEASED}
    ),
    PermitState.CLAIMED: frozenset({PermitState.SENT, PermitState.UNKNOWN, PermitState.RELEASED}),
    PermitState.UNKNOWN: frozenset({PermitState.SENT, PermitState.RELEASED}),
}
"""What a permit may become; a state that is not named here is the last one. One that a provider reports as sent
without a claim is sent all the same: the contact was made, and holds its slot."""

REVOKING = frozenset(
    {
        EventKind.PAYMENT,
        EventKind.PAYMENT_CLAIMED,
        EventKind.PROMISE_MADE,
        EventKind.ARRANGEMENT_MADE,
        EventKind.INSTALMENT_PAID,
        EventKind.DISPUTE_OPENED,
        EventKind.OPTED_OUT,
        EventKind.WRONG_PARTY,
        EventKind.HOLD_PLACED,
        EventKind.SIGNAL_RAISED,
    }
)
"""Events after which what was decided before must not be sent: they revoke the customer's open permits."""

SENDING = frozenset(
    {
        EventKind.CONTACT_SENT,
        EventKind.CONTACT_ACCEPTED,
        EventKind.CONTACT_DELIVERED,
        EventKind.CONTACT_READ,
        EventKind.CONTACT_REPLIED,
        EventKind.CONTACT_FAILED,
        EventKind.CONTACT_OUTCOME,
    }
)
"""Reports of a provider or a sender that settle whether a contact was made: an attempt that failed is one."""


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to contact one customer about one contract by one channel in one slot, between two instants.

    ``changed_by`` is the caller who brought it where it stands; None where nobody did but the customer, or time.
    ``claimed_at`` is when its sender took it, whatever became of it since: a contact counts from then.
    """

    permit_id: str
    decision_id: str
    customer_id: str
    contract_id: str
    channel: str
    slot: str
    not_before: datetime
    expires_at: datetime
    changed_at: datetime
    state: PermitState = PermitState.OPEN
    reason: str | None = None
    changed_by: str | None = None
    claimed_at: datetime | None = None
