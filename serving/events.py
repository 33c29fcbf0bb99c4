"""Events at the border: what a CRM, a channel or a billing system may report, and what becomes of each report."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Annotated, Any

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from regua.clock import utc
from regua.errors import ConflictError, RequestError
from regua.money import LARGEST_CENTS
from regua.records import Event
from regua.vocabulary import (
    ArrangementResolution,
    Channel,
    ContactOutcome,
    DisputeResolution,
    EventKind,
    HoldKind,
    OfferKind,
    PromiseResolution,
    SignalKind,
)
from serving.store import Receipt, Refusal, Store
from serving.strict_json import parse, shown, validate

AHEAD = timedelta(minutes=5)
"""How far a reporter's clock may run ahead of ours."""

Identifier = Annotated[
    str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\p{C}\p{Z}]([^\p{C}]*[^\p{C}\p{Z}])?$")
]
"""A pseudonym: no control or direction characters, no space at its ends."""

_WITH_CHANNEL = frozenset(
    {
        EventKind.CONTACT_SENT,
        EventKind.CONTACT_ACCEPTED,
        EventKind.CONTACT_DELIVERED,
        EventKind.CONTACT_READ,
        EventKind.CONTACT_REPLIED,
        EventKind.CONTACT_FAILED,
    }
)
_WITH_AMOUNT = frozenset(
    {EventKind.PAYMENT, EventKind.PROMISE_MADE, EventKind.ARRANGEMENT_MADE, EventKind.INSTALMENT_DUE}
)


