"""Find the messages and deliveries that were told long ago.

Revision ID: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the indexes by which they are found, and by which those are that still belong together."""
    for name, table, columns, where in (
        ("messages_told", "outbox", ["delivered_at", "portfolio"], "delivered_at IS NOT NULL"),
        ("deliveries_ended", "webhook_deliveries", ["due_at", "portfolio"], "state != 'waiting'"),
    ):
        condition = sa.text(where)
        op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
    op.create_index("deliveries_of_message", "webhook_deliveries", ["message_id", "portfolio"])
