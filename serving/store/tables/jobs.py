"""Lists of customers to be decided about, and how far each has got."""

from sqlalchemy import Index, PrimaryKeyConstraint

from serving.store.tables.columns import blob, number, table, words

decision_jobs = table(
    "decision_jobs",
    words("portfolio"),
    words("job_id"),
    words("client"),
    blob("fingerprint"),
    words("shape"),
    words("mode"),
    words("state"),
    words("created_at"),
    number("lines"),
    words("started_at", nullable=True),
    words("finished_at", nullable=True),
    number("lines_done"),
    number("decided"),
    number("refused"),
    number("in_bytes_done"),
    number("out_bytes"),
    words("moments"),
    PrimaryKeyConstraint("job_id", "portfolio"),
    by_key=True,
)
Index("jobs_by_state", decision_jobs.c.state, decision_jobs.c.portfolio, decision_jobs.c.created_at)
