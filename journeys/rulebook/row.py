"""One customer at a time: what a guardrail reads when it is asked why, and until when."""

from typing import Any, Protocol

from regua.columns import Columns
from regua.vocabulary import CHANNELS

NAN = float("nan")
NOWHERE, EVERYWHERE = (False,) * len(CHANNELS), (True,) * len(CHANNELS)
"""What a guardrail stops of one customer where the channel makes no difference."""


class Row(Protocol):
    """One customer's values by column; a plain mapping is one."""

    def get(self, name: str, default: Any = None, /) -> Any:
        """Return the value of a column, or the default where there is no such column."""
        ...


class Alone:
    """One customer of columns, the first if no other is named, each value looked up when it is asked for."""

    __slots__ = ("_columns", "_place")

    def __init__(self, columns: Columns, place: int = 0) -> None:
        self._columns, self._place = columns, place

    def get(self, name: str, default: Any = None, /) -> Any:
        """Return the value of a column, or the default where there is no such column."""
        array = self._columns.get(name)
        return default if array is None else array.item(self._place)


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
