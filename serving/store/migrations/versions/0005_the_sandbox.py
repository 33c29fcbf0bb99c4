"""Which environment a portfolio belongs to, and the clocks and customers of a sandbox.

Revision ID: 0005
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT

revision = "0005"
down_revision = "0004"

WORDS = sa.Text().with_variant(TEXT(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STRICT = {"sqlite_strict": True}
BY_KEY = {"sqlite_strict": True, "sqlite_with_rowid": False}


def upgrade() -> None:
    """Add the tables of a sandbox, and of what is apart from it."""
    op.create_table(
        "portfolios", *_words("portfolio", "environment", "since"), sa.PrimaryKeyConstraint("portfolio"), **BY_KEY
    )
    op.create_table(
        "test_clocks",
        sa.Column("seq", NUMBER, primary_key=True),
        *_words("portfolio", "clock_id", "begins_at", "at", "made_by"),
        sa.UniqueConstraint("clock_id", "portfolio", name="one_row_a_clock"),
        **STRICT,
    )
    op.create_table(
        "test_customers",
        *_words("portfolio", "customer_id", "part", "begins_at", "body"),
        sa.PrimaryKeyConstraint("customer_id", "portfolio"),
        **BY_KEY,
    )


def _words(*names: str) -> Iterator[sa.Column[str]]:
    return (sa.Column(name, WORDS, nullable=False) for name in names)
