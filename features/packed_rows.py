"""Packed profile rows: one row per entity and view, its numbers side by side as eight bytes each.

Feast keeps one value per feature; a profile of 125 features is then 125 values to write and to read. Here it
is one row, in a SQLite file (:mod:`features.packed_sqlite`) or in Redis (:mod:`features.packed_redis`).
:mod:`features.packed_store` offers these rows to Feast as an online store; serving reads them without Feast's protobuf
values and without its import.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from regua.clock import utc
from regua.columns import from_arrow
from regua.errors import DataError

PackedRow = tuple[int, bytes, bytes | None]
"""A row as it is kept: its stamp in microseconds, its numbers, its texts."""
Asked = Mapping[str, tuple["Layout", Sequence[str | None]]]
"""Rows that are asked for together: of each view its layout, and the keys."""
Found = TypeVar("Found")


@dataclass(frozen=True)
class Layout:
    """How a view's values lie in a row: numbers first, then texts, each in this order."""

    numbers: tuple[str, ...]
    texts: tuple[str, ...]

    @cached_property
    def stored(self) -> bytes:
        """The layout as it is kept beside the rows."""
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


class Reader(Protocol):
    """One state of the rows."""

    def found(self, asked: Asked) -> dict[str, list[PackedRow | None]]:
        """Read rows of some views by key, in the order asked; there is none of an unknown key.

        Raises
        ------
        DataError
            A view was never applied, or with other columns.
        """
        ...

    def stamp(self, view: str) -> np.datetime64:
        """Return the latest event timestamp among a thousand rows of a view; those written together share theirs."""
        ...


class PackedRows(Protocol):
    """The packed rows of one book, wherever they are kept."""

    def is_there(self) -> bool:
        """Say whether any view was ever taken up."""
        ...

    def prepare(self, view: str, layout: Layout) -> None:
        """Take a view up; rows of another layout are dropped, being unreadable."""
        ...

    def drop(self, view: str) -> None:
        """Forget a view and its rows."""
        ...

    def write(self, view: str, layout: Layout, key: str, table: pa.Table) -> int:
        """Write the rows of an Arrow table, replacing those of the same keys; return how many.

        Raises
        ------
        DataError
            The view was applied with other columns.
        """
        ...

    def read(self, view: str, layout: Layout, keys: Sequence[str | None]) -> Rows:
        """Read rows by key from the state of the moment; an unknown key has NULLs and no stamp.

        Raises
        ------
        DataError
            The view was never applied, or with other columns.
        """
        ...

    def whole(self, look: Callable[[Reader], Found]) -> Found:
        """Let ``look`` read several views from one and the same state, whatever is written meanwhile."""
        ...

    def writing(self) -> AbstractContextManager[object]:
        """Let all that is written inside appear at once, or never."""
        ...

    def forget(self, until: Mapping[str, int]) -> int:
        """Take out the rows of some keys whose stamp is not after theirs, in every view; return how many."""
        ...

    def close(self) -> None:
        """Close the file, or the connections."""
        ...


def open_rows(path: Path, redis_url: str | None, portfolio: str) -> PackedRows:
    """Open the rows of a book: in Redis where an address is given, in a SQLite file where none is."""
    if redis_url is not None:
        from features.packed_redis import RedisRows

        return RedisRows(redis_url, portfolio)
    from features.packed_sqlite import SQLiteRows

    return SQLiteRows(path)


def stamp_of(moment: datetime) -> int:
    """Return a moment as rows are stamped, in microseconds."""
    return (utc(moment) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def check_layout(known: Mapping[str, bytes], view: str, layout: Layout) -> None:
    """Refuse a view that was never applied, or with other columns."""
    if known.get(view) != layout.stored:
        raise DataError(
            f"the online rows of {view} " + ("have other columns" if view in known else "were never set up"),
            expected=f"{len(layout.numbers) + len(layout.texts)} features as the catalogue names them",
            remedy="regua profile apply, then regua profile materialise",
        )


def packed(batch: pa.RecordBatch, layout: Layout, key: str) -> Iterator[tuple[str, PackedRow]]:
    """Pack the rows of a batch, each after its key."""
    columns = from_arrow(batch.select([*layout.numbers, *layout.texts]))
    shape = (batch.num_rows, len(layout.numbers))
    numbers = np.column_stack([columns[name] for name in layout.numbers]) if layout.numbers else np.empty(shape)
    octets = np.ascontiguousarray(numbers, "<f8").tobytes()
    width = 8 * len(layout.numbers)
    stamps = batch.column("event_timestamp").cast(pa.timestamp("us", "UTC")).cast(pa.int64()).to_pylist()
    words_of: list[tuple[str | None, ...]] = list(zip(*(columns[name].tolist() for name in layout.texts), strict=True))
    texts = words_of or [()] * batch.num_rows
    for row, (name, stamp, words) in enumerate(zip(batch.column(key).to_pylist(), stamps, texts, strict=True)):
        yield name, (stamp, octets[row * width : (row + 1) * width], orjson.dumps(words) if words else None)


def unpacked(found: Sequence[PackedRow | None], layout: Layout) -> Rows:
    """Unpack rows in their order; where there is none, NULLs and no stamp."""
    missing = np.full(len(layout.numbers), np.nan, "<f8").tobytes()
    octets = b"".join(row[1] if row else missing for row in found)
    numbers = np.frombuffer(octets, "<f8").reshape(len(found), len(layout.numbers)).astype(np.float64)
    texts = np.full((len(found), len(layout.texts)), None, dtype=object)
    for place, row in enumerate(found):
        if row and row[2]:
            texts[place] = orjson.loads(row[2])
    stamps = np.array([row[0] if row else np.iinfo(np.int64).min for row in found], "int64").view("datetime64[us]")
    return Rows(numbers, texts, stamps)
