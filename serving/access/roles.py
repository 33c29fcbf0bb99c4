"""Roles of those who call, and the caller as every operation sees them."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody is here for; an operation names the roles that may call it, and everybody else may not."""

    STRATEGIST = "strategist"
    APPROVER = "approver"
    DATA_SCIENTIST = "data_scientist"
    CRM = "crm"
    EVENT_SOURCE = "event_source"
    AUDITOR = "auditor"
    PRIVACY_OFFICER = "privacy_officer"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: a key or a token, the person or program behind it, and what they may do in one portfolio.

    ``name`` is the identity that changes and approvals are held against: two keys of one person are one person.
    ``caller_id`` stays the same when a key is replaced. ``requests_per_minute`` is the caller's own limit, None where
    that of the settings holds.
    """

    caller_id: str
    name: str
    roles: frozenset[Role]
    portfolio: str
    is_sandbox: bool = False
    requests_per_minute: int | None = None
