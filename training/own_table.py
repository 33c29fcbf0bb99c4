"""A table of one's own: CSV or Parquet in, columns and a matrix out, clear words where it is not what it claims."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from regua.columns import Array, Columns, Numbers, from_arrow, height
from regua.dice import identity
from regua.errors import DataError, Place

WORDS_MAXIMUM = 200
"""A text column with more distinct words than this names rows rather than describes them."""


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """What is known of each row before anything is done: a ``(n, features)`` matrix with NaN for NULL.

    ``categorical`` are the positions of text columns, coded by their sorted words; ``left_out`` are columns with too
    many words, with none, or with one value only.
    """

    matrix: Numbers
    names: tuple[str, ...]
    categorical: tuple[int, ...]
    left_out: tuple[str, ...] = ()

    def take(self, rows: Array) -> "Facts":
        """Pick rows by position or mask."""
        return Facts(self.matrix[rows], self.names, self.categorical, self.left_out)


def read(path: Path) -> dict[str, Array]:
    """Read a CSV (plain or compressed) or Parquet file whole.

    Raises
    ------
    DataError
        There is no such file, it cannot be read, or it holds no rows.
    """
    import duckdb

    if not path.is_file():
        raise DataError(f"no file at {path}", expected="a CSV or Parquet file", remedy="check the path")
    reader = "read_parquet" if path.suffix == ".parquet" else "read_csv"
    try:
        with duckdb.connect() as connection:
            table = connection.sql(f"SELECT * FROM {reader}($path)", params={"path": str(path)}).to_arrow_table()
    except duckdb.Error as problem:
        first = str(problem).splitlines()[0]
        raise DataError(
            first, expected="a CSV or Parquet file", remedy="open it and compare", place=Place(path)
        ) from None
    columns = from_arrow(table)
    if not height(columns):
        raise DataError("the table has no rows", expected="one row a case", place=Place(path))
    return columns


def pick(columns: Columns, name: str, role: str) -> Array:
    """Return a column by name; an absent one is refused with the nearest names there are."""
    if name in columns:
        return columns[name]
    near = get_close_matches(name, list(columns), 3) or sorted(columns)[:8]
    raise DataError(
        f"no column {name!r} for the {role}", expected="one of the table's columns", remedy=f"such as {', '.join(near)}"
    )


def numbers(columns: Columns, name: str, role: str) -> Numbers:
    """Return a column of finite numbers, none missing.

    Raises
    ------
    DataError
        Words, a missing value or an infinity; the message names the first row (from 1).
    """
    column = pick(columns, name, role)
    try:
        values = np.asarray(column, np.float64)
    except (TypeError, ValueError):
        raise DataError(f"{name} holds words such as {str(column[0])!r}", expected=f"numbers for the {role}") from None
    wrong = np.flatnonzero(~np.isfinite(values))
    if len(wrong):
        shown = "missing" if np.isnan(values[wrong[0]]) else str(values[wrong[0]])
        raise DataError(
            f"{name} is {shown} in {len(wrong):,} rows, first in row {wrong[0] + 1}",
            expected=f"a finite number for the {role} in every row",
            remedy="mend or leave out these rows",
        )
    return values


def words(columns: Columns, name: str, role: str) -> Array:
    """Return a column as text, whole numbers without decimals; a missing value is refused."""
    column = pick(columns, name, role)
    if column.dtype == object:
        missing = np.array([value is None or value != value for value in column], bool)
        text = np.array([str(value) for value in column], object)
    else:
        missing = np.isnan(column) if column.dtype.kind == "f" else np.isnat(column)
        text = np.array(
            [f"{value:.15g}" if isinstance(value, float) else str(value) for value in column.tolist()], object
        )
    if missing.any():
        raise DataError(
            f"{name} is missing in {int(missing.sum()):,} rows, first in row {int(np.argmax(missing)) + 1}",
            expected=f"the {role} of every row",
            remedy="mend or leave out these rows",
        )
    return text


def facts(columns: Columns, names: Sequence[str], *, strict: bool = False) -> Facts:
    """Lay out columns as a matrix; what tells nothing is left out and named.

    Parameters
    ----------
    strict
        The names were asked for one by one: a column that cannot serve is refused instead of left out.

    Raises
    ------
    DataError
        A column is missing or holds an infinity.
    """
    parts: list[Numbers] = []
    kept: list[str] = []
    categorical: list[int] = []
    left_out: list[str] = []
    for name in names:
        column = pick(columns, name, "features")
        coded = _coded(name, column)
        if coded is None and strict and column.dtype.kind != "f":
            raise DataError(
                f"{name} has more than {WORDS_MAXIMUM} distinct words, or is an instant",
                expected="numbers or few words",
                remedy=f"leave {name} out of --features",
            )
        if coded is None or not _varies(coded):
            left_out.append(name)
            continue
        if column.dtype == object:
            categorical.append(len(kept))
        parts.append(coded)
        kept.append(name)
    matrix = np.column_stack(parts) if parts else np.empty((height(columns), 0))
    return Facts(matrix, tuple(kept), tuple(categorical), tuple(left_out))


def row_keys(columns: Columns, names: Sequence[str]) -> Array:
    """Name each row by what it says, so that chance and results do not depend on the order of rows; ``(n,)`` text.

    Rows that say the same are numbered; they are interchangeable.
    """
    told = [
        "\x1f".join(cells) for cells in zip(*(np.asarray(columns[name]).astype(str) for name in names), strict=True)
    ]
    seen: dict[str, int] = {}
    keys = []
    for text in told:
        seen[text] = seen.get(text, -1) + 1
        keys.append(f"{text}\x1f{seen[text]}")
    return np.array([f"{key:016x}" for key in identity(keys).tolist()], object)


def canonical_order(customer: Array, keys: Array) -> Array:
    """Return positions that sort rows by customer and then by what they say."""
    return np.lexsort((identity(keys), identity(customer)))


def _coded(name: str, column: Array) -> Numbers | None:
    if column.dtype == object:
        known = sorted({str(word) for word in column if word is not None})
        if len(known) > min(WORDS_MAXIMUM, max(len(column) // 2, 2)):
            return None
        code = {word: float(position) for position, word in enumerate(known)}
        return np.array([np.nan if word is None else code[str(word)] for word in column])
    if column.dtype.kind == "M":
        return None
    values = np.asarray(column, np.float64)
    if np.isinf(values).any():
        raise DataError(
            f"{name} is infinite in row {int(np.argmax(np.isinf(values))) + 1}",
            expected="a finite number, or nothing where nothing is known",
            remedy="look for a division by zero where this column is made",
        )
    return values


def _varies(values: Numbers) -> bool:
    known = values[~np.isnan(values)]
    return bool(len(known)) and (bool(known.min() < known.max()) or len(known) < len(values))
