"""What the service keeps beside decisions: each part of it adds its tables here.

Revision ID: 0003
"""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the tables of the service."""
