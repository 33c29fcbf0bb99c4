"""How far those who tell of payments and opt-outs have got."""

from sqlalchemy import PrimaryKeyConstraint

from serving.store.tables.columns import table, words

feeds = table(
    "feeds",
    words("portfolio"),
    words("feed"),
    words("as_of"),
    words("heard_at"),
    words("heard_from"),
    PrimaryKeyConstraint("feed", "portfolio"),
    by_key=True,
)
