"""Events as they are kept: once each, whatever the number of times they are sent."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

import orjson

from regua.clock import utc
from regua.records import Event, canonical, digest
from regua.vocabulary import Channel, EventKind
from serving.store.schema import instant

_INSERT = """
INSERT INTO events (event_id, customer_id, kind, happened_at, known_at, content_digest, body)
VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (event_id) DO NOTHING
"""
_KNOWN = """
SELECT body FROM events WHERE customer_id IN (SELECT value FROM json_each(?)) AND known_at BETWEEN ? AND ?
ORDER BY happened_at, seq
"""

_FIELDS = tuple(one.name for one in fields(Event))


class Receipt(StrEnum):
    """What became of one event that was sent."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An event that could not be taken, kept as it came."""

    received_at: datetime
    place: str
    found: str
    expected: str | None
    raw: bytes


def write(sqlite: sqlite3.Connection, events: Sequence[Event]) -> list[Receipt]:
    """Keep events; one already here with the same content is a duplicate, with another content a conflict."""
    return [_write_one(sqlite, event) for event in events]


def quarantine(sqlite: sqlite3.Connection, refusals: Sequence[Refusal]) -> None:
    """Keep what was refused, with the reason."""
    sqlite.executemany(
        "INSERT INTO quarantine (received_at, place, found, expected, raw) VALUES (?, ?, ?, ?, ?)",
        [(instant(row.received_at), row.place, row.found, row.expected, row.raw) for row in refusals],
    )


def known(sqlite: sqlite3.Connection, ids: str, since: datetime, moment: datetime) -> Iterator[Event]:
    """Read the events of customers (a JSON list) learned between two instants, in the order they happened."""
    for (body,) in sqlite.execute(_KNOWN, (ids, instant(since), instant(moment))):
        yield event_of(body)


def event_of(body: bytes) -> Event:
    """Read an event back from its canonical JSON."""
    fields = orjson.loads(body)
    fields["kind"] = EventKind(fields["kind"])
    fields["channel"] = Channel(fields["channel"]) if fields["channel"] else None
    for name in ("happened_at", "known_at"):
        fields[name] = utc(datetime.fromisoformat(fields[name]))
    return Event(**fields)


def _write_one(sqlite: sqlite3.Connection, event: Event) -> Receipt:
    content = {name: getattr(event, name) for name in _FIELDS}
    body = canonical(content)
    # When it was learned is not part of what it says: a resent event is the same event.
    content_digest = digest(canonical({name: value for name, value in content.items() if name != "known_at"}))
    row = (
        event.event_id,
        event.customer_id,
        event.kind.value,
        instant(event.happened_at),
        instant(event.known_at),
        content_digest,
        body,
    )
    if sqlite.execute(_INSERT, row).rowcount:
        return Receipt.ACCEPTED
    (kept,) = sqlite.execute("SELECT content_digest FROM events WHERE event_id = ?", (event.event_id,)).fetchone()
    return Receipt.DUPLICATE if kept == content_digest else Receipt.CONFLICT
