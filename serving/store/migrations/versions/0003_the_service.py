"""What the service keeps beside decisions: each part of it adds its tables here.

Revision ID: 0003
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT

revision = "0003"
down_revision = "0002"

WORDS = sa.Text().with_variant(TEXT(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STRICT = {"sqlite_strict": True}
BY_KEY = {"sqlite_strict": True, "sqlite_with_rowid": False}


def upgrade() -> None:
    """Add the tables of the service."""
    _webhooks()


def _words(*names: str) -> Iterator[sa.Column[str]]:
    return (sa.Column(name, WORDS, nullable=False) for name in names)


def _maybe(*names: str) -> Iterator[sa.Column[str]]:
    return (sa.Column(name, WORDS, nullable=True) for name in names)


def _webhooks() -> None:
    op.create_table(
        "webhook_endpoints",
        *_words("portfolio", "endpoint_id", "url", "about", "kinds", "state"),
        sa.Column("secrets", sa.LargeBinary, nullable=False),
        *_words("made_at", "changed_at", "changed_by"),
        sa.Column("failures", NUMBER, nullable=False),
        *_maybe("failing_since", "rests_until"),
        sa.PrimaryKeyConstraint("endpoint_id", "portfolio"),
        **BY_KEY,
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("seq", NUMBER, primary_key=True),
        *_words("portfolio", "delivery_id", "endpoint_id", "message_id", "told_at", "began_at", "due_at"),
        sa.Column("attempts", NUMBER, nullable=False),
        *_words("state"),
        sa.UniqueConstraint("delivery_id", "portfolio", name="one_row_a_delivery"),
        **STRICT,
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "deliveries_due",
        "webhook_deliveries",
        ["endpoint_id", "portfolio", "due_at"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_table(
        "webhook_attempts",
        sa.Column("seq", NUMBER, primary_key=True),
        *_words("portfolio", "delivery_id", "at"),
        sa.Column("status", NUMBER, nullable=True),
        *_maybe("problem"),
        sa.Column("took_ms", NUMBER, nullable=False),
        **STRICT,
    )
    op.create_index("attempts_of_delivery", "webhook_attempts", ["delivery_id", "portfolio"])
