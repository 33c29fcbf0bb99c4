"""A portfolio in every key, a source of every event, permits, an outbox, idempotency keys and the audit chain.

What the log held becomes the portfolio ``main`` and the source ``crm``, keeps its numbers, and is taken into the chain:
its events first, then its decisions, each in the order they were written.

Revision ID: 0002
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT

from serving.store import chain

revision = "0002"
down_revision = "0001"

PORTFOLIO, SOURCE = "main", "crm"
AT_ONCE = 5_000
WORDS = sa.Text().with_variant(TEXT(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STRICT = {"sqlite_strict": True}
BY_KEY = {"sqlite_strict": True, "sqlite_with_rowid": False}
OCCUPIES = "state IN ('open', 'claimed', 'sent', 'unknown')"
STATES = "'open', 'claimed', 'sent', 'unknown', 'revoked', 'expired', 'released'"


def upgrade() -> None:
    """Give every row its portfolio, add the new tables, and take what is there into the chain."""
    _decisions()
    _events()
    _texts_and_positions()
    _permits()
    _outbox_and_keys()
    _audit()
    _take_in()


def _words(*names: str, primary_key: bool = False) -> Iterator[sa.Column[str]]:
    return (sa.Column(name, WORDS, nullable=False, primary_key=primary_key) for name in names)


def _maybe(*names: str) -> Iterator[sa.Column[str]]:
    return (sa.Column(name, WORDS, nullable=True) for name in names)


def _bytes(*names: str) -> Iterator[sa.Column[bytes]]:
    return (sa.Column(name, sa.LargeBinary, nullable=False) for name in names)


def _seq() -> sa.Column[int]:
    return sa.Column("seq", NUMBER, primary_key=True)


def _index(name: str, table: str, columns: list[str], where: str | None = None, *, unique: bool = False) -> None:
    condition = sa.text(where) if where else None
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def _moved(table: str, columns: str, added: str = "portfolio", values: str = f"'{PORTFOLIO}'") -> None:
    """Copy the rows of the old table, which lies aside, and let it go."""
    op.execute(f"INSERT INTO {table} ({added}, {columns}) SELECT {values}, {columns} FROM old_{table}")
    op.drop_table(f"old_{table}")


def _aside(table: str) -> None:
    # The first version's own indexes have the names of today's.
    for index in sa.inspect(op.get_bind()).get_indexes(table):
        if "duplicates_constraint" not in index:
            op.drop_index(str(index["name"]), table)
    op.rename_table(table, f"old_{table}")


def _decisions() -> None:
    _aside("decisions")
    op.create_table(
        "decisions",
        _seq(),
        *_words("portfolio", "decision_id", "customer_id", "decided_at", "action"),
        *_maybe("channel", "send_at", "journey"),
        *_words("release_id", "book_digest", "shape_digest"),
        *_bytes("position", "body", "inputs"),
        sa.UniqueConstraint("decision_id", "portfolio", name="one_row_a_decision"),
        **STRICT,
        sqlite_autoincrement=True,
    )
    _moved(
        "decisions",
        "seq, decision_id, customer_id, decided_at, action, channel, send_at, journey, release_id, book_digest, "
        "shape_digest, position, body, inputs",
    )
    _index("decisions_of_customer", "decisions", ["customer_id", "portfolio", "decided_at"])
    _index("plans_of_customer", "decisions", ["customer_id", "portfolio", "send_at"], "channel IS NOT NULL")


def _events() -> None:
    _aside("events")
    op.create_table(
        "events",
        _seq(),
        *_words("portfolio", "source", "event_id", "customer_id", "kind", "happened_at", "known_at", "content_digest"),
        *_bytes("body"),
        sa.UniqueConstraint("event_id", "source", "portfolio", name="one_row_an_event"),
        **STRICT,
        sqlite_autoincrement=True,
    )
    _moved(
        "events",
        "seq, event_id, customer_id, kind, happened_at, known_at, content_digest, body",
        "portfolio, source",
        f"'{PORTFOLIO}', '{SOURCE}'",
    )
    _index("events_of_customer", "events", ["customer_id", "portfolio", "known_at"])


def _texts_and_positions() -> None:
    _aside("positions")
    op.create_table(
        "positions",
        *_words("portfolio", "customer_id", "decided_at"),
        *_bytes("position"),
        sa.PrimaryKeyConstraint("customer_id", "portfolio"),
        **BY_KEY,
    )
    _moved("positions", "customer_id, decided_at, position")
    _aside("quarantine")
    op.create_table(
        "quarantine",
        _seq(),
        *_words("portfolio", "received_at", "place", "found"),
        *_maybe("expected"),
        *_bytes("raw"),
        **STRICT,
        sqlite_autoincrement=True,
    )
    _moved("quarantine", "seq, received_at, place, found, expected, raw")
    for name in ("books", "shapes"):
        _aside(name)
        op.create_table(name, *_words("portfolio", "digest", primary_key=True), *_words("text"), **STRICT)
        _moved(name, "digest, text")


def _permits() -> None:
    op.create_table(
        "permits",
        *_words("portfolio", "permit_id", "decision_id", "customer_id", "contract_id", "channel", "slot"),
        *_words("not_before", "expires_at", "state"),
        *_words("changed_at"),
        *_maybe("reason"),
        sa.CheckConstraint(f"state IN ({STATES})", name="a_known_state"),
        sa.PrimaryKeyConstraint("permit_id", "portfolio"),
        **BY_KEY,
    )
    _index("one_contact_a_slot", "permits", ["customer_id", "portfolio", "contract_id", "slot"], OCCUPIES, unique=True)
    _index("permits_of_customer", "permits", ["customer_id", "portfolio", "state"])
    _index("permits_by_expiry", "permits", ["expires_at", "portfolio"], "state = 'open'")


def _outbox_and_keys() -> None:
    op.create_table(
        "outbox",
        _seq(),
        *_words("portfolio", "message_id", "kind", "subject", "due_at"),
        sa.Column("attempts", NUMBER, nullable=False),
        *_maybe("delivered_at"),
        *_bytes("body"),
        sa.UniqueConstraint("message_id", "portfolio", name="one_row_a_message"),
        **STRICT,
        sqlite_autoincrement=True,
    )
    _index("messages_due", "outbox", ["due_at"], "delivered_at IS NULL")
    op.create_table(
        "idempotency_keys",
        *_words("portfolio", "client", "operation", "key", primary_key=True),
        *_bytes("fingerprint"),
        *_words("began_at", "expires_at"),
        sa.Column("status", NUMBER),
        sa.Column("answer", sa.LargeBinary),
        **BY_KEY,
    )
    _index("keys_by_expiry", "idempotency_keys", ["expires_at"])


def _audit() -> None:
    op.create_table(
        "audit",
        *_words("portfolio", primary_key=True),
        sa.Column("seq", NUMBER, primary_key=True, autoincrement=False),
        *_words("kind", "customer_id", "subject", "recorded_at"),
        *_bytes("digest", "hash"),
        **BY_KEY,
    )
    op.create_table(
        "audit_checkpoints",
        *_words("portfolio", primary_key=True),
        sa.Column("seq", NUMBER, primary_key=True, autoincrement=False),
        *_bytes("hash"),
        *_words("signed_at", "key"),
        *_bytes("signature"),
        **BY_KEY,
    )


def _take_in() -> None:
    bind = op.get_bind()
    audit = sa.table("audit", *(sa.column(name) for name in chain.COLUMNS))
    head = chain.START
    for kind, query in (("event", _EVENTS), ("decision", _DECISIONS)):
        found = bind.execute(sa.text(query))
        while rows := found.fetchmany(AT_ONCE):
            entries = [chain.Entry(kind, row[0], row[1], row[2], _digest(kind, row)) for row in rows]
            links, head = chain.links(PORTFOLIO, head, entries)
            bind.execute(audit.insert(), [dict(zip(chain.COLUMNS, link, strict=True)) for link in links])


def _digest(kind: str, row: "sa.Row[tuple[object, ...]]") -> bytes:
    return chain.digest_of_event(row[3:]) if kind == "event" else chain.digest_of_decision(row[3:])


_EVENTS = """
SELECT customer_id, event_id, known_at, source, event_id, customer_id, kind, happened_at, known_at, content_digest, body
FROM events ORDER BY seq
"""
_DECISIONS = """
SELECT customer_id, decision_id, decided_at, decision_id, customer_id, decided_at, action, channel, send_at, journey,
       release_id, book_digest, shape_digest, position, body, inputs
FROM decisions ORDER BY seq
"""
