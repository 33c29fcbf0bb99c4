"""Packed profile rows in Redis: one value per entity and view, for several processes and machines that serve one book.

The rows are those of :mod:`features.packed_rows`. A value holds a row of two generations, the newest first; what counts
is the generation that was last put online whole. So a profile that is being written is not seen before all of it is
there, and one that was not finished is never seen.
"""

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from features.packed_rows import Asked, Found, Layout, PackedRow, Rows, check_layout, packed, unpacked
from regua.errors import UnavailableError

_BATCH = 5_000
_TRIES = 20
_WAITS_S = 5.0
_HEAD = struct.Struct("<QqII")
"""Generation, stamp, and how many bytes of numbers and of texts follow."""


class RedisRows:
    """The packed rows of one book in Redis; the interface is that of :class:`features.packed_rows.PackedRows`.

    Parameters
    ----------
    url
        ``redis://…``, ``rediss://…`` or ``unix://…``.
    portfolio
        Whose book it is: several may share one Redis.
    """

    def __init__(self, url: str, portfolio: str) -> None:
        from redis import Redis

        # Its types say that every answer may have to be awaited; these do not.
        self._redis: Any = Redis.from_url(url, socket_timeout=_WAITS_S, socket_connect_timeout=_WAITS_S)
        self._prefix = f"regua:{portfolio}:online"
        self._writes: int | None = None
        self._stands = 0

    def is_there(self) -> bool:
        """Say whether any view was ever taken up."""
        with _reaching():
            return bool(self._redis.exists(self._name("layouts")))

    def prepare(self, view: str, layout: Layout) -> None:
        """Take a view up; rows of another layout are dropped, being unreadable."""
        with _reaching():
            known = self._layouts().get(view)
            if known and known != layout.stored:
                self._forget(view)
            self._redis.hset(self._name("layouts"), view, layout.stored)

    def drop(self, view: str) -> None:
        """Forget a view and its rows."""
        with _reaching():
            self._forget(view)
            self._redis.hdel(self._name("layouts"), view)

    def write(self, view: str, layout: Layout, key: str, table: pa.Table) -> int:
        """Write the rows of an Arrow table, replacing those of the same keys; return how many.

        Raises
        ------
        DataError
            The view was applied with other columns.
        UnavailableError
            Redis does not answer.
        """
        with self.writing() as generation, _reaching():
            check_layout(self._layouts(), view, layout)
            for batch in table.to_batches(max_chunksize=_BATCH):
                rows = {self._name(view, name): row for name, row in packed(batch, layout, key)}
                before = self._redis.mget(list(rows)) if rows else []
                both = zip(rows.items(), before, strict=True)
                values = {name: _written(generation, row, self._standing(old)) for (name, row), old in both}
                if values:
                    self._redis.mset(values)
        return int(table.num_rows)

    def read(self, view: str, layout: Layout, keys: Sequence[str | None]) -> Rows:
        """Read rows by key from the state of the moment; an unknown key has NULLs and no stamp."""
        return unpacked(self.whole(lambda reader: reader.found({view: (layout, keys)}))[view], layout)

    def whole(self, look: "Callable[[RedisReader], Found]") -> Found:
        """Let ``look`` read several views from one and the same generation; again where a newer one came meanwhile."""
        for _ in range(_TRIES):
            with _reaching():
                stands = self._current()
                found = look(RedisReader(self, stands, self._layouts()))
                if self._current() == stands:
                    return found
        raise UnavailableError("profiles are put online without a pause", expected="one at a time, every some minutes")

    @contextmanager
    def writing(self) -> Iterator[int]:
        """Let all that is written inside appear at once, or never; return the generation it will be."""
        if self._writes is not None:
            yield self._writes
            return
        with _reaching():
            self._stands = self._current()
            self._writes = int(self._redis.incr(self._name("begun")))
        try:
            yield self._writes
            with _reaching():
                self._redis.set(self._name("stands"), self._writes)
        finally:
            self._writes = None

    def forget(self, until: Mapping[str, int]) -> int:
        """Take out the rows of some keys whose stamp is not after theirs, in every view; return how many."""
        gone, keys = 0, list(until)
        with _reaching():
            for view in self._layouts():
                for start in range(0, len(keys), _BATCH):
                    some = keys[start : start + _BATCH]
                    both = zip(some, self.values_of([(view, key) for key in some]), strict=True)
                    names = [self._name(view, key) for key, value in both if _is_known_by(value, until[key])]
                    gone += int(self._redis.unlink(*names)) if names else 0
        return gone

    def close(self) -> None:
        """Close the connections."""
        self._redis.close()

    def values_of(self, named: Sequence[tuple[str, str]]) -> Sequence[bytes | None]:
        """Read what is kept under keys, each of a view."""
        found: list[bytes | None] = self._redis.mget([self._name(*one) for one in named]) if named else []
        return found

    def some(self, view: str, most: int) -> list[bytes | None]:
        """Read some of the values of a view."""
        names = [name for _, name in zip(range(most), self._names(view), strict=False)]
        found: list[bytes | None] = self._redis.mget(names) if names else []
        return found

    def _standing(self, value: bytes | None) -> bytes:
        """Return the part of a value that counts while the next generation is being written."""
        for generation, start, end in _generations(value):
            if generation <= self._stands:
                return value[start:end] if value else b""
        return b""

    def _current(self) -> int:
        return int(self._redis.get(self._name("stands")) or 0)

    def _layouts(self) -> dict[str, bytes]:
        return {name.decode(): layout for name, layout in self._redis.hgetall(self._name("layouts")).items()}

    def _forget(self, view: str) -> None:
        names = list(self._names(view))
        for start in range(0, len(names), _BATCH):
            self._redis.unlink(*names[start : start + _BATCH])

    def _names(self, view: str) -> Iterator[bytes]:
        found: Iterator[bytes] = self._redis.scan_iter(f"{self._name(view, '*')}", count=1_000)
        return found

    def _name(self, *parts: str) -> str:
        return ":".join((self._prefix, *parts))


