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
    _access()
    _permits()
    _webhooks()
    _changes()
    _privacy()
    _jobs()


def _words(*names: str) -> Iterator[sa.Column[str]]:
    return (sa.Column(name, WORDS, nullable=False) for name in names)


def _maybe(*names: str) -> Iterator[sa.Column[str]]:
    return (sa.Column(name, WORDS, nullable=True) for name in names)


def _access() -> None:
    op.create_table(
        "api_keys",
        *_words("portfolio", "key_id", "caller_id", "name", "roles", "environment"),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        *_words("hint", "created_at", "created_by", "expires_at"),
        sa.Column("requests_per_minute", NUMBER, nullable=True),
        *_maybe("revoked_at", "revoked_by", "last_used_at"),
        sa.PrimaryKeyConstraint("key_id", "portfolio"),
        **BY_KEY,
    )
    op.create_index("one_row_a_key", "api_keys", ["digest", "portfolio"], unique=True)


def _permits() -> None:
    """Say who brought a permit where it stands, let a decision have one, and keep shadow decisions apart."""
    op.add_column("permits", sa.Column("changed_by", WORDS, nullable=True))
    op.create_index("one_permit_a_decision", "permits", ["decision_id", "portfolio"], unique=True)
    op.create_table(
        "shadows",
        *_words("portfolio", "decision_id", "customer_id", "decided_at", "action"),
        *_maybe("channel", "send_at", "journey"),
        *_words("release_id", "book_digest", "shape_digest"),
        *(sa.Column(name, sa.LargeBinary, nullable=False) for name in ("position", "body", "inputs")),
        sa.PrimaryKeyConstraint("decision_id", "portfolio"),
        **STRICT,
    )
    op.create_index("shadows_of_customer", "shadows", ["customer_id", "portfolio", "decided_at"])


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


def _seq() -> sa.Column[int]:
    return sa.Column("seq", NUMBER, primary_key=True)


def _index(name: str, table: str, columns: list[str], where: str | None = None, *, unique: bool = False) -> None:
    condition = sa.text(where) if where else None
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def _changes() -> None:
    """Add what is asked to change, what went live, and what was stopped."""
    op.create_table(
        "kill_switches",
        *_words("portfolio", "switch_id", "scope", "name", "reason", "stopped_by", "stopped_at"),
        *_maybe("resume_by", "resume_at", "lifted_by", "lifted_at"),
        sa.PrimaryKeyConstraint("switch_id", "portfolio"),
        **BY_KEY,
    )
    _index("one_switch_a_thing", "kill_switches", ["portfolio", "scope", "name"], "lifted_at IS NULL", unique=True)
    op.create_table(
        "change_requests",
        _seq(),
        *_words("portfolio", "change_id", "kind", "state", "base", "target", "author", "created_at", "changed_at"),
        *_words("body"),
        sa.UniqueConstraint("change_id", "portfolio", name="one_row_a_change"),
        **STRICT,
        sqlite_autoincrement=True,
    )
    op.create_table(
        "live_versions",
        _seq(),
        *_words("portfolio", "kind", "target", "replaced", "change_id", "began_by", "began_at", "body"),
        **STRICT,
        sqlite_autoincrement=True,
    )
    _index("live_versions_by_kind", "live_versions", ["portfolio", "kind", "seq"])


def _privacy() -> None:
    op.create_table(
        "subjects",
        *_words("portfolio", "customer_id"),
        *_maybe("key_id"),
        sa.Column("wrapped", sa.LargeBinary),
        *_words("made_at"),
        *_maybe("erased_at"),
        sa.PrimaryKeyConstraint("customer_id", "portfolio"),
        **BY_KEY,
    )
    op.create_table(
        "reviews",
        *_words("portfolio", "review_id", "customer_id", "decision_id", "state", "opened_at", "due_at"),
        *_maybe("closed_at"),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("review_id", "portfolio"),
        **BY_KEY,
    )
    op.create_index("reviews_of_customer", "reviews", ["customer_id", "portfolio"])
    undecided = sa.text("closed_at IS NULL")
    op.create_index("reviews_due", "reviews", ["due_at"], sqlite_where=undecided, postgresql_where=undecided)


def _numbers(*names: str) -> Iterator[sa.Column[int]]:
    return (sa.Column(name, NUMBER, nullable=False) for name in names)


def _jobs() -> None:
    op.create_table(
        "decision_jobs",
        *_words("portfolio", "job_id", "client"),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        *_words("shape", "mode", "state", "created_at"),
        *_numbers("lines"),
        *_maybe("started_at", "finished_at"),
        *_numbers("lines_done", "decided", "refused", "in_bytes_done", "out_bytes"),
        *_words("moments"),
        sa.PrimaryKeyConstraint("job_id", "portfolio"),
        **BY_KEY,
    )
    op.create_index("jobs_by_state", "decision_jobs", ["state", "portfolio", "created_at"])
