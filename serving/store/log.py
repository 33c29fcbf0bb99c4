"""The decision log's rows, how they are written, and what of them is read before the next decision."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from regua.records import Event
from serving.store import events as events_table
from serving.store.schema import instant, moment_of

_INSERT = """
INSERT INTO decisions (decision_id, customer_id, decided_at, action, channel, send_at, journey, release_id, book_digest,
                       shape_digest, position, body, inputs)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (decision_id) DO NOTHING
"""
_STAND = """
INSERT INTO positions (customer_id, decided_at, position) VALUES (?, ?, ?)
ON CONFLICT (customer_id) DO UPDATE SET decided_at = excluded.decided_at, position = excluded.position
WHERE excluded.decided_at >= positions.decided_at
"""
_PLANS = """
SELECT decision_id, customer_id, channel, send_at FROM decisions
WHERE customer_id IN (SELECT value FROM json_each(?)) AND channel IS NOT NULL AND send_at >= ? AND decided_at <> ?
ORDER BY seq
"""
_STANDING = """
SELECT customer_id, decided_at, position FROM positions WHERE customer_id IN (SELECT value FROM json_each(?))
"""
_BODY = "SELECT body FROM decisions WHERE decision_id = ?"
_EARLIER = """
SELECT position FROM decisions WHERE customer_id = ? AND decided_at < ? ORDER BY decided_at DESC, seq DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Logged:
    """One row of the decision log: what was answered, and the row it was decided on."""

    decision_id: str
    customer_id: str
    decided_at: datetime
    action: str
    channel: str | None
    send_at: datetime | None
    journey: str | None
    release_id: str
    book_digest: str
    shape_digest: str
    position: bytes
    body: bytes
    inputs: bytes


@dataclass(frozen=True, slots=True)
class Plan:
    """A contact some decision planned."""

    decision_id: str
    customer_id: str
    channel: str
    send_at: datetime


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far the log had got when it was read."""

    decisions: int
    events: int


@dataclass(frozen=True, slots=True)
class Committed:
    """What a commit did.

    ``moved`` are customers left out, who must be decided again on what is known now; ``repeated`` are the bytes of
    decisions that were in the log already, by identifier.
    """

    moved: frozenset[str]
    repeated: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Live:
    """What the log says of some customers: plans, events and positions, as of a moment and a watermark."""

    watermark: Watermark
    plans: tuple[Plan, ...]
    events: tuple[Event, ...]
    positions: Mapping[str, Mapping[str, object]]


def read_live(sqlite: sqlite3.Connection, customer_ids: Sequence[str], since: datetime, moment: datetime) -> Live:
    """Read all the log knows of these customers that a decision at ``moment`` must see.

    Plans of other decisions count wherever their moment lies: two callers whose clocks disagree must not both
    plan the same contact. Events count once known; older ones than ``since`` the profile knows.
    """
    ids = orjson.dumps(list(customer_ids)).decode()
    now = instant(moment)
    return Live(
        watermark=_watermark(sqlite),
        plans=tuple(
            Plan(decision_id, customer_id, channel, moment_of(send_at))
            for decision_id, customer_id, channel, send_at in sqlite.execute(_PLANS, (ids, instant(since), now))
        ),
        events=tuple(events_table.known(sqlite, ids, since, moment)),
        positions=dict(_positions(sqlite, ids, now)),
    )


def write(sqlite: sqlite3.Connection, rows: Sequence[Logged]) -> dict[str, bytes]:
    """Write decisions and where they leave their customers; one already there stays, and its bytes are returned."""
    written = sqlite.executemany(
        _INSERT,
        (
            (
                row.decision_id,
                row.customer_id,
                instant(row.decided_at),
                row.action,
                row.channel,
                instant(row.send_at) if row.send_at else None,
                row.journey,
                row.release_id,
                row.book_digest,
                row.shape_digest,
                row.position,
                row.body,
                row.inputs,
            )
            for row in rows
        ),
    ).rowcount
    sqlite.executemany(_STAND, ((row.customer_id, instant(row.decided_at), row.position) for row in rows))
    if written == len(rows):
        return {}
    kept = {}
    for row in rows:
        (kept[row.decision_id],) = sqlite.execute(_BODY, (row.decision_id,)).fetchone()
    return kept


def contested(sqlite: sqlite3.Connection, rows: Iterable[Logged], seen: Watermark) -> set[str]:
    """Name the customers of whom the log has learned something since it was read."""
    if _watermark(sqlite) == seen:
        return set()
    moved = {
        customer_id
        for table, seq in (("decisions", seen.decisions), ("events", seen.events))
        for (customer_id,) in sqlite.execute(f"SELECT customer_id FROM {table} WHERE seq > ?", (seq,))
    }
    return moved & {row.customer_id for row in rows}


def _watermark(sqlite: sqlite3.Connection) -> Watermark:
    decisions, events = sqlite.execute(
        "SELECT (SELECT coalesce(max(seq), 0) FROM decisions), (SELECT coalesce(max(seq), 0) FROM events)"
    ).fetchone()
    return Watermark(decisions, events)


def _positions(sqlite: sqlite3.Connection, ids: str, now: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    for customer_id, decided_at, position in sqlite.execute(_STANDING, (ids,)).fetchall():
        if decided_at < now:
            yield customer_id, orjson.loads(position)
        elif earlier := sqlite.execute(_EARLIER, (customer_id, now)).fetchone():
            yield customer_id, orjson.loads(earlier[0])
