"""What a crash left in the folder of jobs is swept away: lists that never became a job, files of jobs that are gone."""

from contextlib import suppress
from datetime import datetime

from regua.errors import NotFoundError
from regua.settings import Settings
from serving.jobs.files import JobFiles, touched_before
from serving.store import Store


def sweep(settings: Settings, store: Store, before: datetime) -> int:
    """Delete what no job owns and nobody has written to since a moment; return how many lists and folders.

    Parameters
    ----------
    before
        A moment of the machine's own clock, long enough ago that nothing older is still arriving.
    """
    files, count = JobFiles(settings, store.portfolio), 0
    for part in files.left_arriving(before):
        with suppress(FileNotFoundError):
            part.unlink()
            count += 1
    for job_id in files.names():
        if touched_before(files.folder(job_id), before) and not _is_known(store, job_id):
            files.remove(job_id)
            count += 1
    return count


def _is_known(store: Store, job_id: str) -> bool:
    try:
        store.jobs.one(job_id)
    except NotFoundError:
        return False
    return True
