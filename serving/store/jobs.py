"""Decision jobs as they are kept: what was asked for, how far each has got, and what ended it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import bindparam, literal_column, select, update

from regua.errors import NotFoundError
from serving.store import audit, chain, log
from serving.store.chain import Entry
from serving.store.database import Database, Row, Transaction
from serving.store.instants import instant, moment_of
from serving.store.statements import OneOf, inserting, limited, statement
from serving.store.tables import decision_jobs as table
from serving.store.tables import decisions

JOB = "decision_job"
"""The kind of audit record that tells of a job."""


class JobState(StrEnum):
    """Where a job stands: ``failed`` was given up, ``deleted`` by whoever may, or because its time was over."""

    QUEUED = "queued"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    DELETED = "deleted"


WAITING = (JobState.QUEUED, JobState.WORKING)


@dataclass(frozen=True, slots=True)
class Job:
    """A list of customers to be decided about, and how far that has got.

    ``fingerprint`` is the SHA-256 of what was sent; ``in_bytes_done`` of it are worked off, and ``out_bytes`` of the
    results are valid. ``moments`` are those at which the lines in hand were decided, or would have been: what the log
    holds of them is not decided again.
    """

    job_id: str
    client: str
    fingerprint: bytes
    shape: str
    mode: str
    state: JobState
    created_at: datetime
    lines: int
    started_at: datetime | None = None
    finished_at: datetime | None = None
    lines_done: int = 0
    decided: int = 0
    refused: int = 0
    in_bytes_done: int = 0
    out_bytes: int = 0
    moments: tuple[datetime, ...] = ()


_COLUMNS = tuple(one.name for one in fields(Job))
_WHOLE = [table.c[name] for name in _COLUMNS]
_PROGRESS = ("state", "started_at", "finished_at", "lines_done", "decided", "refused", "in_bytes_done", "out_bytes")
_own = table.c.portfolio == bindparam("portfolio")
_INSERT = statement(inserting(table, "portfolio", *_COLUMNS).on_conflict_do_nothing(), "portfolio", *_COLUMNS)
_ONE = statement(select(*_WHOLE).where(_own, table.c.job_id == bindparam("job_id")), "portfolio", "job_id")
_IN_STATES = statement(
    limited(select(*_WHOLE).where(_own, OneOf(table.c.state, "states")).order_by(table.c.created_at, table.c.job_id)),
    "portfolio",
    "states",
    "limit",
)
_TURN = statement(
    update(table)
    .where(_own, table.c.job_id == bindparam("job_id"), table.c.state != literal_column(f"'{JobState.DELETED}'"))
    .values({name: bindparam(f"new_{name}") for name in (*_PROGRESS, "moments")}),
    *(f"new_{name}" for name in _COLUMNS if name in (*_PROGRESS, "moments")),
    "portfolio",
    "job_id",
)
_MADE_AT = statement(
    select(decisions.c.customer_id, decisions.c.decision_id)
    .where(
        decisions.c.portfolio == bindparam("portfolio"),
        OneOf(decisions.c.customer_id, "ids"),
        OneOf(decisions.c.decided_at, "moments"),
    )
    .order_by(decisions.c.seq),
    "portfolio",
    "ids",
    "moments",
)


class Jobs:
    """The decision jobs of one portfolio; each call is one transaction, kept when it returns."""

    def __init__(self, database: Database, portfolio: str) -> None:
        self._database, self._portfolio = database, portfolio

    def open(self, job: Job, by: str) -> None:
        """Keep a new job; the very same one is kept once."""
        with self._database.writing() as transaction:
            if transaction.change(_INSERT, self._portfolio, *_row(job)):
                self._tell(transaction, job, "opened", job.created_at, by)

    def one(self, job_id: str) -> Job:
        """Read a job.

        Raises
        ------
        NotFoundError
            There is none of this identifier in this portfolio, or it was deleted.
        """
        with self._database.reading() as transaction:
            return self._one(transaction, job_id)

    def in_states(self, states: Sequence[JobState], limit: int = 100) -> list[Job]:
        """Read jobs in some states, the oldest first."""
        with self._database.reading() as transaction:
            found = transaction.rows(_IN_STATES, self._portfolio, transaction.several(states), limit)
        return [_job(row) for row in found]

    def turn(self, job: Job) -> bool:
        """Write how far a job has got; false if it was deleted meanwhile."""
        with self._database.writing() as transaction:
            return self._turn(transaction, job)

    def delete(self, job_id: str, at: datetime, by: str) -> Job:
        """Say that a job is no longer wanted; nobody works at it, or reads it, from then on.

        Raises
        ------
        NotFoundError
            There is none of this identifier in this portfolio, or it was deleted before.
        """
        with self._database.writing() as transaction:
            job = self._one(transaction, job_id)
            gone = replace(job, state=JobState.DELETED, finished_at=job.finished_at or at, moments=())
            self._turn(transaction, gone)
            self._tell(transaction, gone, "deleted", at, by)
        return gone

    def made_at(self, customer_ids: Sequence[str], moments: Sequence[datetime]) -> Mapping[str, bytes]:
        """Read the decisions made about customers at exactly these moments: their bytes by customer."""
        if not moments:
            return {}
        with self._database.reading() as transaction:
            ids = transaction.several(customer_ids)
            at = transaction.several(instant(moment) for moment in moments)
            found = transaction.rows(_MADE_AT, self._portfolio, ids, at)
            kept = {customer_id: log.one(transaction, self._portfolio, named) for customer_id, named in found}
        return {customer_id: row.body for customer_id, row in kept.items() if row is not None}

    def _one(self, transaction: Transaction, job_id: str) -> Job:
        found = transaction.rows(_ONE, self._portfolio, job_id)
        job = _job(found[0]) if found else None
        if job is None or job.state is JobState.DELETED:
            raise NotFoundError(
                f"no decision job {job_id}",
                expected="an identifier such as job_0123…, as answered by POST /v1/decision-jobs",
                remedy="send the list again if the job was deleted",
            )
        return job

    def _turn(self, transaction: Transaction, job: Job) -> bool:
        new = dict(zip(_COLUMNS, _row(job), strict=True))
        values = [new[name] for name in _COLUMNS if name in (*_PROGRESS, "moments")]
        return transaction.change(_TURN, *values, self._portfolio, job.job_id) == 1

    def _tell(self, transaction: Transaction, job: Job, deed: str, at: datetime, by: str) -> None:
        digest = chain.digest_of_texts(deed, job.job_id, job.client, job.fingerprint.hex(), job.mode, by)
        audit.append(transaction, self._portfolio, [Entry(JOB, "", job.job_id, instant(at), digest)])


def _row(job: Job) -> tuple[object, ...]:
    return tuple(_stored(getattr(job, name)) for name in _COLUMNS)


def _stored(value: object) -> object:
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, tuple):
        return " ".join(instant(moment) for moment in value)
    return str(value) if isinstance(value, JobState) else value


def _job(row: Row) -> Job:
    found = dict(zip(_COLUMNS, row, strict=True))
    for name in ("created_at", "started_at", "finished_at"):
        found[name] = moment_of(found[name]) if found[name] else None
    found["state"] = JobState(found["state"])
    found["moments"] = tuple(moment_of(text) for text in found["moments"].split())
    return Job(**found)
