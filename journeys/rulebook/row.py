"""One customer at a time: what a guardrail reads when it is asked why, and until when."""

from typing import Any, Protocol

from regua.columns import Columns

NAN = float("nan")


class Row(Protocol):
    """One customer's values by column; a plain mapping is one."""

    def get(self, name: str, default: Any = None, /) -> Any:
        """Return the value of a column, or the default where there is no such column."""
        ...


class Alone:
    """The only customer of columns: NumPy costs more to start than a few values cost to read."""

    __slots__ = ("_columns",)

    def __init__(self, columns: Columns) -> None:
        self._columns = columns

    def get(self, name: str, default: Any = None, /) -> Any:
        """Return the value of a column, or the default where there is no such column."""
        array = self._columns.get(name)
        return default if array is None else array.item(0)


def known(row: Row, name: str) -> float:
    """Return a number of the row; NaN where it is NULL or not there.

    Examples
    --------
    >>> known({"attempts_1d": 2}, "attempts_1d"), known({}, "attempts_1d")
    (2.0, nan)
    """
    value = row.get(name)
    return NAN if value is None else float(value)


def word(row: Row, name: str) -> str | None:
    """Return a text of the row; ``None`` where it is NULL or not there."""
    value = row.get(name)
    return None if value is None or value != value else str(value)
