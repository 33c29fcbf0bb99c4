"""What becomes of events that are reported: each is kept once, however often it comes; nothing is lost."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

import orjson

from regua.errors import ConflictError, RequestError
from regua.records import Event
from serving.happenings.cloud_events import CloudEventIn, is_one
from serving.happenings.reported import EventIn
from serving.privacy.identifying import masked
from serving.store import Receipt, Refusal, Store
from serving.store.events import SOURCE
from serving.strict_json import parse, validate


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one event: accepted, duplicate, conflict or refused, and for the last two why."""

    event_id: str | None
    status: str
    problem: RequestError | None = None
    source: str = SOURCE


@dataclass(slots=True)
class _Sorted:
    events: list[tuple[int, str, Event]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    reports: dict[int, Report] = field(default_factory=dict)


def take_in(
    store: Store, items: Sequence[tuple[str, Any]], received_at: datetime, *, in_envelopes: bool = False
) -> list[Report]:
    """Keep every event that can be understood, and every other one in quarantine; nothing is lost.

    Parameters
    ----------
    store
        The log that keeps them.
    items
        ``(place, value)``: where each came from, and its parsed JSON, or its bytes where it is not JSON.
    received_at
        When Regua learned of them.
    in_envelopes
        Each must be a CloudEvent; otherwise one that names its ``specversion`` is read as a CloudEvent.

    Returns
    -------
    One report an item, in order.
    """
    found = _Sorted()
    for position, (place, value) in enumerate(items):
        try:
            read = parse(value) if isinstance(value, bytes) else value
            found.events.append((position, *_understood(read, received_at, in_envelopes)))
        except RequestError as problem:
            _refuse(found, position, place, value, problem, received_at)
    events, sources = [event for *_, event in found.events], [source for _, source, _ in found.events]
    receipts = store.record(events, found.refusals, sources)
    conflicts = []
    for (position, source, event), receipt in zip(found.events, receipts, strict=True):
        conflict = _conflict(event) if receipt is Receipt.CONFLICT else None
        found.reports[position] = Report(event.event_id, receipt.value, conflict, source)
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


def _understood(value: Any, received_at: datetime, in_envelope: bool) -> tuple[str, Event]:
    if in_envelope or is_one(value):
        told = validate(CloudEventIn, value)
        return told.source, told.event(received_at)
    return SOURCE, validate(EventIn, value).event(received_at)


def _refuse(
    found: _Sorted, position: int, place: str, value: Any, problem: RequestError, received_at: datetime
) -> None:
    named = {name: one for name, one in value.items() if isinstance(one, str)} if isinstance(value, dict) else {}
    event_id, source = named.get("event_id", named.get("id")), named.get("source", SOURCE)
    shown = None if event_id is None else masked(event_id)
    found.reports[position] = Report(shown, "refused", problem, masked(source))
    found.refusals.append(_refusal(place, value, problem, received_at))


def _refusal(place: str, value: Any, problem: RequestError, received_at: datetime) -> Refusal:
    raw = value if isinstance(value, bytes) else orjson.dumps(value)
    # Nothing is lost but what must not be kept: who somebody is.
    raw = masked(raw.decode(errors="surrogateescape")).encode(errors="surrogateescape")
    return Refusal(received_at, place, problem.found, problem.expected, raw)


def _conflict(event: Event) -> RequestError:
    return ConflictError(
        f"event_id: {event.event_id} is kept with another content",
        expected="the same content each time, or another event_id",
        remedy="correct a wrong event by a new one; what was kept stays as it was",
    )
