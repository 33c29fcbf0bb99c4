"""What is asked to change, what went live, and what was stopped."""

from sqlalchemy import Index, PrimaryKeyConstraint, UniqueConstraint

from serving.store.tables.columns import seq, table, words

kill_switches = table(
    "kill_switches",
    words("portfolio"),
    words("switch_id"),
    words("scope"),
    words("name"),
    words("reason"),
    words("stopped_by"),
    words("stopped_at"),
    words("resume_by", nullable=True),
    words("resume_at", nullable=True),
    words("lifted_by", nullable=True),
    words("lifted_at", nullable=True),
    PrimaryKeyConstraint("switch_id", "portfolio"),
    by_key=True,
)
_stops = kill_switches.c.lifted_at.is_(None)
Index(
    "one_switch_a_thing",
    kill_switches.c.portfolio,
    kill_switches.c.scope,
    kill_switches.c.name,
    unique=True,
    sqlite_where=_stops,
    postgresql_where=_stops,
)

change_requests = table(
    "change_requests",
    seq(),
    words("portfolio"),
    words("change_id"),
    words("kind"),
    words("state"),
    words("base"),
    words("target"),
    words("author"),
    words("created_at"),
    words("changed_at"),
    words("body"),
    UniqueConstraint("change_id", "portfolio", name="one_row_a_change"),
)

live_versions = table(
    "live_versions",
    seq(),
    words("portfolio"),
    words("kind"),
    words("target"),
    words("replaced"),
    words("change_id"),
    words("began_by"),
    words("began_at"),
    words("body"),
)
Index("live_versions_by_kind", live_versions.c.portfolio, live_versions.c.kind, live_versions.c.seq)
