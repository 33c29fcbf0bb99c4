"""What goes over the wire, described: for validation on the way in, for documentation both ways."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.json_schema import models_json_schema

from regua.vocabulary import Channel
from regua.written_time import Instant
from serving.api.examples import DECISION
from serving.api.permit_bodies import PermitTold
from serving.happenings.reported import Identifier

MOST_CUSTOMERS = 500
MOST_EVENTS = 1_000


_SCORES: dict[str, Any] = {
    "release_id": "d4a8604e426b1258",
    "scored_at": "2026-03-04T13:00:00Z",
    "results": [
        {"customer_id": "c0000001", "has_profile": True, "scores": {"p_roll": 0.31}, "degraded": []},
    ],
}
_EVENTS: dict[str, Any] = {
    "counts": {"accepted": 1},
    "results": [{"event_id": "crm-7781", "source": "crm", "status": "accepted", "problem": None}],
}
_PROBLEM: dict[str, Any] = {
    "type": "/v1/problems/request",
    "title": "The request does not fit",
    "status": 422,
    "code": "request",
    "detail": "A field is missing, unknown or of another type. param points to the field.",
    "found": "customer_ids: a list of 0",
    "expected": "list should have at least 1 item after validation, not 0",
    "try": "correct the field; /openapi.json describes each one",
    "param": "/customer_ids",
    "request_id": "req_0123456789abcdef0123",
    "doc_url": "/v1/problems/request",
}
_JOURNEYS: dict[str, Any] = {
    "book_digest": "ad9b3923",
    "journeys": [
        {
            "journey": "early_digital",
            "version": 1,
            "title": {"pt-BR": "Atraso inicial por canais digitais", "en": "Early arrears by digital channels"},
            "purpose": {"pt-BR": "Lembrar e facilitar o pagamento.", "en": "Remind, and make paying easy."},
            "steps": 5,
        }
    ],
}
EVENT_EXAMPLE: dict[str, Any] = {
    "event_id": "crm-7781",
    "kind": "payment",
    "customer_id": "c0000001",
    "happened_at": "2026-03-02T08:40:00-03:00",
    "amount_cents": 18990,
    "data": {"method": "pix"},
}


class CustomersRequest(BaseModel):
    """Customers to decide about, or to score."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"customer_ids": ["c0000001"]}]})

    customer_ids: list[Identifier] = Field(min_length=1, max_length=MOST_CUSTOMERS)


class DecisionsRequest(CustomersRequest):
    """Customers to decide about, what the decisions are meant for, and whether their permits are taken at once."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"customer_ids": ["c0000001"], "mode": "live", "auto_claim": False}]},
    )

    mode: Literal["live", "shadow", "dry_run"] = Field(
        "live", description="`shadow` is logged apart and permits nothing; `dry_run` leaves no trace."
    )
    auto_claim: bool = Field(
        default=False, description="Take the permits at once, for want of a second call before sending."
    )

    @model_validator(mode="after")
    def _only_live_is_claimed(self) -> "DecisionsRequest":
        if self.auto_claim and self.mode != "live":
            raise ValueError("auto_claim without a permit to claim: only live decisions have one")
        return self


class ReasonOut(BaseModel):
    """A stable code and its sentence by language."""

    code: str
    text: dict[str, str]


class AlternativeOut(BaseModel):
    """A candidate that was not chosen: its worth, and the rules that stopped it."""

    action: str
    value_cents: int | None
    blocked_by: list[str]
    earliest_permitted_at: Instant | None
    propensity: float = Field(description="The probability with which the dice would have let it through instead.")


class JourneyOut(BaseModel):
    """Where in which journey the customer stands."""

    name: str
    version: int
    day: int
    step: int | None


class DecisionOut(BaseModel):
    """The next right action for one customer, with all it was based on. The bytes are those of the log."""

    model_config = ConfigDict(json_schema_extra={"examples": [DECISION]})

    decision_id: str
    customer_id: str
    contract_id: str | None
    decided_at: Instant
    action: str = Field(description="`nothing`, or channel/template such as `whatsapp/pay_link`.")
    channel: Channel | None
    template: str | None
    send_at: Instant | None = Field(description="The first permitted instant of the local day.")
    journey: JourneyOut | None
    value_cents: int = Field(description="Expected net value against doing nothing.")
    propensity: float = Field(description="The probability with which the keyed dice let this action through.")
    explored: bool
    scores: dict[str, float | None]
    reasons: list[ReasonOut]
    alternatives: list[AlternativeOut]
    degraded: list[str] = Field(description="Codes of what was missing: priors, stale features, no profile.")
    digests: dict[str, str] = Field(description="Names of the book, the release and the inputs.")
    task: dict[str, Any] | None = Field(description="Work for people, where the action is some; it is no contact.")
    offer: dict[str, Any] | None = Field(description="What rides with the message: its terms and net present value.")
    context: dict[str, Any] = Field(description="What follows the customer: last channel, topic, offer, open promise.")
    earliest_permitted_at: Instant | None = Field(description="When waiting alone permits a step blocked today.")
    permit: PermitTold | None = Field(description="Leave for the contact; without one nobody is contacted.")


class DecidedOut(BaseModel):
    """The result for one customer."""

    customer_id: str
    status: Literal["decided"]
    is_claimed: bool = Field(description="The permit is claimed, and by this very request: send now, or release it.")
    retry_at: Instant | None = Field(
        description="Something stops contacts that may soon be over: ask again then. `degraded` says what it is."
    )
    decision: DecisionOut


class DecisionsOut(BaseModel):
    """One result a customer, in the order asked."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "mode": "live",
                    "results": [
                        {
                            "customer_id": "c0000001",
                            "status": "decided",
                            "is_claimed": False,
                            "retry_at": None,
                            "decision": DECISION,
                        }
                    ],
                }
            ]
        }
    )

    mode: Literal["live", "shadow", "dry_run"]
    results: list[DecidedOut]


