"""What goes over the wire, described: for validation on the way in, for documentation both ways."""

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from regua.vocabulary import Channel
from serving.events import EventIn, Identifier

MOST_CUSTOMERS = 500
MOST_EVENTS = 1_000


class CustomersRequest(BaseModel):
    """Customers to decide about, or to score."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"customer_ids": ["c0000001"]}]})

    customer_ids: list[Identifier] = Field(min_length=1, max_length=MOST_CUSTOMERS)


class ReasonOut(BaseModel):
    """A stable code and its sentence by language."""

    code: str
    text: dict[str, str]


class AlternativeOut(BaseModel):
    """A candidate that was not chosen: its worth, and the rules that stopped it."""

    action: str
    value_cents: int | None
    blocked_by: list[str]
    earliest_permitted_at: AwareDatetime | None


class JourneyOut(BaseModel):
    """Where in which journey the customer stands."""

    name: str
    version: int
    day: int
    step: int | None


class DecisionOut(BaseModel):
    """The next right action for one customer, with all it was based on. The bytes are those of the log."""

    decision_id: str
    customer_id: str
    contract_id: str | None
    decided_at: AwareDatetime
    action: str = Field(description="`nothing`, or channel/template such as `whatsapp/pay_link`.")
    channel: Channel | None
    template: str | None
    send_at: AwareDatetime | None = Field(description="The first permitted instant of the local day.")
    journey: JourneyOut | None
    value_cents: int = Field(description="Expected net value against doing nothing.")
    propensity: float = Field(description="The probability with which the keyed dice let this action through.")
    explored: bool
    scores: dict[str, float | None]
    reasons: list[ReasonOut]
    alternatives: list[AlternativeOut]
    degraded: list[str] = Field(description="Codes of what was missing: priors, stale features, no profile.")
    digests: dict[str, str] = Field(description="Names of the book, the release and the inputs.")


class DecidedOut(BaseModel):
    """The result for one customer."""

    customer_id: str
    status: Literal["decided"]
    decision: DecisionOut


class DecisionsOut(BaseModel):
    """One result a customer, in the order asked."""

    results: list[DecidedOut]


class ScoredOut(BaseModel):
    """Scores of one customer: NULL where nothing is overdue or nothing is known."""

    customer_id: str
    has_profile: bool
    scores: dict[str, float | None]
    degraded: list[str]


class ScoresOut(BaseModel):
    """Scores of each customer in the order asked, and the release that made them."""

    release_id: str
    scored_at: AwareDatetime
    results: list[ScoredOut]


class EventProblem(BaseModel):
    """Why an event was refused."""

    code: str
    found: str
    expected: str | None
    remedy: str | None = Field(alias="try")


class EventReport(BaseModel):
    """What became of one event."""

    event_id: str | None
    status: Literal["accepted", "duplicate", "conflict", "refused"]
    problem: EventProblem | None = None


class EventsOut(BaseModel):
    """One report an event, in the order sent; refused events are kept in quarantine."""

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

    book_digest: str
    journeys: list[JourneySummary]


class Readiness(BaseModel):
    """Whether each thing an answer needs is there."""

    is_ready: bool
    parts: dict[str, dict[str, Any]]


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    found: str
    expected: str | None
    remedy: str | None = Field(alias="try")
    request_id: str


IN: tuple[type[BaseModel], ...] = (CustomersRequest, EventIn)
"""Request bodies: read strictly by our own parser, and so registered with the documentation by hand."""
