"""The log of one book: decisions, positions, events, quarantine and the texts decisions were made under.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables of the first version."""
    _logged()
    op.create_table(
        "positions",
        sa.Column("customer_id", sa.Text, primary_key=True),
        sa.Column("decided_at", sa.Text, nullable=False),
        sa.Column("position", sa.LargeBinary, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "quarantine",
        sa.Column("seq", NUMBER, primary_key=True),
        sa.Column("received_at", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("found", sa.Text, nullable=False),
        sa.Column("expected", sa.Text),
        sa.Column("raw", sa.LargeBinary, nullable=False),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    for name in ("books", "shapes"):
        op.create_table(
            name,
            sa.Column("digest", sa.Text, primary_key=True),
            sa.Column("text", sa.Text, nullable=False),
            sqlite_strict=True,
        )


def _logged() -> None:
    op.create_table(
        "decisions",
        sa.Column("seq", NUMBER, primary_key=True),
        sa.Column("decision_id", sa.Text, nullable=False, unique=True),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("decided_at", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        *(sa.Column(name, sa.Text) for name in ("channel", "send_at", "journey")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("release_id", "book_digest", "shape_digest")),
        *(sa.Column(name, sa.LargeBinary, nullable=False) for name in ("position", "body", "inputs")),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_table(
        "events",
        sa.Column("seq", NUMBER, primary_key=True),
        sa.Column("event_id", sa.Text, nullable=False, unique=True),
        *(
            sa.Column(name, sa.Text, nullable=False)
            for name in ("customer_id", "kind", "happened_at", "known_at", "content_digest")
        ),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    # No query runs between this step and the next, which makes the indexes of today.
