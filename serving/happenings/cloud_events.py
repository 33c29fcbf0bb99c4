"""Events in the envelope of CloudEvents 1.0, as other systems' buses carry them: in, and told back.

A CloudEvent is one of our events under other names: ``type`` is ``regua.`` and the kind, ``subject`` the customer,
``time`` when it happened, ``source`` who says so; ``data`` holds the contract, the decision, the channel, the amount
and the details of its kind side by side. Extension attributes travel with an event and say nothing about a customer:
they are taken and not kept, so that one event carried twice by different roads is still one.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from regua.errors import RequestError
from regua.money import LARGEST_CENTS
from regua.records import Event
from regua.vocabulary import Channel, EventKind
from regua.written_time import Instant
from serving.happenings.reported import EventIn, Identifier, Source
from serving.store.events import Kept

ONE, SEVERAL = "application/cloudevents+json", "application/cloudevents-batch+json"
"""The media types of one event and of a list."""
PREFIX = "regua."
TYPES = tuple(f"{PREFIX}{kind}" for kind in EventKind)
_EXTENSION = re.compile(r"[a-z0-9]{1,64}")
_NAMED = ("contract_id", "decision_id", "channel", "amount_cents")
_POINTERS = {"/happened_at": "/time", "/channel": "/data/channel", "/amount_cents": "/data/amount_cents"}
"""Where what an event of ours lacks is looked for in the envelope."""
EXAMPLE: dict[str, JsonValue] = {
    "specversion": "1.0",
    "id": "crm-7781",
    "source": "/crm/payments",
    "type": "regua.payment",
    "subject": "c0000001",
    "time": "2026-03-02T08:40:00-03:00",
    "datacontenttype": "application/json",
    "data": {"amount_cents": 18990, "payment_id": "p-551", "method": "pix"},
}


class CloudEventData(BaseModel):
    """What happened, beside whom and when: the details of its kind stand beside these four."""

    model_config = ConfigDict(extra="allow")

    contract_id: Identifier | None = None
    decision_id: Identifier | None = Field(None, description="The decision this contact came from.")
    channel: Channel | None = Field(None, description="Needed for every contact; an opt-out without one is from all.")
    amount_cents: int | None = Field(
        None, gt=0, le=LARGEST_CENTS, description="Needed for a payment, a promise, an arrangement."
    )


class CloudEventIn(BaseModel):
    """One event as CloudEvents 1.0 writes it; the same ``source`` and ``id`` may be sent any number of times."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [EXAMPLE]})

    specversion: Literal["1.0"]
    id: Identifier
    source: Source
    type: Annotated[str, Field(description="regua. and the kind of event.", json_schema_extra={"enum": [*TYPES]})]
    subject: Identifier = Field(description="The customer's pseudonym.")
    time: Instant = Field(description="When it happened, with its offset from UTC.")
    datacontenttype: Annotated[str, StringConstraints(pattern=r"^application/([a-z0-9.+-]+\+)?json(\s*;.*)?$")] = Field(
        "application/json", max_length=100
    )
    dataschema: str | None = Field(None, max_length=512, description="Taken and not kept.")
    data: CloudEventData = Field(default_factory=CloudEventData.model_construct)

    def event(self, known_at: datetime) -> Event:
        """Return the event as Regua keeps it, learned at an instant.

        Raises
        ------
        RequestError
            Its type is not one of ours, an attribute has no name of an attribute, or something its kind needs is
            missing.
        """
        if self.type not in TYPES:
            raise RequestError("type: something else", expected=f"one of {', '.join(TYPES)}", param="/type")
        for name in self.model_extra or ():
            if not _EXTENSION.fullmatch(name):
                raise RequestError(
                    "an attribute whose name is none of CloudEvents 1.0",
                    expected="lower-case letters and digits; details of the event stand in data",
                )
        told = EventIn.model_construct(
            event_id=self.id,
            kind=EventKind(self.type.removeprefix(PREFIX)),
            customer_id=self.subject,
            happened_at=self.time,
            **{name: getattr(self.data, name) for name in _NAMED},
            data=dict(self.data.model_extra or {}),
        )
        try:
            return told.event(known_at)
        except RequestError as problem:
            problem.param = _POINTERS.get(problem.param or "", problem.param)
            raise


class CloudEventOut(BaseModel):
    """One event as it is kept."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE | {"knowntime": "2026-03-02T08:40:02-03:00"}]})

    specversion: Literal["1.0"]
    id: str
    source: str
    type: Annotated[str, Field(json_schema_extra={"enum": [*TYPES]})]
    subject: str = Field(description="The customer's pseudonym.")
    time: Instant = Field(description="When it happened.")
    datacontenttype: Literal["application/json"]
    knowntime: Instant = Field(description="When Regua learned of it.")
    data: CloudEventData


def is_one(value: Any) -> bool:
    """Whether a parsed JSON value means to be a CloudEvent."""
    return isinstance(value, dict) and "specversion" in value


def written(kept: Kept) -> Mapping[str, Any]:
    """Write a kept event as a CloudEvent; the attribute ``knowntime`` says when Regua learned of it."""
    event = kept.event
    named = {name: getattr(event, name) for name in _NAMED}
    return {
        "specversion": "1.0",
        "id": event.event_id,
        "source": kept.source,
        "type": f"{PREFIX}{event.kind}",
        "subject": event.customer_id,
        "time": event.happened_at,
        "datacontenttype": "application/json",
        "knowntime": event.known_at,
        "data": {name: value for name, value in named.items() if value is not None} | dict(event.data),
    }