@dataclass(frozen=True, slots=True)
class RedisReader:
    """One generation of the rows."""

    _kept: RedisRows
    _stands: int
    _known: dict[str, bytes]

    def found(self, asked: Asked) -> dict[str, list[PackedRow | None]]:
        """Read rows of some views by key, in the order asked, all in one call; there is none of an unknown key.

        Raises
        ------
        DataError
            A view was never applied, or with other columns.
        """
        for view, (layout, _) in asked.items():
            check_layout(self._known, view, layout)
        named = [(view, key) for view, (_, keys) in asked.items() for key in dict.fromkeys(keys) if key is not None]
        found = dict(zip(named, map(self._row, self._kept.values_of(named)), strict=True))
        return {
            view: [found.get((view, key)) if key is not None else None for key in keys]
            for view, (_, keys) in asked.items()
        }

    def stamp(self, view: str) -> np.datetime64:
        """Return the latest event timestamp among a thousand rows of a view; those written together share theirs."""
        rows = [self._row(value) for value in self._kept.some(view, 1_000)] if view in self._known else []
        stamps = [row[0] for row in rows if row is not None]
        return np.datetime64(max(stamps) if stamps else "NaT", "us")

    def _row(self, value: bytes | None) -> PackedRow | None:
        for generation, start, _ in _generations(value):
            if generation <= self._stands and value is not None:
                _, stamp, numbers, texts = _HEAD.unpack_from(value, start)
                at = start + _HEAD.size
                return stamp, value[at : at + numbers], value[at + numbers : at + numbers + texts] or None
        return None


def _written(generation: int, row: PackedRow, before: bytes) -> bytes:
    stamp, numbers, texts = row
    return _HEAD.pack(generation, stamp, len(numbers), len(texts or b"")) + numbers + (texts or b"") + before


def _is_known_by(value: bytes | None, stamp: int) -> bool:
    """Whether there is a row, and the newest of its generations knows nothing after a stamp."""
    return bool(value) and _HEAD.unpack_from(value or b"")[1] <= stamp


def _generations(value: bytes | None) -> Iterator[tuple[int, int, int]]:
    """List the generations in a value: which, and from where to where."""
    start, whole = 0, len(value or b"")
    while value is not None and start < whole:
        generation, _, numbers, texts = _HEAD.unpack_from(value, start)
        end = start + _HEAD.size + numbers + texts
        yield generation, start, end
        start = end


@contextmanager
def _reaching() -> Iterator[None]:
    from redis import RedisError

    try:
        yield
    except RedisError as problem:
        raise UnavailableError(
            f"Redis does not answer: {type(problem).__name__}",
            expected="the Redis that REGUA_REDIS_URL names",
            remedy="start it, or unset REGUA_REDIS_URL and put profiles online in the home",
        ) from problem
