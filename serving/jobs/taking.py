"""A list is taken in as a job, and given up again."""

from datetime import datetime

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
    by: str,
    request_id: str,
    at: datetime,
    shape: str = "regua",
    mode: str = "live",
) -> Job:
    """Keep a list that has arrived as a job.

    Parameters
    ----------
    received
        The whole list, settled.
    by
        Who asks.
    request_id, at
        The name of this request and its moment: with the caller and the list they name the job.
    shape
        How its lines are written.
    mode
        What its decisions are meant for; see :class:`serving.permits.Mode`.
    """
    files = JobFiles(service.settings, service.store.portfolio)
    told = "\n".join((by, request_id, instant(at), shape, mode, received.fingerprint.hex()))
    job = Job(
        job_id="job_" + digest(told.encode())[:ID_DIGITS],
        client=by,
        fingerprint=received.fingerprint,
        shape=shape,
        mode=mode,
        state=JobState.QUEUED,
        created_at=at,
        lines=received.lines,
    )
    # First the file: a job whose list is not there would wait for ever.
    received.keep(files.folder(job.job_id))
    service.store.jobs.open(job, by)
    return job


def cancel(service: Service, job_id: str, *, by: str, at: datetime) -> Job:
    """Give a job up: what it was sent and its results go; decisions that were made stand in the log.

    Raises
    ------
    NotFoundError
        There is none of this identifier in this portfolio, or it was given up before.
    """
    job = service.store.jobs.delete(job_id, at, by)
    JobFiles(service.settings, service.store.portfolio).remove(job_id)
    return job
