"""A list is taken in as a job, and given up again."""

from datetime import datetime

from regua.errors import RequestError
from regua.records import digest
from serving.jobs.files import JobFiles, Received
from serving.service import Service
from serving.store.instants import instant
from serving.store.jobs import Job, JobState

ID_DIGITS = 26


def take(
    service: Service,
    received: Received,
    *,
    client: str,
    by: str,
    key: str | None,
    request_id: str,
    shape: str = "regua",
) -> Job:
    """Keep a list that has arrived as a job; asked again under the same key, the job that is there comes back.

    Parameters
    ----------
    received
        The whole list.
    client, key
        Whose key it is; another client's is another key.
    request_id
        The name of this request, of which there is no other.
    by
        Who asks, for the audit log.
    shape
        How its lines are written.

    Raises
    ------
    ConflictError
        The key stands for another list.
    RequestError
        The list is empty.
    """
    now = service.clock.now()
    files, job_id = JobFiles(service.settings, service.store.portfolio), _name(received, client, key or request_id, now)
    received.keep(files.folder(job_id))
    job = Job(
        job_id=job_id,
        client=client,
        key=key,
        fingerprint=received.fingerprint,
        shape=shape,
        mode="live",
        state=JobState.QUEUED,
        created_at=now,
        lines=received.lines,
    )
    try:
        kept = service.store.jobs.open(job, by)
    except RequestError:
        # Only where it is certain that nothing was kept: an answer may get lost on its way from the database.
        files.remove(job_id)
        raise
    if kept.job_id != job_id:
        files.remove(job_id)
    return kept


def cancel(service: Service, job_id: str, *, by: str) -> Job:
    """Give a job up: what it was sent and its results go; decisions that were made stand in the log.

    Raises
    ------
    NotFoundError
        There is none of this identifier in this portfolio.
    """
    job = service.store.jobs.delete(job_id, service.clock.now(), by)
    JobFiles(service.settings, service.store.portfolio).remove(job_id)
    return job


def _name(received: Received, client: str, asked: str, at: datetime) -> str:
    told = "\n".join((client, asked, instant(at), received.fingerprint.hex()))
    return "job_" + digest(told.encode())[:ID_DIGITS]