class EventIn(BaseModel):
    """One thing that happened to a customer. The same ``event_id`` may be sent any number of times."""

    model_config = ConfigDict(extra="forbid")

    event_id: Identifier
    kind: EventKind
    customer_id: Identifier
    happened_at: AwareDatetime = Field(description="When it happened, with its offset from UTC.")
    contract_id: Identifier | None = None
    decision_id: Identifier | None = Field(None, description="The decision this contact came from.")
    channel: Channel | None = Field(None, description="Needed for every contact; an opt-out without one is from all.")
    amount_cents: int | None = Field(
        None, gt=0, le=LARGEST_CENTS, description="Needed for a payment, a promise, an arrangement."
    )
    data: dict[str, Any] = Field(default_factory=dict, description="Keys of the row it is about, and its details.")

    def event(self, known_at: datetime) -> Event:
        """Return the event as Regua keeps it, learned at an instant.

        Raises
        ------
        RequestError
            Something its kind needs is missing, or it lies in the future.
        """
        happened_at = utc(self.happened_at)
        if happened_at > utc(known_at) + AHEAD:
            raise RequestError(
                f"happened_at: {happened_at.isoformat()} is in the future",
                expected=f"an instant not after {utc(known_at).isoformat()}",
            )
        if self.kind in _WITH_CHANNEL and self.channel is None:
            raise RequestError(f"channel: none, in a {self.kind}", expected=f"one of {', '.join(Channel)}")
        if self.kind in _WITH_AMOUNT and self.amount_cents is None:
            raise RequestError(f"amount_cents: none, in a {self.kind}", expected="a whole number of cents above zero")
        _check_details(self.kind, self.data)
        return Event(
            event_id=self.event_id,
            kind=self.kind,
            customer_id=self.customer_id,
            happened_at=happened_at,
            known_at=max(utc(known_at), happened_at),
            contract_id=self.contract_id,
            decision_id=self.decision_id,
            channel=self.channel,
            amount_cents=self.amount_cents,
            data=self.data,
        )


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one event: accepted, duplicate, conflict or refused, and for the last two why."""

    event_id: str | None
    status: str
    problem: RequestError | None = None


@dataclass(slots=True)
class _Sorted:
    events: list[tuple[int, Event]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    reports: dict[int, Report] = field(default_factory=dict)


def take_in(store: Store, items: Sequence[tuple[str, Any]], received_at: datetime) -> list[Report]:
    """Keep every event that can be understood, and every other one in quarantine; nothing is lost.

    Parameters
    ----------
    store
        The log that keeps them.
    items
        ``(place, value)``: where each came from, and its parsed JSON, or its bytes where it is not JSON.
    received_at
        When Regua learned of them.

    Returns
    -------
    One report an item, in order.
    """
    found = _Sorted()
    for position, (place, value) in enumerate(items):
        try:
            read = parse(value) if isinstance(value, bytes) else value
            found.events.append((position, validate(EventIn, read).event(received_at)))
        except RequestError as problem:
            _refuse(found, position, place, value, problem, received_at)
    receipts = store.record([event for _, event in found.events], found.refusals)
    conflicts = []
    for (position, event), receipt in zip(found.events, receipts, strict=True):
        conflict = _conflict(event) if receipt is Receipt.CONFLICT else None
        found.reports[position] = Report(event.event_id, receipt.value, conflict)
        if conflict:
            place, value = items[position]
            conflicts.append(_refusal(place, value, conflict, received_at))
    if conflicts:
        store.record([], conflicts)
    return [found.reports[position] for position in range(len(items))]


def read_lines(lines: Iterable[bytes], name: str, at_once: int = 1_000) -> Iterator[list[tuple[str, bytes]]]:
    """Read NDJSON in parts, and give each line that holds something its place."""
    filled = ((f"{name}:{number}", line.strip()) for number, line in enumerate(lines, 1) if line.strip())
    while part := list(islice(filled, at_once)):
        yield part


def _refuse(
    found: _Sorted, position: int, place: str, value: Any, problem: RequestError, received_at: datetime
) -> None:
    event_id = value.get("event_id") if isinstance(value, dict) else None
    found.reports[position] = Report(event_id if isinstance(event_id, str) else None, "refused", problem)
    found.refusals.append(_refusal(place, value, problem, received_at))


def _refusal(place: str, value: Any, problem: RequestError, received_at: datetime) -> Refusal:
    raw = value if isinstance(value, bytes) else orjson.dumps(value)
    return Refusal(received_at, place, problem.found, problem.expected, raw)


def _conflict(event: Event) -> RequestError:
    return ConflictError(
        f"event_id: {event.event_id} is kept with another content",
        expected="the same content each time, or another event_id",
        remedy="correct a wrong event by a new one; what was kept stays as it was",
    )


def _check_details(kind: EventKind, data: dict[str, Any]) -> None:
    if kind is EventKind.PROMISE_MADE:
        _date(data, "promised_for")
    if kind is EventKind.PROMISE_RESOLVED:
        _word(data, "resolution", tuple(PromiseResolution))
    if kind is EventKind.ARRANGEMENT_MADE:
        _arrangement(data)
    if kind is EventKind.ARRANGEMENT_RESOLVED:
        _word(data, "resolution", tuple(ArrangementResolution))
    if kind in (EventKind.INSTALMENT_DUE, EventKind.INSTALMENT_PAID):
        _name(data, "instalment_id")
    if kind is EventKind.INSTALMENT_DUE:
        _name(data, "arrangement_id")
        _date(data, "due_on")
    if kind is EventKind.DISPUTE_RESOLVED:
        _word(data, "resolution", tuple(DisputeResolution))
    if kind in (EventKind.HOLD_PLACED, EventKind.HOLD_LIFTED):
        _word(data, "kind", tuple(HoldKind))
    if kind is EventKind.CONTACT_OUTCOME:
        _word(data, "outcome", tuple(ContactOutcome))
    if kind in (EventKind.SIGNAL_RAISED, EventKind.SIGNAL_CLEARED):
        _word(data, "kind", tuple(SignalKind))
    if data.get("ends_at") is not None:
        _instant(data, "ends_at")


def _arrangement(data: dict[str, Any]) -> None:
    for name in ("arrangement_id", "offer"):
        _name(data, name)
    _word(data, "kind", tuple(OfferKind))
    _date(data, "first_due_on")
    count = data.get("instalments")
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= 1_200:
        raise RequestError(f"data.instalments: {shown(count)}", expected="how many: a whole number from 1 to 1,200")


def _name(data: dict[str, Any], name: str) -> None:
    if not isinstance(data.get(name), str) or not data[name]:
        raise RequestError(f"data.{name}: {shown(data.get(name))}", expected="an identifier such as A-2026-0001")


def _word(data: dict[str, Any], name: str, words: tuple[str, ...]) -> None:
    if data.get(name) not in words:
        raise RequestError(f"data.{name}: {shown(data.get(name))}", expected=f"one of {', '.join(words)}")


def _date(data: dict[str, Any], name: str) -> None:
    try:
        date.fromisoformat(data.get(name))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise RequestError(f"data.{name}: {shown(data.get(name))}", expected="a date such as 2026-03-31") from None


def _instant(data: dict[str, Any], name: str) -> None:
    try:
        is_aware = datetime.fromisoformat(data[name]).tzinfo is not None
    except (TypeError, ValueError):
        is_aware = False
    if not is_aware:
        raise RequestError(
            f"data.{name}: {shown(data[name])}", expected="an instant with its offset, such as 2026-03-31T12:00:00Z"
        )
