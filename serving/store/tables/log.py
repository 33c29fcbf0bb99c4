"""What was decided, what happened, what may be sent, what was told of it, and the chain over all."""

from sqlalchemy import CheckConstraint, Column, Index, PrimaryKeyConstraint, UniqueConstraint

from serving.store.permit import OCCUPYING, PermitState
from serving.store.tables.columns import NUMBER
from serving.store.tables.columns import blob as _bytes
from serving.store.tables.columns import key as _key
from serving.store.tables.columns import number as _number
from serving.store.tables.columns import seq as _seq
from serving.store.tables.columns import table as _table
from serving.store.tables.columns import words as _words

decisions = _table(
    "decisions",
    _seq(),
    _words("portfolio"),
    _words("decision_id"),
    _words("customer_id"),
    _words("decided_at"),
    _words("action"),
    _words("channel", nullable=True),
    _words("send_at", nullable=True),
    _words("journey", nullable=True),
    _words("release_id"),
    _words("book_digest"),
    _words("shape_digest"),
    _bytes("position"),
    _bytes("body"),
    _bytes("inputs"),
    UniqueConstraint("decision_id", "portfolio", name="one_row_a_decision"),
)
Index("decisions_of_customer", decisions.c.customer_id, decisions.c.portfolio, decisions.c.decided_at)
_planned = decisions.c.channel.is_not(None)
Index(
    "plans_of_customer",
    decisions.c.customer_id,
    decisions.c.portfolio,
    decisions.c.send_at,
    sqlite_where=_planned,
    postgresql_where=_planned,
)

positions = _table(
    "positions",
    _words("portfolio"),
    _words("customer_id"),
    _words("decided_at"),
    _bytes("position"),
    PrimaryKeyConstraint("customer_id", "portfolio"),
    by_key=True,
)

events = _table(
    "events",
    _seq(),
    _words("portfolio"),
    _words("source"),
    _words("event_id"),
    _words("customer_id"),
    _words("kind"),
    _words("happened_at"),
    _words("known_at"),
    _words("content_digest"),
    _bytes("body"),
    UniqueConstraint("event_id", "source", "portfolio", name="one_row_an_event"),
)
Index("events_of_customer", events.c.customer_id, events.c.portfolio, events.c.known_at)

quarantine = _table(
    "quarantine",
    _seq(),
    _words("portfolio"),
    _words("received_at"),
    _words("place"),
    _words("found"),
    _words("expected", nullable=True),
    _bytes("raw"),
)

books = _table("books", _key("portfolio"), _key("digest"), _words("text"))
shapes = _table("shapes", _key("portfolio"), _key("digest"), _words("text"))

permits = _table(
    "permits",
    _words("portfolio"),
    _words("permit_id"),
    _words("decision_id"),
    _words("customer_id"),
    _words("contract_id"),
    _words("channel"),
    _words("slot"),
    _words("not_before"),
    _words("expires_at"),
    _words("state"),
    _words("changed_at"),
    _words("reason", nullable=True),
    _words("changed_by", nullable=True),
    _words("claimed_at", nullable=True),
    CheckConstraint(f"state IN ({', '.join(repr(str(state)) for state in PermitState)})", name="a_known_state"),
    PrimaryKeyConstraint("permit_id", "portfolio"),
    by_key=True,
)
_occupies = permits.c.state.in_([str(state) for state in OCCUPYING])
Index(
    "one_contact_a_slot",
    permits.c.customer_id,
    permits.c.portfolio,
    permits.c.contract_id,
    permits.c.slot,
    unique=True,
    sqlite_where=_occupies,
    postgresql_where=_occupies,
)
Index("one_permit_a_decision", permits.c.decision_id, permits.c.portfolio, unique=True)
Index("permits_of_customer", permits.c.customer_id, permits.c.portfolio, permits.c.state)
_is_open = permits.c.state == str(PermitState.OPEN)
Index("permits_by_expiry", permits.c.expires_at, permits.c.portfolio, sqlite_where=_is_open, postgresql_where=_is_open)
_is_claimed = permits.c.state == str(PermitState.CLAIMED)
Index(
    "permits_unreported",
    permits.c.expires_at,
    permits.c.portfolio,
    sqlite_where=_is_claimed,
    postgresql_where=_is_claimed,
)

outbox = _table(
    "outbox",
    _seq(),
    _words("portfolio"),
    _words("message_id"),
    _words("kind"),
    _words("subject"),
    _words("due_at"),
    _number("attempts"),
    _words("delivered_at", nullable=True),
    _bytes("body"),
    UniqueConstraint("message_id", "portfolio", name="one_row_a_message"),
)
_waits = outbox.c.delivered_at.is_(None)
Index("messages_due", outbox.c.due_at, sqlite_where=_waits, postgresql_where=_waits)
_was_told = outbox.c.delivered_at.is_not(None)
Index("messages_told", outbox.c.delivered_at, outbox.c.portfolio, sqlite_where=_was_told, postgresql_where=_was_told)

audit = _table(
    "audit",
    _key("portfolio"),
    Column("seq", NUMBER, primary_key=True, autoincrement=False),
    _words("kind"),
    _words("customer_id"),
    _words("subject"),
    _words("recorded_at"),
    _bytes("digest"),
    _bytes("hash"),
    by_key=True,
)

audit_checkpoints = _table(
    "audit_checkpoints",
    _key("portfolio"),
    Column("seq", NUMBER, primary_key=True, autoincrement=False),
    _bytes("hash"),
    _words("signed_at"),
    _words("key"),
    _bytes("signature"),
    by_key=True,
)

idempotency_keys = _table(
    "idempotency_keys",
    _key("portfolio"),
    _key("client"),
    _key("operation"),
    _key("key"),
    _bytes("fingerprint"),
    _words("began_at"),
    _words("expires_at"),
    _number("status", nullable=True),
    _bytes("answer", nullable=True),
    by_key=True,
)
Index("keys_by_expiry", idempotency_keys.c.expires_at)

shadows = _table(
    "shadows",
    _words("portfolio"),
    _words("decision_id"),
    _words("customer_id"),
    _words("decided_at"),
    _words("action"),
    _words("channel", nullable=True),
    _words("send_at", nullable=True),
    _words("journey", nullable=True),
    _words("release_id"),
    _words("book_digest"),
    _words("shape_digest"),
    _bytes("position"),
    _bytes("body"),
    _bytes("inputs"),
    PrimaryKeyConstraint("decision_id", "portfolio"),
)
Index("shadows_of_customer", shadows.c.customer_id, shadows.c.portfolio, shadows.c.decided_at)
