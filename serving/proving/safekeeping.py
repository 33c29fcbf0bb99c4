"""A copy of the store that can be trusted, and what is owed to people and to the proof once one was put back."""

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from regua.errors import DataError, NotFoundError, SettingsError
from regua.sealing import Vault
from regua.settings import Settings
from serving.privacy import remembering
from serving.proving import auditing
from serving.proving.signing import Signer
from serving.store import Store
from serving.store.chain import Head

LOST = "lost"
"""Where checkpoints go whose records no copy has: kept, and no longer held against the log."""


@dataclass(frozen=True, slots=True)
class PutBack:
    """What was found after a copy was put back.

    ``end`` is the last record the copy has; ``lost_after`` the number up to which records were signed that it has not,
    None where nothing is known to be lost; ``erased_again`` the people whom it had brought back.
    """

    end: int
    lost_after: int | None
    checkpoints_set_aside: int
    erased_again: tuple[str, ...]


def copy(settings: Settings, to: Path) -> Head:
    """Copy the home's log while it is written to, as it is at one instant, and follow the copy's audit chain.

    Returns
    -------
    The end of the copy's chain.

    Raises
    ------
    SettingsError
        Decisions are kept in PostgreSQL, which has its own tools; or the file is there already.
    NotFoundError
        Nothing was decided yet.
    DataError
        The copy is not what was written. It is kept, to be looked into.
    """
    if settings.store_url is not None:
        raise SettingsError(
            "decisions are kept in another store, by REGUA_STORE_URL",
            expected=f"a log in the home, {settings.decisions}",
            remedy="pg_dump --format=custom, or your database's own way",
        )
    if not settings.decisions.is_file():
        raise NotFoundError(f"no decision log at {settings.decisions}", expected="a home that has decided")
    if to.exists():
        raise SettingsError(f"{to} is there already", expected="a new file", remedy="name another file")
    to.parent.mkdir(parents=True, exist_ok=True)
    draft = to.with_name(to.name + ".draft")
    draft.unlink(missing_ok=True)
    with closing(sqlite3.connect(f"file:{settings.decisions}?mode=ro", uri=True)) as log:
        log.execute("VACUUM INTO ?", (str(draft),))
    draft.chmod(0o600)
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(to)
    with Store(to, settings.portfolio, Vault(settings.keys)) as copied:
        flaw = copied.verify()
        if flaw is not None:
            raise DataError(
                f"record {flaw.seq} of the copy: {flaw.found}", expected="a whole chain", remedy="keep both"
            )
        return copied.chain_end()


def put_back(settings: Settings, store: Store, at: datetime, by: str, *, accepts_loss: bool = False) -> PutBack:
    """Look at a store that was put back from a copy: erase again whom it brought back, and say what it lost.

    Parameters
    ----------
    accepts_loss
        Set aside the checkpoints of records that no copy has, and tell it in the audit log: from then on the log is
        held to what is left.
    """
    signer = Signer(settings.keys)
    folder = settings.kept / auditing.FOLDER
    end = store.chain_end().seq
    signed = auditing.read(store.portfolio, signer, folder)
    lost = [one for one in signed if one.seq and not store.trail.passes_through(one.head)]
    if lost and accepts_loss:
        store.trail.tell_loss(lost[-1], by, at)
        aside = folder / store.portfolio / LOST
        aside.mkdir(exist_ok=True)
        for one in lost:
            path = auditing.place(folder, store.portfolio, one.seq)
            path.replace(aside / path.name)
    again = remembering.again(store, signer, settings.kept / remembering.FOLDER, at)
    return PutBack(end, lost[-1].seq if lost else None, len(lost) if accepts_loss else 0, tuple(again))
