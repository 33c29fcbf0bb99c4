"""One customer at a time: what a guardrail reads when it is asked why, and until when."""

from typing import Any, Protocol

NAN = float("nan")


class Row(Protocol):
    """One customer's values by column; a plain mapping is one."""

    def get(self, name: str, default: Any = None, /) -> Any:
        """Return the value of a column, or the default where there is no such column."""
        ...


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
