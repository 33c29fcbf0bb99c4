"""The store in one durable SQLite file: write-ahead log, full synchronisation, one writer at a time."""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from regua.errors import UnavailableError
from regua.sealing import Vault
from serving.store.database import Answer, Row, as_json, unavailable
from serving.store.joining import Joinable, Joined
from serving.store.statements import Statement

BUSY_SECONDS = 15.0
FULL = 2
VERSION = 7
"""The version of the tables; ``migrations`` has one step a version."""


class SQLiteTransaction(Joined):
    """A transaction of the one connection; nobody else writes, so nothing more is held."""

    def __init__(self, connection: sqlite3.Connection, vault: Vault | None = None) -> None:
        super().__init__()
        self._connection, self.vault = connection, vault

    def rows(self, statement: Statement, *values: object) -> list[Row]:
        """Run a statement and return all its rows."""
        return self._connection.execute(statement.sqlite, values).fetchall()

    def ask(self, statement: Statement, *values: object) -> Answer[list[Row]]:
        """Run a statement at once: there is no way to go, and nothing to wait for."""
        found = self.rows(statement, *values)
        return lambda: found

    def change(self, statement: Statement, *values: object) -> int:
        """Run a statement and say how many rows it changed."""
        return self._connection.execute(statement.sqlite, values).rowcount

    def change_many(self, statement: Statement, rows: Iterable[Sequence[object]]) -> None:
        """Run a statement once a row."""
        self._connection.executemany(statement.sqlite, rows)

    def change_counted(self, statement: Statement, rows: Iterable[Sequence[object]]) -> int:
        """Run a statement once a row, and say how many rows it changed in all."""
        return max(self._connection.executemany(statement.sqlite, rows).rowcount, 0)

    def several(self, values: Iterable[str]) -> object:
        """Write several values as a JSON list."""
        return as_json(values)

    def hold(self, portfolio: str, customer_ids: Iterable[str]) -> None:
        """Do nothing: the transaction holds the whole file."""

    def hold_all(self, portfolio: str) -> None:
        """Do nothing: the transaction holds the whole file."""

    def hold_chain(self, portfolio: str) -> None:
        """Do nothing: the transaction holds the whole file."""

    def mark(self, words: str) -> None:
        """Set, release or go back to a savepoint."""
        self._connection.execute(words)


class SQLiteDatabase(Joinable[SQLiteTransaction]):
    """A SQLite file that several threads and processes may share.

    Raises
    ------
    UnavailableError
        The file cannot be opened or written, does not keep what it acknowledges, or a newer Regua made it.
    """

    vault: Vault | None = None

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path, self.name = path, str(path)
        self._lock = threading.RLock()
        with self._told():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            # A row of 2 to 4 kB fills half of SQLite's usual page; the larger one is a fifth quicker to write.
            self._connection.execute("PRAGMA page_size = 8192")
            self._connection.execute("PRAGMA journal_mode = WAL")
            # FULL: a commit is on the disk before it is acknowledged; NORMAL would lose the last ones with the power.
            self._connection.execute("PRAGMA synchronous = FULL")
            # Where a disk is only asked to write and not waited for (macOS), it is waited for.
            self._connection.execute("PRAGMA fullfsync = ON")
            self._connection.execute("PRAGMA cache_size = -32768")
        try:
            with self._told():
                self._check_durability()
                self._prepare()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file; the write-ahead log is folded back into it."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _transaction(self, *, is_writing: bool) -> Iterator[SQLiteTransaction]:
        with self._lock, self._told():
            self._connection.execute("BEGIN IMMEDIATE" if is_writing else "BEGIN")
            try:
                yield SQLiteTransaction(self._connection, self.vault)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as problem:
            raise self._failed(unavailable(self.name, problem)) from problem

    def _pragma(self, name: str) -> object:
        return self._connection.execute(f"PRAGMA {name}").fetchone()[0]

    def _check_durability(self) -> None:
        synchronous, journal = self._pragma("synchronous"), self._pragma("journal_mode")
        if not isinstance(synchronous, int) or synchronous < FULL or journal != "wal":
            raise UnavailableError(
                f"{self.path} would lose what it acknowledged: synchronous={synchronous}, journal_mode={journal}",
                expected=f"synchronous={FULL} (FULL) or more, in a write-ahead log",
                remedy="put the store on a local disk that SQLite can lock, or on PostgreSQL by REGUA_STORE_URL",
            )

    def _prepare(self) -> None:
        version = self._pragma("user_version")
        if version == VERSION:
            return
        if not isinstance(version, int) or version > VERSION:
            raise UnavailableError(
                f"{self.path} has schema version {version}",
                expected=f"version {VERSION} or older; this Regua writes {VERSION}",
                remedy="run the Regua that made it, or point REGUA_HOME at another home",
            )
        from serving.store.migrating import migrate_sqlite

        migrate_sqlite(self._connection)
