"""Columns: a table as a mapping from name to array, the only shape the kernel and the scorer know.

One customer is ``n = 1``. Two kinds of array exist: numbers, flags and cents are ``float64`` with NaN as NULL
(cents stay exact below 2**53); text is ``object`` with ``None`` as NULL. pandas costs about 70 times as much
at ``n = 1`` and lives at the edges only.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from regua.errors import SchemaError

Array = NDArray[Any]
Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Columns = Mapping[str, Array]


class Blocked(Mapping[str, Array]):
    """Columns of which the numbers lie side by side in one ``(n, names)`` block, each cut out when it is asked for.

    Hundreds of arrays, which few look at one by one, cost more to make than the block they are cut from.

    Examples
    --------
    >>> rows = Blocked({"days_past_due": 0}, np.array([[3.0], [0.0]]), {"region": np.array(["PE", None])})
    >>> rows["days_past_due"], list(rows)
    (array([3., 0.]), ['days_past_due', 'region'])
    """

    __slots__ = ("block", "others", "place")

    def __init__(self, place: Mapping[str, int], block: Numbers, others: Columns) -> None:
        self.place, self.block, self.others = place, block, others

    def __getitem__(self, name: str) -> Array:
        at = self.place.get(name)
        return self.others[name] if at is None else self.block[:, at]

    def __contains__(self, name: object) -> bool:
        return name in self.place or name in self.others

    def __iter__(self) -> Iterator[str]:
        yield from self.place
        yield from self.others

    def __len__(self) -> int:
        return len(self.place) + len(self.others)


def height(columns: Columns) -> int:
    """Count the rows, and refuse columns of unequal length."""
    rows = len(next(iter(columns.values()), ()))
    if len(set(map(len, columns.values()))) > 1:
        lengths = {name: len(column) for name, column in columns.items()}
        raise SchemaError(f"columns of unequal length: {lengths}", expected="one length for all")
    return rows


def take(columns: Columns, rows: Array | slice) -> dict[str, Array]:
    """Pick rows by position, mask or slice."""
    if isinstance(rows, np.ndarray) and rows.dtype == bool:
        # A mask is read once, and not again for every column.
        (rows,) = rows.nonzero()
    return {name: array[rows] for name, array in columns.items()}


def chunks(columns: Columns, size: int) -> Iterator[dict[str, Array]]:
    """Cut columns into runs of at most ``size`` rows, in order."""
    for start in range(0, height(columns), size):
        yield take(columns, slice(start, start + size))


def from_arrow(table: pa.Table | pa.RecordBatch) -> dict[str, Array]:
    """Turn an Arrow table into columns.

    Integers, floats and booleans become ``float64`` with NaN for NULL; text becomes ``object``; timestamps and
    dates keep NumPy's ``datetime64``.

    Raises
    ------
    SchemaError
        A column of a type that has no such array, or a whole number beyond 2**53 that ``float64`` would change.
    """
    arrays = {}
    for name in table.schema.names:
        column = table.column(name)
        try:
            arrays[name] = _array(column)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as problem:
            raise SchemaError(
                f"column {name} is {column.type}: {problem}",
                expected="numbers up to 2**53, flags, text, dates or instants",
            ) from problem
    return arrays


def to_arrow(columns: Columns) -> pa.Table:
    """Turn columns into an Arrow table; NaN and ``None`` become NULL."""
    return pa.table({name: pa.array(array, from_pandas=True) for name, array in columns.items()})


def from_rows(rows: Sequence[Mapping[str, Any]], numbers: Sequence[str], texts: Sequence[str]) -> dict[str, Array]:
    """Turn a few records into columns; an absent name is NULL.

    Examples
    --------
    >>> from_rows([{"days_past_due": 3}, {}], ["days_past_due"], [])
    {'days_past_due': array([ 3., nan])}
    """
    columns: dict[str, Array] = {}
    for name in numbers:
        columns[name] = np.array([_number(row.get(name)) for row in rows], dtype=np.float64)
    for name in texts:
        columns[name] = np.array([row.get(name) for row in rows], dtype=object)
    return columns


def number(columns: Columns, name: str) -> Numbers:
    """Return a number column, all NULL where the book of facts lacks it."""
    array = columns.get(name)
    return np.full(_rows(columns), np.nan) if array is None else np.asarray(array, np.float64)


def text(columns: Columns, name: str) -> NDArray[np.object_]:
    """Return a text column, all NULL where the book of facts lacks it."""
    array = columns.get(name)
    return np.full(_rows(columns), None, dtype=object) if array is None else np.asarray(array, object)


def flag(columns: Columns, name: str) -> Flags:
    """Return where a flag is known to be true; NULL counts as not known to be true."""
    # NaN is not above nought, and says so quicker than if it were replaced first.
    return number(columns, name) > 0


def _rows(columns: Columns) -> int:
    """Count the rows by the first column: that all are of one length is asked once, not for each that is missing."""
    return len(next(iter(columns.values()), ()))


def _number(value: Any) -> float:
    return np.nan if value is None else float(value)


def _array(column: pa.Array | pa.ChunkedArray) -> Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return np.asarray(column.to_numpy(zero_copy_only=False), dtype=object)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return np.asarray(column.to_numpy(zero_copy_only=False), dtype="datetime64[us]")
    if pa.types.is_null(kind):
        return np.full(len(column), np.nan)
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
