"""What the service answers with, for those who check types; the service's description has every field."""

from typing import Any, Literal, TypedDict


class PermitTold(TypedDict):
    """Leave for the contact of a decision."""

    id: str
    slot: str
    not_before: str
    expires_at: str


class Decision(TypedDict):
    """The next right action for one customer."""

    decision_id: str
    customer_id: str
    contract_id: str | None
    decided_at: str
    action: str
    channel: str | None
    template: str | None
    send_at: str | None
    permit: PermitTold | None
    value_cents: int
    scores: dict[str, float | None]
    reasons: list[dict[str, Any]]
    alternatives: list[dict[str, Any]]
    degraded: list[str]
    digests: dict[str, str]


class Decided(TypedDict):
    """The result for one customer; where ``is_claimed`` the contact may be made at once."""

    customer_id: str
    status: Literal["decided"]
    is_claimed: bool
    retry_at: str | None
    decision: Decision


class Permit(TypedDict):
    """A permit as it stands."""

    id: str
    decision_id: str
    customer_id: str
    state: str
    reason: str | None


class Reported(TypedDict):
    """What became of one event."""

    event_id: str | None
    status: Literal["accepted", "duplicate", "conflict", "refused"]
    problem: dict[str, Any] | None


class Job(TypedDict):
    """How far a decision job has got."""

    job_id: str
    state: str
    lines: int
    lines_done: int
    decided: int
    refused: int
