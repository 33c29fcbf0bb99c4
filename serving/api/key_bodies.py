"""What goes over the wire about keys and those who call."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from regua.written_time import Instant
from serving.access.keys import NAME, Environment
from serving.access.roles import Role
from serving.api.cursors import PageOut

MOST_DAYS, MOST_OVERLAP_DAYS = 3_650, 90
_KEPT: dict[str, Any] = {
    "key_id": "key_0123456789abcdef0123",
    "caller_id": "cal_0123456789abcdef0123",
    "name": "crm-recife",
    "roles": ["crm"],
    "environment": "live",
    "ends_with": "9f3a",
    "created_at": "2026-03-04T13:00:00Z",
    "created_by": "ana.souza",
    "expires_at": "2027-03-04T13:00:00Z",
    "requests_per_minute": None,
    "revoked_at": None,
    "revoked_by": None,
    "last_used_at": "2026-03-04T13:05:00Z",
}
# In pieces: what looks like a key is looked for in files.
_SHOWN = "rg_live_" + "0123456789abcdef" * 4
_CALLER: dict[str, Any] = {
    "caller_id": "cal_0123456789abcdef0123",
    "name": "crm-recife",
    "roles": ["crm"],
    "portfolio": "main",
    "environment": "live",
    "operations": ["POST /v1/decisions"],
}


def _examples(*examples: dict[str, Any]) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": list(examples)})


class KeyIn(BaseModel):
    """A key to be made."""

    model_config = _examples({"name": "crm-recife", "roles": ["crm"], "days": 365})

    name: Annotated[str, StringConstraints(pattern=f"^(?:{NAME})$")] = Field(
        description="The person or program it is for; two keys of one person bear one name."
    )
    roles: list[Role] = Field(min_length=1, max_length=len(Role), strict=False, description="What it is for.")
    days: int = Field(365, ge=1, le=MOST_DAYS, description="How long it counts.")
    requests_per_minute: int | None = Field(None, ge=1, le=100_000_000, description="Its own limit.")


class KeyTurn(BaseModel):
    """How a key is to be replaced."""

    model_config = _examples({"overlap_days": 7})

    overlap_days: int = Field(7, ge=0, le=MOST_OVERLAP_DAYS, description="How long the old key counts on.")


class KeyOut(BaseModel):
    """What is kept of a key: never the key."""

    model_config = _examples(_KEPT)

    key_id: str
    caller_id: str = Field(description="The same for a key and for what replaced it.")
    name: str
    roles: list[Role]
    environment: Environment
    ends_with: str = Field(description="The last letters of the key, to tell keys apart by eye.")
    created_at: Instant
    created_by: str
    expires_at: Instant
    requests_per_minute: int | None
    revoked_at: Instant | None
    revoked_by: str | None
    last_used_at: Instant | None = Field(description="To within five minutes.")


class KeysOut(PageOut[KeyOut]):
    """A page of keys."""

    model_config = _examples({"results": [_KEPT], "has_more": False, "next_cursor": None})


class KeyShown(KeyOut):
    """A key just made, with the key itself: shown now and never again."""

    model_config = _examples({**_KEPT, "last_used_at": None, "key": _SHOWN})

    key: str


class CallerOut(BaseModel):
    """Who calls, and what they may do here."""

    model_config = _examples(_CALLER)

    caller_id: str
    name: str
    roles: list[Role]
    portfolio: str
    environment: Environment
    operations: list[str]
