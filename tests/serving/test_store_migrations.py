"""A store of the first version becomes today's with nothing lost; a new one is what the tables say."""

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine

from regua.errors import UnavailableError
from regua.records import Event, canonical, digest
from regua.vocabulary import EventKind
from serving.store import Logged, Receipt, Refusal, Store
from serving.store.instants import instant
from serving.store.tables import METADATA

NOON = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
MANY = 6_000

FIRST_VERSION = """
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
PRAGMA user_version = 1;
"""


def decided(number: int) -> Logged:
    at = NOON + timedelta(seconds=number)
    planned = ("sms", at + timedelta(hours=1), "early_digital") if number % 2 else (None, None, None)
    body = b'{"number":%d}' % number
    return Logged(f"d{number}", f"c{number % 700}", at, "some", *planned, "r", "b", "s", b"{}", body, b"\x00\xff")


def reported(number: int) -> Event:
    return Event(f"e{number}", EventKind.PAYMENT, f"c{number % 700}", NOON, NOON, amount_cents=number)


@pytest.fixture
def first(tmp_path):
    """A filled store as the first version wrote it."""
    path = tmp_path / "decisions.db"
    with sqlite3.connect(path) as log:
        log.execute("PRAGMA page_size = 8192")
        log.execute("PRAGMA journal_mode = WAL")
        log.executescript(FIRST_VERSION)
        marks = ", ".join("?" * 14)
        for number in range(MANY):
            one = decided(number)
            sent = instant(one.send_at) if one.send_at else None
            words = (one.action, one.channel, sent, one.journey, one.release_id, one.book_digest, one.shape_digest)
            row = (one.decision_id, one.customer_id, instant(one.decided_at), *words, one.position, one.body)
            # A number was given up now and then: numbers are kept as they are, not counted anew.
            log.execute(f"INSERT INTO decisions VALUES ({marks})", (2 * number + 1, *row, one.inputs))
        for number in range(900):
            event = reported(number)
            content = {name: getattr(event, name) for name in event.__slots__}
            own = digest(canonical({name: value for name, value in content.items() if name != "known_at"}))
            row = (event.event_id, event.customer_id, event.kind.value, instant(NOON), instant(NOON), own)
            log.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (number + 1, *row, canonical(content)))
        log.execute("INSERT INTO positions VALUES ('c1', ?, CAST('{\"journey\":\"x\"}' AS BLOB))", (instant(NOON),))
        log.execute("INSERT INTO quarantine VALUES (1, ?, 'file:1', 'half', NULL, x'7b00')", (instant(NOON),))
        log.execute("INSERT INTO books VALUES ('b', 'the book')")
        log.execute("INSERT INTO shapes VALUES ('s', 'the shape')")
    log.close()
    return path


def test_a_filled_store_of_the_first_version_comes_forward_with_nothing_lost(first):
    with Store(first) as store:
        rows = store.decisions(limit=2 * MANY)
        assert [row for _, row in rows] == [decided(number) for number in range(MANY)]
        assert [seq for seq, _ in rows] == [2 * number + 1 for number in range(MANY)]
        told = store.events_of("c7", NOON, NOON)
        assert told == [reported(7), reported(707)]
        assert store.record([reported(3)]) == [Receipt.DUPLICATE]
        assert store.refused() == [Refusal(NOON, "file:1", "half", None, b"{\x00")]
        assert (store.texts.read("books", "b"), store.texts.read("shapes", "s")) == ("the book", "the shape")
        live = store.live(["c1"], NOON, NOON + timedelta(days=1))
        assert live.positions == {"c1": {"journey": "x"}}
        assert live.watermark.seq == MANY + 900
        assert store.verify() is None


def test_it_comes_forward_once_and_goes_on_counting_where_it_was(first):
    Store(first).close()
    with Store(first) as store:
        again = store.commit([decided(0), decided(MANY)], store.live(["c0"], NOON, NOON).watermark)
        assert again.repeated.keys() == {"d0"}
        assert store.decisions(after=2 * MANY - 1)[0][0] == 2 * MANY
        assert store.verify() is None


def test_a_migration_that_fails_leaves_the_store_as_it_was(first):
    with sqlite3.connect(first) as log:
        log.execute("CREATE TABLE permits (in_the_way TEXT)")
    log.close()
    with pytest.raises(Exception, match="permits"):
        Store(first)
    with sqlite3.connect(first) as log:
        assert log.execute("PRAGMA user_version").fetchone() == (1,)
        assert log.execute("SELECT count(*) FROM decisions").fetchone() == (MANY,)
        log.execute("DROP TABLE permits")
    log.close()
    with Store(first) as store:
        assert store.count("decisions") == MANY


def test_the_migrations_lead_to_the_tables_as_they_are_defined(where):
    Store(where).close()
    address = where.replace("postgresql:", "postgresql+psycopg:") if isinstance(where, str) else f"sqlite:///{where}"
    engine = create_engine(address)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    engine.dispose()


def test_a_database_made_by_a_newer_version_is_refused(postgres):
    import psycopg

    where = postgres.database()
    Store(where).close()
    with psycopg.connect(where) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0099'")
    with pytest.raises(UnavailableError, match="schema version 99"):
        Store(where)
