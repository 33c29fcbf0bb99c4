"""The customers under decision: what is known of them, and what the stages so far have found."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from journeys.book import Book
from journeys.book.reasons import BIT
from journeys.language import position
from journeys.language.conditions import Condition
from journeys.language.fields import SCORES
from journeys.language.numbering import Numbering
from regua.clock import local_date
from regua.columns import Array, Columns, Flags, Numbers
from regua.predicates import evaluate
from regua.predicates.texts import SMALL_BATCH_ROWS, Encoded, encode

_WORTH_PICKING = 4
"""Fewer than one row in so many are picked from each column that a condition reads."""

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


class Part(dict[str, Array]):
    """Some rows of columns, each column picked when it is asked for: a rule reads a few of two hundred."""

    __slots__ = ("_columns", "_rows")

    def __init__(self, columns: Columns, rows: Rows, own: Mapping[str, Array]) -> None:
        super().__init__(own)
        self._columns, self._rows = columns, rows

    def __missing__(self, name: str) -> Array:
        array = self[name] = self._columns[name][self._rows]
        return array

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self._columns

    def get(self, name: str, default: Any = None) -> Any:
        """Return a column of these rows."""
        array = _held(self, name)
        if array is not None:
            return array
        return self[name] if name in self._columns else default


_held = dict[str, Array].get


class Some:
    """Some of the customers, asked one condition after another: each column is picked once."""

    __slots__ = ("_cache", "_case", "_picked", "rows")

    def __init__(self, case: "Case", rows: Rows) -> None:
        self._case, self.rows = case, rows
        self._picked: dict[str, Array] = {"": rows}
        self._cache: dict[Any, Any] = {}

    def where(self, condition: Condition) -> Flags:
        """Say where a condition is known to be true, ``(rows,)``."""
        case, rows = self._case, self.rows
        if len(rows) * _WORTH_PICKING > case.n:
            # Picking most rows of each column costs more than it saves.
            return case.where(condition)[rows]
        for name in condition.columns - self._picked.keys():
            column = case.columns.get(name)
            if column is None:
                continue
            self._picked[name] = column[rows]
            if column.dtype.kind == "O" and len(rows) >= SMALL_BATCH_ROWS:
                whole = case.encoded(name)
                self._cache["text", name] = Encoded(self._picked[name], whole.codes[rows], whole.positions)
        return evaluate(condition.node, self._picked, self._cache)


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

    __slots__ = ("_cache", "book", "columns", "due", "moment", "n", "reasons", "tables", "today", "unknown")

    def __init__(self, columns: Columns, book: Book, moment: datetime) -> None:
        self.book, self.moment, self.n = book, moment, len(next(iter(columns.values()), ()))
        unknown = self.unknown = np.full(self.n, np.nan)
        self.columns: dict[str, Array] = {name: unknown for name in NUMBERS if name not in columns}
        self.columns.update(columns)
        self.due: Rows = np.zeros(0, np.intp)
        """The rows of customers with a contact due."""
        self.tables: dict[str, Any] = {}
        """What is found for the customers with a contact due: one entry, or one column, each."""
        self.reasons: NDArray[np.int64] = np.zeros(self.n, np.int64)
        self.today: date = local_date(moment, book.policies.zone)
        self._cache: dict[Any, Any] = {}

    def add(self, found: Mapping[str, Array]) -> None:
        """Keep what a stage found; a later stage sees it under its name.

        Each has one entry a customer; what concerns due contacts alone goes to ``tables``.
        """
        self.columns.update(found)

    def tell(self, code: str, where: Flags | Rows) -> None:
        """Note a reason for some customers."""
        self.reasons[where] |= BIT[code]

    def part(self, own: Mapping[str, Array]) -> Columns:
        """Return the columns of the customers with a contact due, and beside them their own."""
        if len(self.due) < self.n:
            return Part(self.columns, self.due, own)
        return {**self.columns, **own} if own else self.columns

    def pick(self, table: Array, which: NDArray[np.signedinteger[Any]]) -> Array:
        """Take from each customer's column of an ``(m, due)`` table the entry, or entries, of the given rows.

        ``which`` is ``(due,)`` or ``(k, due)``; -1 is the last row.
        """
        width = table.shape[1]
        # Laid flat, row -1 lies before the end, where a negative place finds it.
        places = which * np.intp(width) + np.arange(width)
        picked: Array = np.ascontiguousarray(table).reshape(-1).take(places)
        return picked

    def journeys_among(self, inside: NDArray[np.intp]) -> list[int]:
        """List the journeys that somebody is inside, ``(n,)`` indices with -1 for none."""
        return [index for index, count in enumerate(np.bincount(inside + 1)[1:].tolist()) if count]

    def number(self, name: str) -> Numbers:
        """Return a number column, all NULL where it is absent; nobody writes to either."""
        return self.columns.get(name, self.unknown)

    def scored(self, name: str) -> Numbers | None:
        """Return a score, or nothing where no model has spoken of anybody."""
        array = self.columns.get(name)
        return None if array is None or array is self.unknown else array

    def text(self, name: str) -> NDArray[np.object_]:
        """Return a text column, all NULL where it is absent; what is absent shares one array, never written to."""
        array = self.columns.get(name)
        if array is None:
            array = self._cache.get("nothing")
            if array is None:
                array = self._cache["nothing"] = np.full(self.n, None, dtype=object)
                array.flags.writeable = False
        return array

    def where_as(self, condition: Condition, rows: Rows, instead: Mapping[str, Array]) -> Flags:
        """Say where a condition is known to be true of some rows, were their columns as given, ``(rows,)`` each."""
        read = {name: self.columns[name][rows] for name in condition.columns if name in self.columns}
        return evaluate(condition.node, {"": rows, **read, **instead})

    def where(self, condition: Condition, rows: Rows | None = None) -> Flags:
        """Say where a condition is known to be true, for all customers or for some rows of them."""
        return self.some(rows).where(condition) if rows is not None else self._everywhere(condition)

    def those(self, condition: Condition, among: Flags) -> Rows:
        """List the rows, among some, of whom a condition is known to be true."""
        rows: Rows = among.nonzero()[0]
        if len(rows) * _WORTH_PICKING > self.n:
            return (self._everywhere(condition) & among).nonzero()[0]
        return rows[self.where(condition, rows)] if len(rows) else rows

    def some(self, rows: Rows) -> "Some":
        """Return some customers, to be asked several conditions."""
        return Some(self, rows)

    def _everywhere(self, condition: Condition) -> Flags:
        return evaluate(condition.node, self.columns, self._cache)

    def encoded(self, name: str) -> Encoded:
        """Return a text column as codes into its distinct values, found once for all that ask."""
        return encode(name, self.columns[name], self._cache)

    def codes(self, name: str, known: Numbering) -> Rows:
        """Return the position of each customer's text among the names known; -1 for none of them."""
        array = self.columns.get(name)
        if array is None:
            return np.full(self.n, -1, np.intp)
        if self.n < SMALL_BATCH_ROWS:
            return known.codes(array)
        texts = self.encoded(name)
        # The last entry answers for NULL, whose code is -1.
        places = np.full(max(texts.positions.values(), default=-1) + 2, -1, np.intp)
        for text, code in texts.positions.items():
            places[code] = known[text]
        return places.take(texts.codes)

    def grade(self, name: str, labels: NDArray[np.object_], codes: NDArray[np.signedinteger[Any]]) -> None:
        """Add a text column by its codes; the last label is NULL."""
        array = self.columns[name] = labels.take(codes)
        if self.n >= SMALL_BATCH_ROWS:
            null = len(labels) - 1
            positions = {label: code for code, label in enumerate(labels[:-1].tolist())}
            self._cache["text", name] = Encoded(array, np.where(codes == null, -1, codes).astype(np.int8), positions)
