"""Which environment a portfolio belongs to, and what a sandbox keeps: its clocks and those who play a part in it."""

from sqlalchemy import PrimaryKeyConstraint, UniqueConstraint

from serving.store.tables.columns import key, seq, table, words

portfolios = table("portfolios", key("portfolio"), words("environment"), words("since"), by_key=True)

test_clocks = table(
    "test_clocks",
    seq(),
    words("portfolio"),
    words("clock_id"),
    words("begins_at"),
    words("at"),
    words("made_by"),
    UniqueConstraint("clock_id", "portfolio", name="one_row_a_clock"),
)

test_customers = table(
    "test_customers",
    words("portfolio"),
    words("customer_id"),
    words("part"),
    words("begins_at"),
    words("body"),
    PrimaryKeyConstraint("customer_id", "portfolio"),
    by_key=True,
)
