"""The tables of the decision log, their version, and how an instant is written so that text sorts as time."""

from datetime import UTC, datetime
from functools import lru_cache

from regua.clock import utc

VERSION = 1

SCHEMA = """
CREATE TABLE decisions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    decision_id TEXT NOT NULL UNIQUE,
    customer_id TEXT NOT NULL,
    decided_at TEXT NOT NULL,
    action TEXT NOT NULL,
    channel TEXT,
    send_at TEXT,
    journey TEXT,
    release_id TEXT NOT NULL,
    book_digest TEXT NOT NULL,
    shape_digest TEXT NOT NULL,
    position BLOB NOT NULL,
    body BLOB NOT NULL,
    inputs BLOB NOT NULL
) STRICT;
CREATE INDEX decisions_of_customer ON decisions (customer_id, decided_at);
CREATE INDEX plans_of_customer ON decisions (customer_id, send_at) WHERE channel IS NOT NULL;
CREATE TABLE positions (
    customer_id TEXT PRIMARY KEY,
    decided_at TEXT NOT NULL,
    position BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL UNIQUE,
    customer_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    happened_at TEXT NOT NULL,
    known_at TEXT NOT NULL,
    content_digest TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX events_of_customer ON events (customer_id, known_at);
CREATE TABLE quarantine (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at TEXT NOT NULL,
    place TEXT NOT NULL,
    found TEXT NOT NULL,
    expected TEXT,
    raw BLOB NOT NULL
) STRICT;
CREATE TABLE books (digest TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT;
CREATE TABLE shapes (digest TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT;
"""
"""``body`` is a decision's canonical JSON, the bytes that were answered; ``inputs`` is the row it was decided on
(:mod:`serving.inputs`); ``position`` is where the customer stood afterwards. Instants are UTC text of fixed width."""


@lru_cache(maxsize=4_096)
def instant(moment: datetime) -> str:
    """Write an instant as text that sorts as time.

    Examples
    --------
    >>> instant(datetime(2026, 3, 1, 12, tzinfo=UTC))
    '2026-03-01T12:00:00.000000Z'
    """
    return utc(moment).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def moment_of(text: str) -> datetime:
    """Read an instant back.

    Examples
    --------
    >>> moment_of("2026-03-01T12:00:00.000000Z").isoformat()
    '2026-03-01T12:00:00+00:00'
    """
    return datetime.fromisoformat(text[:-1]).replace(tzinfo=UTC)
