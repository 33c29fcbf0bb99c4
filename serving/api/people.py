"""What is said of customers over the wire, described."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from regua.vocabulary import HoldKind
from regua.written_time import Instant
from serving.api.cursors import PageOut
from serving.happenings.reported import Identifier

_FEATURE: dict[str, Any] = {
    "name": "days_past_due",
    "view": "contract_arrears",
    "unit": "days",
    "value": 12.0,
    "is_masked": False,
    "state": "fresh",
}
_ENTRY: dict[str, Any] = {
    "at": "2026-03-04T13:00:00Z",
    "kind": "decision",
    "id": "dec_fcb23c27b22d442f8c97b7203c",
    "what": "whatsapp/pay_link",
    "is_erased": False,
    "details": {"channel": "whatsapp", "journey": "early_digital", "send_at": "2026-03-04T13:00:00Z"},
}
_WINDOW: dict[str, Any] = {
    "channel": "call",
    "is_permitted": False,
    "earliest_at": "2026-03-05T11:00:00Z",
    "blocked_by": [{"guardrail": "hours", "source": "…", "text": {"pt-BR": "Fora do horário.", "en": "Out of hours."}}],
    "rules": ["BR-HOURS"],
}
_TOLD: dict[str, Any] = {
    "event_id": "hold_placed_0123456789abcdef0123456789",
    "kind": "hold_placed",
    "customer_id": "c0000001",
    "happened_at": "2026-03-04T13:00:00Z",
    "data": {"hold_id": "hold_0123456789abcdef0123456789", "kind": "vulnerable"},
}


def _such(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [example]})


class FeatureOut(BaseModel):
    """One feature as the next decision would see it."""

    name: str
    view: str
    unit: str
    value: float | int | str | None
    is_masked: bool = Field(description="The value is not for this caller's role.")
    state: Literal["fresh", "stale", "missing"]


class CustomerOut(BaseModel):
    """What is known of a customer, and how old it is."""

    model_config = _such(
        {
            "customer_id": "c0000001",
            "has_profile": True,
            "profile_at": "2026-03-04T03:00:00Z",
            "age_seconds": 36000.0,
            "erased_at": None,
            "features": [_FEATURE],
            "permits": [{"permit_id": "per_1", "state": "open", "channel": "sms", "slot": "2026-03-04"}],
        }
    )

    customer_id: str
    has_profile: bool
    profile_at: Instant | None = Field(description="Up to when the profile knows; what came since is laid over.")
    age_seconds: float | None
    erased_at: Instant | None
    features: list[FeatureOut]
    permits: list[dict[str, str]]


class EntryOut(BaseModel):
    """One thing that was decided, happened or was permitted."""

    at: Instant
    kind: Literal["decision", "event", "permit"]
    id: str
    what: str = Field(description="The action, the kind of event or the state of the permit.")
    is_erased: bool
    details: dict[str, Any]


class TimelineOut(PageOut[EntryOut]):
    """A page of a customer's time, newest first."""

    model_config = _such({"results": [_ENTRY], "has_more": False, "next_cursor": None})


class WindowOut(BaseModel):
    """When a channel may be used next: at once, from an instant on, or not by waiting alone."""

    channel: str
    is_permitted: bool
    earliest_at: Instant | None = Field(description="None: a rule waits for something to happen.")
    blocked_by: list[dict[str, Any]] = Field(description="Guardrails that stop it now, with their sentence and source.")
    rules: list[str] = Field(description="The rules of the policy behind them.")


class WindowsOut(BaseModel):
    """The windows of every channel, on what is known at a moment."""

    model_config = _such({"as_of": "2026-03-04T13:00:00Z", "channels": [_WINDOW]})

    as_of: Instant
    channels: list[WindowOut]


class ConsentIn(BaseModel):
    """Whether the customer agrees to be contacted by a channel."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"is_granted": False}]})

    is_granted: bool


class HoldIn(BaseModel):
    """Why contact is to pause, and until when."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"kind": "vulnerable", "ends_at": "2026-04-04T12:00:00Z"}]}
    )

    kind: HoldKind
    ends_at: Instant | None = Field(None, description="Without one, until it is lifted or the law ends it.")
    contract_id: Identifier | None = Field(None, description="Only this contract; every one of the customer otherwise.")


class ToldOut(BaseModel):
    """The event that was kept."""

    model_config = _such(_TOLD)

    event_id: str
    kind: str
    customer_id: str
    happened_at: Instant
    data: dict[str, Any]


class ExportOut(BaseModel):
    """All that is kept of a person."""

    model_config = _such(
        {
            "customer_id": "c0000001",
            "exported_at": "2026-03-04T13:00:00Z",
            "erased_at": None,
            "features": [_FEATURE],
            "decisions": [],
            "events": [],
            "permits": [],
            "reviews": [],
        }
    )

    customer_id: str
    exported_at: Instant
    erased_at: Instant | None
    features: list[FeatureOut]
    decisions: list[dict[str, Any]]
    events: list[dict[str, Any]]
    permits: list[dict[str, Any]]
    reviews: list[dict[str, Any]]


class ErasureOut(BaseModel):
    """Somebody was erased."""

    model_config = _such({"customer_id": "c0000001", "erased_at": "2026-03-04T13:00:00Z"})

    customer_id: str
    erased_at: Instant
