"""Packed profile rows: one SQLite row per entity and view, its numbers side by side as eight bytes each.

Feast's own SQLite store keeps one row per feature; a profile of 125 features is then 125 rows to write and to read.
Here it is one. :mod:`features.packed_store` offers these rows to Feast as an online store; serving reads them without
Feast's protobuf values and without its import.
"""

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from regua.columns import from_arrow
from regua.errors import DataError

_BATCH = 20_000
_READ_AT_ONCE = 500
_BUSY_SECONDS = 60.0
"""How long one writer waits for another, who may be putting a whole book online."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a view's values lie in a row: numbers first, then texts, each in this order."""

    numbers: tuple[str, ...]
    texts: tuple[str, ...]

    def to_json(self) -> bytes:
        """Return the layout as it is stored beside the rows."""
        return orjson.dumps([self.numbers, self.texts])


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows in the order their keys were asked.

    ``numbers`` is ``(n, len(layout.numbers))`` with NaN for NULL, ``texts`` ``(n, len(layout.texts))`` with ``None``,
    ``stamps`` ``(n,)`` event timestamps (NaT: no such row).
    """

    numbers: NDArray[np.float64]
    texts: NDArray[np.object_]
    stamps: NDArray[np.datetime64]


class PackedRows:
    """The packed rows of one book in one SQLite file; safe for several threads, one transaction at a time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, _BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")  # rebuilt from the snapshot, so no commit is precious
        self._connection.execute("CREATE TABLE IF NOT EXISTS layouts (view TEXT PRIMARY KEY, layout BLOB NOT NULL)")

    def prepare(self, view: str, layout: Layout) -> None:
        """Make the view's table; one with another layout is dropped, its rows being unreadable."""
        with self.writing() as sqlite:
            known = _layouts(sqlite).get(view)
            if known and known != _stored(layout):
                sqlite.execute(f"DROP TABLE IF EXISTS {_quoted(view)}")
            sqlite.execute(
                f"CREATE TABLE IF NOT EXISTS {_quoted(view)} "
                "(key TEXT PRIMARY KEY, stamp INTEGER NOT NULL, numbers BLOB NOT NULL, texts BLOB) WITHOUT ROWID"
            )
            sqlite.execute("INSERT OR REPLACE INTO layouts VALUES (?, ?)", (view, _stored(layout)))

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
            _check(_layouts(sqlite), view, layout)
            for batch in table.to_batches(max_chunksize=_BATCH):
                sqlite.executemany(statement, _packed(batch, layout, key))
        return int(table.num_rows)

    def read(self, view: str, layout: Layout, keys: Sequence[str | None]) -> Rows:
        """Read rows by key from the state of the moment; see :meth:`Reader.rows`."""
        with self.reading() as reader:
            return reader.rows(view, layout, keys)

    @contextmanager
    def reading(self) -> Iterator["Reader"]:
        """Read several views from one and the same state of the file, whatever is written meanwhile."""
        with self._transaction("BEGIN") as sqlite:
            yield Reader(sqlite, _layouts(sqlite))

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Let all that is written inside appear at once, or never."""
        with self._transaction("BEGIN IMMEDIATE") as sqlite:
            yield sqlite

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
class Reader:
    """One state of the rows, as long as its transaction lasts."""

    _sqlite: sqlite3.Connection
    _known: Mapping[str, bytes]

    def rows(self, view: str, layout: Layout, keys: Sequence[str | None]) -> Rows:
        """Read rows by key, in the order asked; an unknown key has NULLs and no stamp.

        Raises
        ------
        DataError
            The view was never applied, or with other columns.
        """
        _check(self._known, view, layout)
        found: dict[str, tuple[int, bytes, bytes | None]] = {}
        for start in range(0, len(keys), _READ_AT_ONCE):
            some = keys[start : start + _READ_AT_ONCE]
            marks = ",".join("?" * len(some))
            for name, *row in self._sqlite.execute(f"SELECT * FROM {_quoted(view)} WHERE key IN ({marks})", some):
                found[name] = (row[0], row[1], row[2])
        return _unpacked([found.get(name) if name is not None else None for name in keys], layout)

    def stamp(self, view: str) -> np.datetime64:
        """Return the latest event timestamp among a thousand rows of a view; those written together share theirs."""
        if view not in self._known:
            return np.datetime64("NaT", "us")
        query = f"SELECT max(stamp) FROM (SELECT stamp FROM {_quoted(view)} LIMIT 1000)"
        (found,) = self._sqlite.execute(query).fetchone()
        return np.datetime64("NaT" if found is None else found, "us")


def _layouts(sqlite: sqlite3.Connection) -> dict[str, bytes]:
    return dict(sqlite.execute("SELECT view, layout FROM layouts").fetchall())


@lru_cache(maxsize=64)
def _stored(layout: Layout) -> bytes:
    return layout.to_json()


def _check(known: Mapping[str, bytes], view: str, layout: Layout) -> None:
    if known.get(view) != _stored(layout):
        raise DataError(
            f"the online rows of {view} " + ("have other columns" if view in known else "were never set up"),
            expected=f"{len(layout.numbers) + len(layout.texts)} features as the catalogue names them",
            remedy="regua profile apply, then regua profile materialise",
        )


def _packed(batch: pa.RecordBatch, layout: Layout, key: str) -> Iterator[tuple[str, int, bytes, bytes | None]]:
    columns = from_arrow(batch.select([*layout.numbers, *layout.texts]))
    shape = (batch.num_rows, len(layout.numbers))
    numbers = np.column_stack([columns[name] for name in layout.numbers]) if layout.numbers else np.empty(shape)
    octets = np.ascontiguousarray(numbers, "<f8").tobytes()
    width = 8 * len(layout.numbers)
    stamps = batch.column("event_timestamp").cast(pa.timestamp("us", "UTC")).cast(pa.int64()).to_pylist()
    words_of: list[tuple[str | None, ...]] = list(zip(*(columns[name].tolist() for name in layout.texts), strict=True))
    texts = words_of or [()] * batch.num_rows
    for row, (name, stamp, words) in enumerate(zip(batch.column(key).to_pylist(), stamps, texts, strict=True)):
        yield name, stamp, octets[row * width : (row + 1) * width], orjson.dumps(words) if words else None


def _unpacked(found: list[tuple[int, bytes, bytes | None] | None], layout: Layout) -> Rows:
    missing = np.full(len(layout.numbers), np.nan, "<f8").tobytes()
    octets = b"".join(row[1] if row else missing for row in found)
    numbers = np.frombuffer(octets, "<f8").reshape(len(found), len(layout.numbers)).astype(np.float64)
    texts = np.full((len(found), len(layout.texts)), None, dtype=object)
    for place, row in enumerate(found):
        if row and row[2]:
            texts[place] = orjson.loads(row[2])
    stamps = np.array([row[0] if row else np.iinfo(np.int64).min for row in found], "int64").view("datetime64[us]")
    return Rows(numbers, texts, stamps)


def _quoted(view: str) -> str:
    return '"' + view.replace('"', '""') + '"'
