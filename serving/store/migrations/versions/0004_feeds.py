"""How far each feed of payments and opt-outs has got.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT

revision = "0004"
down_revision = "0003"

WORDS = sa.Text().with_variant(TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the table of feeds."""
    op.create_table(
        "feeds",
        *(sa.Column(name, WORDS, nullable=False) for name in ("portfolio", "feed", "as_of", "heard_at", "heard_from")),
        sa.PrimaryKeyConstraint("feed", "portfolio"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
