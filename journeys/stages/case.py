"""The customers under decision: what is known of them, and what the stages so far have found."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from journeys.book import Book
from journeys.language import position
from journeys.language.conditions import Condition
from journeys.language.fields import SCORES
from regua.clock import local_date
from regua.columns import Array, Columns, Flags, Numbers
from regua.predicates import evaluate

FEW = 4
"""Up to here conditions are asked row by row: NumPy costs more to start than a few rows cost to read."""

Rows = NDArray[np.intp]

NUMBERS: tuple[str, ...] = (
    "has_profile",
    "customer_balance_overdue_cents",
    "contracts_in_arrears",
    "invoice_amount_mean_6m_cents",
    "days_past_due",
    "days_to_promise",
    "attempts_7d",
    *SCORES,
    *position.NUMBERS,
)
"""What the stages themselves read; all NULL where a caller lacks it."""


class RowAt(dict[str, Any]):
    """One row of columns, looked up when a condition asks: it reads a few of two hundred."""

    __slots__ = ("_columns", "_row")

    def __init__(self, columns: Columns, row: int) -> None:
        self._columns, self._row = columns, row

    def get(self, name: str, default: Any = None) -> Any:
        """Return the row's value of a column."""
        array = self._columns.get(name)
        return default if array is None else array.item(self._row)


class Case:
    """One call of the kernel. Stages read it and return the columns they add; nothing outlives the call.

    Parameters
    ----------
    columns
        Profile, scores and position, ``(n,)`` each; an absent column is all NULL.
    book
        Journeys, segments, policies and economy.
    moment
        The instant of the decision.
    """

    __slots__ = ("_cache", "_span", "book", "columns", "few", "moment", "n", "tables", "today")

    def __init__(self, columns: Columns, book: Book, moment: datetime) -> None:
        self.book, self.moment, self.n = book, moment, len(next(iter(columns.values()), ()))
        self._span = np.arange(self.n)
        unknown = np.full(self.n, np.nan)
        self.columns: dict[str, Array] = {name: unknown for name in NUMBERS if name not in columns}
        self.columns.update(columns)
        self.tables: dict[str, Array] = {}
        self.today: date = local_date(moment, book.policies.zone)
        self._cache: dict[Any, Any] = {}
        self.few: list[RowAt] | None = None
        """Each customer's row where they are few, to be asked one by one."""
        if self.n <= FEW:
            self.few = [RowAt(self.columns, row) for row in range(self.n)]

    def add(self, found: Mapping[str, Array]) -> None:
        """Keep what a stage found; a later stage sees it under its name.

        What has one entry a customer goes to ``columns``; what has one row a candidate or channel, ``(m, n)``, goes to
        ``tables``.
        """
        if not self.columns.keys().isdisjoint(found):
            self._cache = {}  # what was asked of a column that changes is asked again
        for name, array in found.items():
            if array.ndim == 1:
                self.columns[name] = array
            else:
                self.tables[name] = array

    def pick(self, table: Array, which: NDArray[np.signedinteger[Any]]) -> Array:
        """Take from each customer's column of an ``(m, n)`` table the entry, or entries, of the given rows.

        ``which`` is ``(n,)`` or ``(k, n)``; -1 is the last row.
        """
        if self.n == 1:
            alone: Array = table[which, 0]
            return alone
        rows = np.where(which < 0, np.intp(len(table) - 1), which) * self.n + self._span
        return np.ascontiguousarray(table).reshape(-1).take(rows)

    def journeys_among(self, inside: NDArray[np.intp]) -> list[int]:
        """List the journeys that somebody is inside, ``(n,)`` indices with -1 for none."""
        return [index for index, count in enumerate(np.bincount(inside + 1)[1:].tolist()) if count]

    def number(self, name: str) -> Numbers:
        """Return a number column, all NULL where it is absent."""
        array = self.columns.get(name)
        return np.full(self.n, np.nan) if array is None else array

    def where(self, condition: Condition, rows: Rows | None = None) -> Flags:
        """Say where a condition is known to be true, for all customers or for some rows of them."""
        if self.few is not None:
            asked = self.few if rows is None else [self.few[row] for row in rows]
            return np.array([condition.row(row) is True for row in asked], np.bool_)
        if rows is None:
            return evaluate(condition.node, self.columns, self._cache)
        if 2 * len(rows) > self.n:
            # Whole columns share what other conditions have asked; picking rows of each costs more than the rest saves.
            return evaluate(condition.node, self.columns, self._cache)[rows]
        some: dict[str, Array] = {"": rows}
        some.update({name: self.columns[name][rows] for name in condition.columns if name in self.columns})
        return evaluate(condition.node, some)
