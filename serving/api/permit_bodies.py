"""Permits as they go over the wire."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from regua.vocabulary import Channel
from regua.written_time import Instant
from serving.store import Permit, PermitState

_PERMIT: dict[str, Any] = {
    "id": "per_fcb23c27b22d442f8c97b7203c",
    "decision_id": "dec_fcb23c27b22d442f8c97b7203c",
    "customer_id": "c0000001",
    "contract_id": "k0000001",
    "channel": "whatsapp",
    "slot": "2026-03-04.collection",
    "not_before": "2026-03-04T13:00:00Z",
    "expires_at": "2026-03-04T23:00:00Z",
    "state": "claimed",
    "changed_at": "2026-03-04T13:00:02Z",
    "changed_by": "crm",
    "claimed_at": "2026-03-04T13:00:02Z",
    "reason": None,
}


class PermitTold(BaseModel):
    """Leave for the contact of a decision: claim it just before sending."""

    id: str
    slot: str = Field(description="Business day and purpose: at most one contact a contract is permitted in it.")
    not_before: Instant
    expires_at: Instant


class PermitOut(BaseModel):
    """A permit as it stands: send only if a claim of yours has just brought it to `claimed`."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PERMIT]})

    id: str
    decision_id: str
    customer_id: str
    contract_id: str | None
    channel: Channel
    slot: str = Field(description="Business day and purpose: at most one contact a contract is permitted in it.")
    not_before: Instant
    expires_at: Instant
    state: PermitState
    changed_at: Instant
    changed_by: str | None = Field(description="The caller who brought it here; null: the customer, or time.")
    claimed_at: Instant | None = Field(description="When its sender took it: the contact counts from then.")
    reason: str | None = Field(description="Why it stands here: an event, a rule, or what the sender said.")

    @classmethod
    def of(cls, permit: Permit) -> "PermitOut":
        """Show a permit."""
        return cls(
            id=permit.permit_id,
            decision_id=permit.decision_id,
            customer_id=permit.customer_id,
            contract_id=permit.contract_id or None,
            channel=Channel(permit.channel),
            slot=permit.slot,
            not_before=permit.not_before,
            expires_at=permit.expires_at,
            state=permit.state,
            changed_at=permit.changed_at,
            changed_by=permit.changed_by,
            claimed_at=permit.claimed_at,
            reason=permit.reason,
        )


class ReleaseIn(BaseModel):
    """What became of a contact there was leave for."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"outcome": "not_sent"}]})

    outcome: Literal["not_sent", "sent", "unknown"] = Field(
        description="`not_sent` gives the slot back. `unknown`: it may have been sent; it keeps its slot, is never "
        "tried again, and the provider's report of the contact settles it."
    )