class ScoredOut(BaseModel):
    """Scores of one customer: NULL where nothing is overdue or nothing is known."""

    customer_id: str
    has_profile: bool
    scores: dict[str, float | None]
    degraded: list[str]


class ScoresOut(BaseModel):
    """Scores of each customer in the order asked, and the release that made them."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SCORES]})

    release_id: str
    scored_at: Instant
    results: list[ScoredOut]


class EventProblem(BaseModel):
    """Why an event was refused."""

    code: str
    found: str
    expected: str | None
    remedy: str | None = Field(alias="try")
    param: str | None = Field(None, description="Where in the event, as a JSON pointer.")


class EventReport(BaseModel):
    """What became of one event."""

    event_id: str | None
    source: str = Field(description="Who reported it; crm where the event does not say.")
    status: Literal["accepted", "duplicate", "conflict", "refused"]
    problem: EventProblem | None = None


class EventsOut(BaseModel):
    """One report an event, in the order sent; refused events are kept in quarantine."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EVENTS]})

    counts: dict[str, int]
    results: list[EventReport]


class JourneySummary(BaseModel):
    """One journey of the book."""

    journey: str
    version: int
    title: dict[str, str]
    purpose: dict[str, str]
    steps: int


class JourneysOut(BaseModel):
    """Every journey of the book at work."""

    model_config = ConfigDict(json_schema_extra={"examples": [_JOURNEYS]})

    book_digest: str
    journeys: list[JourneySummary]


class Problem(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PROBLEM]})

    type: str = Field(description="The page of this kind of problem, in HTML or JSON.")
    title: str = Field(description="The kind of problem, in the language of Accept-Language.")
    status: int
    code: str = Field(description="The kind of problem, for programs.")
    detail: str = Field(description="What the kind of problem means and what to do, in the caller's language.")
    found: str
    expected: str | None
    remedy: str | None = Field(alias="try")
    param: str | None = Field(description="A JSON pointer to what is wrong; of the path or query where it says so.")
    request_id: str
    doc_url: str


Schema = dict[str, Any]


def one_of(*models: type[BaseModel]) -> Schema:
    """Describe a body that is one item of some models."""
    _, defined = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    items = [{"$ref": f"#/components/schemas/{model.__name__}"} for model in models]
    return (items[0] if len(items) == 1 else {"anyOf": items}) | {"$defs": defined["$defs"]}


def several_of(*models: type[BaseModel], fewest: int, most: int) -> Schema:
    """Describe a body that is a list of items of some models."""
    one = one_of(*models)
    return {"type": "array", "items": without_defs(one), "minItems": fewest, "maxItems": most, "$defs": one["$defs"]}


def either(one: Schema, other: Schema) -> Schema:
    """Describe a body that is as one or the other says."""
    return {"anyOf": [without_defs(one), without_defs(other)], "$defs": one["$defs"] | other["$defs"]}


def without_defs(schema: Mapping[str, Any]) -> Schema:
    """Return a description without the definitions it refers to."""
    return {name: part for name, part in schema.items() if name != "$defs"}
