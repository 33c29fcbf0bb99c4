"""One durable SQLite connection: write-ahead log, full synchronisation, one schema version."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from regua.errors import UnavailableError
from serving.store.schema import SCHEMA, VERSION

BUSY_SECONDS = 15.0


class Connection:
    """A SQLite connection that several threads may share, one transaction at a time.

    Raises
    ------
    UnavailableError
        The file cannot be opened or written, or a newer Regua made it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        with _told(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._sqlite = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            # A row of 2 to 4 kB fills half of SQLite's usual page; the larger one is a fifth quicker to write.
            self._sqlite.execute("PRAGMA page_size = 8192")
            self._sqlite.execute("PRAGMA journal_mode = WAL")
            # FULL: a commit is on the disk before it is acknowledged; NORMAL would lose the last ones with the power.
            self._sqlite.execute("PRAGMA synchronous = FULL")
            self._sqlite.execute("PRAGMA cache_size = -32768")
        self._prepare()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction that sees one state of the file throughout."""
        with self._transaction("BEGIN") as sqlite:
            yield sqlite

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction that is on the disk when it ends, or never was."""
        with self._transaction("BEGIN IMMEDIATE") as sqlite:
            yield sqlite

    def close(self) -> None:
        """Close the file; the write-ahead log is folded back into it."""
        with self._lock:
            self._sqlite.close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._lock, _told(self.path):
            self._sqlite.execute(begin)
            try:
                yield self._sqlite
                self._sqlite.execute("COMMIT")
            except BaseException:
                if self._sqlite.in_transaction:
                    self._sqlite.execute("ROLLBACK")
                raise

    def _prepare(self) -> None:
        with self.writing() as sqlite:
            (version,) = sqlite.execute("PRAGMA user_version").fetchone()
            if version == 0:
                for statement in SCHEMA.split(";"):
                    sqlite.execute(statement)
                sqlite.execute(f"PRAGMA user_version = {VERSION}")
        if version not in (0, VERSION):
            self.close()
            raise UnavailableError(
                f"{self.path} has schema version {version}",
                expected=f"version {VERSION}, which this Regua writes",
                remedy="run the Regua that made it, or point REGUA_HOME at another home",
            )


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as problem:
        raise UnavailableError(
            f"the decision log {path} cannot be used: {problem}",
            expected="a writable SQLite file with room on its disk",
            remedy="check the disk and the permissions, then ask again: nothing unlogged was answered",
        ) from problem
