"""Many rows at a time: the tree is walked once over NumPy columns.

Each term answers two questions, "where is it known to be true" and "where is it known to be false"; NULL is where
neither holds. Every IEEE comparison with NaN is false, so an ordered comparison answers either question with one
pass over the column, and a negation costs nothing: it exchanges the questions.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from regua.columns import Array, Columns, Flags
from regua.predicates.few import FEW_ROWS, answers, masks
from regua.predicates.fields import Field, FieldKind
from regua.predicates.texts import TextCache, same_text, text_in, text_known
from regua.predicates.tree import (
    And,
    Between,
    Comparison,
    Constant,
    In,
    IsNull,
    Node,
    Not,
    Operand,
    Operator,
    Or,
    Truth,
)

_SHORT_LIST = 6
"""Up to here one comparison per value is faster than a search."""

_COMPARE: dict[Operator, Any] = {
    Operator.EQUAL: np.equal,
    Operator.LESS: np.less,
    Operator.AT_MOST: np.less_equal,
    Operator.MORE: np.greater,
    Operator.AT_LEAST: np.greater_equal,
}

Cache: TypeAlias = dict[Any, Any]


def evaluate(node: Node, columns: Columns, cache: Cache | None = None) -> Flags:
    """Return where a condition is known to be true; unknown counts as not true.

    Parameters
    ----------
    node
        The condition.
    columns
        ``(n,)`` arrays by column name; an absent column is all NULL.
    cache
        Any dict kept for the life of one batch: text columns are then encoded once, not once per condition.

    Returns
    -------
    ``(n,)`` of ``bool``, new at each call.

    Examples
    --------
    >>> from regua.predicates import parse
    >>> fields = {"days_past_due": Field("days_past_due", FieldKind.NUMBER)}
    >>> evaluate(parse("days_past_due <= 30", fields), {"days_past_due": np.array([3, 31, np.nan])})
    array([ True, False, False])
    """
    rows = _height(columns)
    if rows <= FEW_ROWS:
        return masks(answers(node, columns, rows))[0]
    return _Batch(columns, rows, cache).known(node, wanted=True)


def evaluate3(node: Node, columns: Columns, cache: Cache | None = None) -> tuple[Flags, Flags]:
    """Return where a condition is known to be true and where it is known to be false; neither is NULL.

    Parameters and errors as in :func:`evaluate`.
    """
    rows = _height(columns)
    if rows <= FEW_ROWS:
        return masks(answers(node, columns, rows))
    batch = _Batch(columns, rows, cache)
    return batch.known(node, wanted=True), batch.known(node, wanted=False)


def _height(columns: Columns) -> int:
    """Count the rows by the first column; that all are of one length is the reader's check, not the kernel's."""
    return len(next(iter(columns.values()), ()))


class _Batch:
    __slots__ = ("columns", "rows", "texts")

    def __init__(self, columns: Columns, rows: int, cache: Cache | None) -> None:
        self.columns, self.rows = columns, rows
        self.texts: TextCache = {} if cache is None else cache

    def known(self, node: Node, *, wanted: bool) -> Flags:
        """Return where the answer is known to be the wanted one, in a mask the caller may write to."""
        match node:
            case And(terms):
                return self._joined(terms, wanted, every=wanted)
            case Or(terms):
                return self._joined(terms, wanted, every=not wanted)
            case Not(term):
                return self.known(term, wanted=not wanted)
            case Comparison(field, operator, other):
                return self._compared(field, operator if wanted else operator.opposite, other)
            case Truth(field):
                return self._compared(field, Operator.MORE if wanted else Operator.AT_MOST, 0)
            case Between(field, low, high):
                above = self._compared(field, Operator.AT_LEAST if wanted else Operator.LESS, low)
                below = self._compared(field, Operator.AT_MOST if wanted else Operator.MORE, high)
                join = np.logical_and if wanted else np.logical_or
                return np.asarray(join(above, below, above))
            case In(field, values):
                return self._listed(field, values, wanted)
            case IsNull(field):
                known = self._present(field)
                return np.logical_not(known, known) if wanted else known
            case Constant(value):
                return np.full(self.rows, value is wanted)

    def _joined(self, terms: tuple[Node, ...], wanted: bool, *, every: bool) -> Flags:
        result = self.known(terms[0], wanted=wanted)
        for term in terms[1:]:
            # What is decided for everybody is asked no further: habits, say, where a score is known of all.
            if not result.any() if every else result.all():
                break
            one = self.known(term, wanted=wanted)
            if every:
                np.logical_and(result, one, result)
            else:
                np.logical_or(result, one, result)
        return result

    def _compared(self, field: Field, operator: Operator, other: Operand) -> Flags:
        left = self.columns.get(field.column)
        if left is None:
            return np.zeros(self.rows, np.bool_)
        if field.kind is FieldKind.TEXT:
            return self._compared_text(field.column, left, operator, other)
        left = _numeric(left)
        right: Any = other
        if isinstance(other, Field):
            right = self.columns.get(other.column)
            if right is None:
                return np.zeros(self.rows, np.bool_)
            right = _numeric(right)
        if operator is not Operator.UNEQUAL:
            return np.asarray(_COMPARE[operator](left, right))
        # NaN <> 5 is true to IEEE and unknown to SQL.
        unequal = np.less(left, right)
        return np.asarray(np.logical_or(unequal, np.greater(left, right), unequal))

    def _compared_text(self, column: str, left: Array, operator: Operator, other: Operand) -> Flags:
        wanted = operator is Operator.EQUAL
        if not isinstance(other, Field):
            return text_in(column, left, (str(other),), self.texts, wanted=wanted)
        right = self.columns.get(other.column)
        if right is None:
            return np.zeros(self.rows, np.bool_)
        return same_text((column, left), (other.column, right), self.texts, wanted=wanted)

    def _listed(self, field: Field, values: tuple[Any, ...], wanted: bool) -> Flags:
        array = self.columns.get(field.column)
        if array is None:
            return np.zeros(self.rows, np.bool_)
        if field.kind is FieldKind.TEXT:
            return text_in(field.column, array, values, self.texts, wanted=wanted)
        array = _numeric(array)
        if len(values) > _SHORT_LIST:
            found: Flags = np.isin(array, np.array(values, np.float64))
        else:
            found = np.equal(array, values[0])
            for value in values[1:]:
                np.logical_or(found, np.equal(array, value), found)
        return found if wanted else np.logical_and(np.logical_not(found, found), _is_number(array), found)

    def _present(self, field: Field) -> Flags:
        array = self.columns.get(field.column)
        if array is None:
            return np.zeros(self.rows, np.bool_)
        if field.kind is FieldKind.TEXT:
            return text_known(field.column, array, self.texts)
        return _is_number(_numeric(array))


def _numeric(array: Array) -> NDArray[Any]:
    return np.asarray(array, np.float64) if array.dtype.kind == "O" else array


def _is_number(array: Array) -> Flags:
    return np.asarray(np.equal(array, array))
