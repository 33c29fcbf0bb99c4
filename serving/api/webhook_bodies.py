"""What goes over the wire about webhooks."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from regua.written_time import Instant
from serving.api.cursors import PageOut
from serving.happenings.reported import pseudonym
from serving.store.deliveries import DeliveryState
from serving.store.endpoints import EndpointState
from serving.webhooks.addresses import LONGEST_URL

Kind = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,31}\.(\*|[a-z][a-z_]{0,31})$")]
About = Annotated[str, AfterValidator(pseudonym)]
MOST_KINDS, LONGEST_ABOUT = 50, 200
_NAME, _DELIVERY_NAME = "we_0123456789abcdef0123456789", "del_0123456789abcdef0123456789"
_ENDPOINT: dict[str, Any] = {
    "endpoint_id": _NAME,
    "url": "https://crm.example.com/regua",
    "about": "the CRM of the branches",
    "kinds": ["permit.*"],
    "state": "enabled",
    "made_at": "2026-03-04T13:00:00Z",
    "changed_at": "2026-03-04T13:00:00Z",
    "changed_by": "ana",
    "failures": 0,
    "failing_since": None,
}
_DELIVERY: dict[str, Any] = {
    "delivery_id": _DELIVERY_NAME,
    "endpoint_id": _NAME,
    "message_id": "per_0123456789abcdef0123456789.open",
    "kind": "permit.open",
    "subject": "per_0123456789abcdef0123456789",
    "told_at": "2026-03-04T13:00:00Z",
    "due_at": "2026-03-04T13:00:01Z",
    "state": "delivered",
    "attempts": 1,
    "tries": [{"at": "2026-03-04T13:00:01Z", "status": 204, "problem": None, "took_ms": 31}],
}


def _shown(*examples: dict[str, Any]) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": list(examples)})


class EndpointIn(BaseModel):
    """An address to be told."""

    model_config = _shown({"url": "https://crm.example.com/regua", "kinds": ["permit.*"], "about": "the CRM"})

    url: str = Field(max_length=LONGEST_URL, description="https, to a public name; networks of your own by a setting.")
    kinds: list[Kind] = Field(
        default_factory=list,
        max_length=MOST_KINDS,
        description="Kinds of messages, such as permit.open or permit.*; all when empty.",
    )
    about: About = Field("", max_length=LONGEST_ABOUT, description="Whose it is.")


class EndpointTurn(BaseModel):
    """What is to change of an endpoint; what is left out stays."""

    model_config = _shown({"state": "disabled"})

    url: str | None = Field(None, max_length=LONGEST_URL)
    kinds: list[Kind] | None = Field(None, max_length=MOST_KINDS)
    about: About | None = Field(None, max_length=LONGEST_ABOUT)
    state: EndpointState | None = Field(None, description="`enabled` or `disabled`.")


class EndpointOut(BaseModel):
    """An endpoint, and how well it listens: tries that failed in a row, and since when."""

    model_config = _shown(_ENDPOINT)

    endpoint_id: str
    url: str
    about: str
    kinds: list[str]
    state: EndpointState
    made_at: Instant
    changed_at: Instant
    changed_by: str
    failures: int
    failing_since: Instant | None


class EndpointsOut(BaseModel):
    """All endpoints, the oldest first."""

    model_config = _shown({"endpoints": [_ENDPOINT]})

    endpoints: list[EndpointOut]


class SecretOut(BaseModel):
    """One secret, and until when it signs; the newest has no end."""

    secret: str
    until: Instant | None


class SecretsOut(BaseModel):
    """The secrets that sign now, the newest first."""

    model_config = _shown({"secrets": [{"secret": "whsec_…", "until": None}]})

    secrets: list[SecretOut]


class TryOut(BaseModel):
    """One try: the status that was answered, or a code of why none was."""

    at: Instant
    status: int | None
    problem: str | None
    took_ms: int


class DeliveryOut(BaseModel):
    """One message on its way to one endpoint; the tries are told where one delivery is read."""

    model_config = _shown(_DELIVERY)

    delivery_id: str
    endpoint_id: str
    message_id: str
    kind: str
    subject: str
    told_at: Instant = Field(description="When what it tells happened.")
    due_at: Instant = Field(description="When it is tried next, while it waits.")
    state: DeliveryState
    attempts: int
    tries: list[TryOut]


class DeliveriesOut(PageOut[DeliveryOut]):
    """A page of deliveries, the newest first."""

    model_config = _shown({"results": [_DELIVERY | {"tries": []}], "has_more": False, "next_cursor": None})
