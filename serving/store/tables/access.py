"""Who may call: keys by what they hash to."""

from sqlalchemy import Index, PrimaryKeyConstraint

from serving.store.tables.columns import blob, number, table, words

api_keys = table(
    "api_keys",
    words("portfolio"),
    words("key_id"),
    words("caller_id"),
    words("name"),
    words("roles"),
    words("environment"),
    blob("digest"),
    words("hint"),
    words("created_at"),
    words("created_by"),
    words("expires_at"),
    number("requests_per_minute", nullable=True),
    words("revoked_at", nullable=True),
    words("revoked_by", nullable=True),
    words("last_used_at", nullable=True),
    PrimaryKeyConstraint("key_id", "portfolio"),
    by_key=True,
)
Index("one_row_a_key", api_keys.c.digest, api_keys.c.portfolio, unique=True)
