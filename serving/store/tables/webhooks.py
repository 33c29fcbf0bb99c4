"""Where messages are to go, what was told to whom, and how each attempt went."""

from sqlalchemy import Index, PrimaryKeyConstraint, UniqueConstraint

from serving.store.tables.columns import blob, number, seq, table, words

webhook_endpoints = table(
    "webhook_endpoints",
    words("portfolio"),
    words("endpoint_id"),
    words("url"),
    words("about"),
    words("kinds"),
    words("state"),
    blob("secrets"),
    words("made_at"),
    words("changed_at"),
    words("changed_by"),
    number("failures"),
    words("failing_since", nullable=True),
    words("rests_until", nullable=True),
    PrimaryKeyConstraint("endpoint_id", "portfolio"),
    by_key=True,
)

webhook_deliveries = table(
    "webhook_deliveries",
    seq(),
    words("portfolio"),
    words("delivery_id"),
    words("endpoint_id"),
    words("message_id"),
    words("told_at"),
    words("began_at"),
    words("due_at"),
    number("attempts"),
    words("state"),
    UniqueConstraint("delivery_id", "portfolio", name="one_row_a_delivery"),
)
_undelivered = webhook_deliveries.c.state == "waiting"
Index(
    "deliveries_due",
    webhook_deliveries.c.endpoint_id,
    webhook_deliveries.c.portfolio,
    webhook_deliveries.c.due_at,
    sqlite_where=_undelivered,
    postgresql_where=_undelivered,
)
_has_ended = webhook_deliveries.c.state != "waiting"
Index(
    "deliveries_ended",
    webhook_deliveries.c.due_at,
    webhook_deliveries.c.portfolio,
    sqlite_where=_has_ended,
    postgresql_where=_has_ended,
)
Index("deliveries_of_message", webhook_deliveries.c.message_id, webhook_deliveries.c.portfolio)

webhook_attempts = table(
    "webhook_attempts",
    seq(),
    words("portfolio"),
    words("delivery_id"),
    words("at"),
    number("status", nullable=True),
    words("problem", nullable=True),
    number("took_ms"),
)
Index("attempts_of_delivery", webhook_attempts.c.delivery_id, webhook_attempts.c.portfolio)
