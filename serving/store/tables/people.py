"""The people a store knows: the keys their content is sealed under, and what they asked a person to look at again."""

from sqlalchemy import Index, PrimaryKeyConstraint

from serving.store.tables.columns import blob, table, words

subjects = table(
    "subjects",
    words("portfolio"),
    words("customer_id"),
    words("key_id", nullable=True),
    blob("wrapped", nullable=True),
    words("made_at"),
    words("erased_at", nullable=True),
    PrimaryKeyConstraint("customer_id", "portfolio"),
    by_key=True,
)

reviews = table(
    "reviews",
    words("portfolio"),
    words("review_id"),
    words("customer_id"),
    words("decision_id"),
    words("state"),
    words("opened_at"),
    words("due_at"),
    words("closed_at", nullable=True),
    blob("body"),
    PrimaryKeyConstraint("review_id", "portfolio"),
    by_key=True,
)
Index("reviews_of_customer", reviews.c.customer_id, reviews.c.portfolio)
_is_undecided = reviews.c.closed_at.is_(None)
Index("reviews_due", reviews.c.due_at, sqlite_where=_is_undecided, postgresql_where=_is_undecided)
