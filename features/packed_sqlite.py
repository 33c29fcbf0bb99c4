"""Packed profile rows in a SQLite file: for one process and its neighbours on one machine."""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa

from features.packed_rows import Asked, Found, Layout, PackedRow, Rows, check_layout, packed, unpacked

_BATCH = 20_000
_READ_AT_ONCE = 250
_BUSY_SECONDS = 60.0
"""How long one writer waits for another, who may be putting a whole book online."""


class SQLiteRows:
    """The packed rows of one book in one SQLite file; safe for several threads, one transaction at a time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, _BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")  # rebuilt from the snapshot, so no commit is precious
        self._connection.execute("CREATE TABLE IF NOT EXISTS layouts (view TEXT PRIMARY KEY, layout BLOB NOT NULL)")

    def is_there(self) -> bool:
        """Say whether any view was ever taken up."""
        with self._transaction("BEGIN") as sqlite:
            return bool(_layouts(sqlite))

    def prepare(self, view: str, layout: Layout) -> None:
        """Make the view's table; one with another layout is dropped, its rows being unreadable."""
        with self.writing() as sqlite:
            known = _layouts(sqlite).get(view)
            if known and known != layout.stored:
                sqlite.execute(f"DROP TABLE IF EXISTS {_quoted(view)}")
            sqlite.execute(
                f"CREATE TABLE IF NOT EXISTS {_quoted(view)} "
                "(key TEXT PRIMARY KEY, stamp INTEGER NOT NULL, numbers BLOB NOT NULL, texts BLOB) WITHOUT ROWID"
            )
            sqlite.execute("INSERT OR REPLACE INTO layouts VALUES (?, ?)", (view, layout.stored))

    def drop(self, view: str) -> None:
        """Forget a view and its rows."""
        with self.writing() as sqlite:
            sqlite.execute(f"DROP TABLE IF EXISTS {_quoted(view)}")
            sqlite.execute("DELETE FROM layouts WHERE view = ?", (view,))

    def write(self, view: str, layout: Layout, key: str, table: pa.Table) -> int:
        """Write the rows of an Arrow table, replacing those of the same keys; return how many.

        Raises
        ------
        DataError
            The view was applied with other columns.
        """
        statement = f"INSERT OR REPLACE INTO {_quoted(view)} VALUES (?, ?, ?, ?)"
        with self.writing() as sqlite:
            check_layout(_layouts(sqlite), view, layout)
            for batch in table.to_batches(max_chunksize=_BATCH):
                sqlite.executemany(statement, ((name, *row) for name, row in packed(batch, layout, key)))
        return int(table.num_rows)

    def read(self, view: str, layout: Layout, keys: Sequence[str | None]) -> Rows:
        """Read rows by key from the state of the moment; an unknown key has NULLs and no stamp."""
        return unpacked(self.whole(lambda reader: reader.found({view: (layout, keys)}))[view], layout)

    def whole(self, look: "Callable[[SQLiteReader], Found]") -> Found:
        """Let ``look`` read several views from one and the same state."""
        with self.reading() as reader:
            return look(reader)

    @contextmanager
    def reading(self) -> Iterator["SQLiteReader"]:
        """Read several views from one and the same state of the file, whatever is written meanwhile."""
        with self._transaction("BEGIN") as sqlite:
            yield SQLiteReader(sqlite, _layouts(sqlite))

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Let all that is written inside appear at once, or never."""
        with self._transaction("BEGIN IMMEDIATE") as sqlite:
            yield sqlite

    def forget(self, until: Mapping[str, int]) -> int:
        """Take out the rows of some keys whose stamp is not after theirs, in every view; return how many."""
        gone = 0
        with self.writing() as sqlite:
            for view in _layouts(sqlite):
                taken = sqlite.executemany(f"DELETE FROM {_quoted(view)} WHERE key = ? AND stamp <= ?", until.items())
                gone += max(taken.rowcount, 0)
        return gone

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._lock:
            is_part = self._connection.in_transaction
            if is_part:
                yield self._connection
                return
            self._connection.execute(begin)
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")


@dataclass(frozen=True, slots=True)
class SQLiteReader:
    """One state of the rows, as long as its transaction lasts."""

    _sqlite: sqlite3.Connection
    _known: Mapping[str, bytes]

    def found(self, asked: Asked) -> dict[str, list[PackedRow | None]]:
        """Read rows of some views by key, in the order asked, all in one query; there is none of an unknown key.

        Raises
        ------
        DataError
            A view was never applied, or with other columns.
        """
        for view, (layout, _) in asked.items():
            check_layout(self._known, view, layout)
        views, longest = tuple(asked), max((len(keys) for _, keys in asked.values()), default=0)
        found: dict[tuple[str, str], PackedRow] = {}
        for start in range(0, longest, _READ_AT_ONCE):
            some = [keys[start : start + _READ_AT_ONCE] for _, keys in asked.values()]
            query = _reading(views, tuple(map(len, some)))
            for view, name, *row in self._sqlite.execute(query, [key for keys in some for key in keys]):
                found[view, name] = (row[0], row[1], row[2])
        return {
            view: [found.get((view, key)) if key is not None else None for key in keys]
            for view, (_, keys) in asked.items()
        }

    def stamp(self, view: str) -> np.datetime64:
        """Return the latest event timestamp among a thousand rows of a view; those written together share theirs."""
        if view not in self._known:
            return np.datetime64("NaT", "us")
        query = f"SELECT max(stamp) FROM (SELECT stamp FROM {_quoted(view)} LIMIT 1000)"
        (found,) = self._sqlite.execute(query).fetchone()
        return np.datetime64("NaT" if found is None else found, "us")


@lru_cache(maxsize=256)
def _reading(views: tuple[str, ...], counts: tuple[int, ...]) -> str:
    """Write the query for so many keys of each of some views."""
    return " UNION ALL ".join(
        f"SELECT '{view}', * FROM {_quoted(view)} WHERE key IN ({','.join('?' * count)})"
        for view, count in zip(views, counts, strict=True)
    )


def _layouts(sqlite: sqlite3.Connection) -> dict[str, bytes]:
    return dict(sqlite.execute("SELECT view, layout FROM layouts").fetchall())


def _quoted(view: str) -> str:
    return '"' + view.replace('"', '""') + '"'
