"""When a permit was claimed, and which of those claimed nobody has reported on.

Revision ID: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TEXT

revision = "0006"
down_revision = "0005"

WORDS = sa.Text().with_variant(TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the column, and the index by which the unreported are found."""
    op.add_column("permits", sa.Column("claimed_at", WORDS, nullable=True))
    is_claimed = sa.text("state = 'claimed'")
    op.create_index(
        "permits_unreported",
        "permits",
        ["expires_at", "portfolio"],
        sqlite_where=is_claimed,
        postgresql_where=is_claimed,
    )
