"""What a home needs now and then, done by its worker: the log signed, the erased forgotten, leavings swept away."""

from contextlib import suppress
from datetime import datetime, timedelta

from regua.clock import SystemClock, local_date, start_of_day
from regua.locks import alone
from serving.jobs.sweeping import sweep as sweep_jobs
from serving.proving import auditing
from serving.service import Service
from serving.store.instants import instant, moment_of

SIGN_EVERY = timedelta(hours=1)
FORGET_AT = timedelta(hours=2)
"""How long after midnight, where the business is, the erased are forgotten."""
LEFT_FOR = timedelta(hours=6)
"""How long nobody has written to what is swept away."""
FOLDER, DONE, LOCK = "upkeep", "forgotten_at", "upkeep.lock"


def sign(service: Service) -> int:
    """Sign where the audit log ends, an hour after it was last signed; one that did not grow is signed already.

    Who was erased is written down beside it.
    """
    from serving.privacy import remembering
    from serving.proving.signing import Signer

    settings, store, now = service.settings, service.store, service.clock.now()
    with suppress(BlockingIOError), alone(settings.kept / FOLDER / LOCK, waits=False):
        latest = next(iter(store.trail.checkpoints(limit=1)), None)
        if latest is not None and now - latest.signed_at < SIGN_EVERY:
            return 0
        if store.chain_end().seq == (latest.seq if latest else 0):
            return 0
        signer = Signer(settings.keys)
        auditing.sign(store, signer, settings.kept / auditing.FOLDER, now)
        remembering.keep(store, signer, settings.kept / remembering.FOLDER)
        return 1
    return 0  # another worker of this home is at it


def forget(service: Service) -> int:
    """Take the erased out of the files of the home and out of Redis, once a night; return how many rows left.

    Whom a restored copy of the store brought back is erased again.
    """
    from serving.privacy import reaching, remembering
    from serving.proving.signing import Signer

    settings, store, now = service.settings, service.store, service.clock.now()
    folder = settings.kept / FOLDER
    with suppress(BlockingIOError), alone(folder / f"{store.portfolio}.erasures.lock", waits=False):
        done = folder / f"{store.portfolio}.{DONE}"
        if done.exists() and moment_of(done.read_text()) >= _night(now, settings.zone):
            return 0
        signer, erasures = Signer(settings.keys), settings.kept / remembering.FOLDER
        remembering.again(store, signer, erasures, now)
        gone = reaching.forget(settings, store, store.subjects.erased())
        draft = done.with_suffix(".draft")
        draft.write_text(instant(now))
        draft.replace(done)
        return gone.rows
    return 0


def sweep(service: Service) -> int:
    """Delete what crashes left in the folder of jobs; return how much."""
    # Files bear the machine's time, whatever the moment decisions are made as of.
    return sweep_jobs(service.settings, service.store, SystemClock().now() - LEFT_FOR)


def _night(now: datetime, zone: str) -> datetime:
    """Return the last moment at which the erased were due to be forgotten."""
    today = local_date(now, zone)
    due = start_of_day(today, zone) + FORGET_AT
    return due if due <= now else start_of_day(today - timedelta(days=1), zone) + FORGET_AT
