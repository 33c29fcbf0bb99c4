"""Work off the lists that wait, part by part; a crash loses no part and decides none of it twice."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from regua.errors import NotFoundError, ReguaError, RequestError
from regua.locks import alone
from serving.jobs import lines as written
from serving.jobs.files import JobFiles, Line
from serving.jobs.lines import Asked
from serving.jobs.taking import cancel
from serving.permits import How, Mode
from serving.service import Service
from serving.store.jobs import WAITING, Job, JobState

AT_ONCE = 500
"""Lines of one part: payments and opt-outs get their turn between two of them."""
KEPT_FOR = timedelta(days=30)
"""How long a finished job's list and results are kept."""
SERVICE = "regua"
"""Who deletes what nobody else did."""
_LOG = logging.getLogger("regua.jobs")

Answers = Mapping[str, bytes | ReguaError]


def work_off(service: Service, until: datetime) -> int:
    """Decide for the customers of waiting jobs, the oldest job first, and return how many parts were worked off.

    Each decision is the one the API would have given at that moment. A part's moment is noted before its decisions
    are made; whoever takes up the job after a crash finds by it what the log has, and decides for the rest.

    Parameters
    ----------
    service
        The home whose jobs are worked off. Several processes may work side by side: each job has one of them.
    until
        No part is begun at or after this instant.

    Raises
    ------
    UnavailableError
        The log cannot be used now; the jobs wait.
    """
    files, parts = JobFiles(service.settings, service.store.portfolio), 0
    _forget(service)
    for job in service.store.jobs.in_states(WAITING):
        if not files.are_here(job.job_id):
            continue  # another home's, on the same database
        # Somebody else is at it, or it was given up meanwhile and its files are gone.
        with suppress(BlockingIOError, NotFoundError, FileNotFoundError), alone(files.lock(job.job_id), waits=False):
            while service.clock.now() < until and _work_part(service, files, job.job_id):
                parts += 1
    return parts


def _forget(service: Service) -> None:
    """Delete the jobs whose results have lain long enough."""
    now = service.clock.now()
    for job in service.store.jobs.in_states([JobState.DONE]):
        if job.finished_at is not None and job.finished_at < now - KEPT_FOR:
            with suppress(NotFoundError):
                cancel(service, job.job_id, by=SERVICE, at=now)


def _work_part(service: Service, files: JobFiles, job_id: str) -> bool:
    """Work off the next lines of a job; false when there is nothing more to do."""
    jobs = service.store.jobs
    job = jobs.one(job_id)
    if job.state not in WAITING:
        return False
    part = files.read(job, AT_ONCE)
    if not part:
        jobs.turn(replace(job, state=JobState.DONE, finished_at=service.clock.now()))
        return False
    asked = {line.number: _read(line, job.shape) for line in part if line.content}
    wanted = list(dict.fromkeys(one.customer_id for one in asked.values() if isinstance(one, Asked)))
    job, answers = _answers(service, job, wanted)
    results = [_told(number, one, answers) for number, one in asked.items()]
    is_decided = [isinstance(one, Asked) and isinstance(answers[one.customer_id], bytes) for one in asked.values()]
    done = replace(
        job,
        lines_done=part[-1].number,
        decided=job.decided + sum(is_decided),
        refused=job.refused + len(is_decided) - sum(is_decided),
        in_bytes_done=part[-1].end,
        out_bytes=files.append(job, results),
        moments=(),
    )
    return jobs.turn(done)


def _answers(service: Service, job: Job, wanted: Sequence[str]) -> tuple[Job, Answers]:
    mode = Mode(job.mode)
    # Only what is live is in the log, and only it may not be decided twice.
    made = service.store.jobs.made_at(wanted, job.moments) if mode is Mode.LIVE else {}
    answers: dict[str, bytes | ReguaError] = dict(made)
    waiting = [customer_id for customer_id in wanted if customer_id not in answers]
    now = service.clock.now()
    job = replace(job, state=JobState.WORKING, started_at=job.started_at or now)
    if waiting:
        job = replace(job, moments=tuple(dict.fromkeys((*job.moments, now))))
        if not service.store.jobs.turn(job):
            raise NotFoundError(f"no decision job {job.job_id}")
        answers.update(_decide(service, waiting, How(mode), now))
    return job, answers


def _decide(service: Service, customer_ids: Sequence[str], how: How, moment: datetime) -> Answers:
    """Decide together, and one by one where something unforeseen happens: one bad line never fails the others."""
    try:
        answers = service.answers(customer_ids, how, moment)
        return {customer_id: answer.body for customer_id, answer in answers.items()}
    except Exception as problem:
        if isinstance(problem, ReguaError) and problem.status == 503:
            raise
        if len(customer_ids) == 1:
            _LOG.exception("a customer of a decision job could not be decided about")
            return {customer_ids[0]: _unforeseen(problem)}
    half = len(customer_ids) // 2
    return {
        **_decide(service, customer_ids[:half], how, moment),
        **_decide(service, customer_ids[half:], how, moment),
    }


def _unforeseen(problem: Exception) -> ReguaError:
    if isinstance(problem, ReguaError):
        return problem
    return ReguaError("an unforeseen failure", remedy="report the job and the line; the log has the rest")


def _read(line: Line, shape: str) -> Asked | RequestError:
    try:
        return written.read(line.content, shape)
    except RequestError as problem:
        return problem


def _told(number: int, asked: Asked | RequestError, answers: Answers) -> bytes:
    if isinstance(asked, RequestError):
        return written.refused(number, None, asked)
    answer = answers[asked.customer_id]
    if isinstance(answer, bytes):
        return written.decided(number, asked, answer)
    return written.refused(number, asked.customer_id, answer)
