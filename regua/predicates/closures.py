"""One row at a time: the tree becomes nested functions, with no text, no interpreter and no NumPy in between."""

import operator
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from regua.errors import SchemaError
from regua.predicates.fields import Field
from regua.predicates.printing import to_sql_text
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

Row: TypeAlias = Mapping[str, Any]
_Answer: TypeAlias = Callable[[Row], bool | None]

_COMPARE: dict[Operator, Callable[[Any, Any], Any]] = {
    Operator.EQUAL: operator.eq,
    Operator.UNEQUAL: operator.ne,
    Operator.LESS: operator.lt,
    Operator.AT_MOST: operator.le,
    Operator.MORE: operator.gt,
    Operator.AT_LEAST: operator.ge,
}


def compile_row(node: Node) -> Callable[[Row], bool | None]:
    """Make a function that answers a condition for one row: true, false, or ``None`` for unknown.

    An absent name, ``None`` and NaN are NULL. Values are as in a profile row: numbers, flags as 0/1 or ``bool``,
    money in whole cents under its ``_cents`` name, text.

    Raises
    ------
    SchemaError
        When called: a value has a type that cannot be compared with the condition's.

    Examples
    --------
    >>> from regua.predicates import Field, FieldKind, parse
    >>> late = compile_row(parse("days_past_due > 5", {"days_past_due": Field("days_past_due", FieldKind.NUMBER)}))
    >>> late({"days_past_due": 6}), late({"days_past_due": 5}), late({})
    (True, False, None)
    """
    answer = _compile(node)

    def answered(row: Row) -> bool | None:
        try:
            return answer(row)
        except TypeError as problem:
            raise SchemaError(
                f"a value cannot be compared: {problem}", expected=f"values that fit {to_sql_text(node)}"
            ) from problem

    return answered


def _compile(node: Node) -> _Answer:
    match node:
        case And(terms):
            return _every([_compile(term) for term in terms])
        case Or(terms):
            return _any([_compile(term) for term in terms])
        case Not(term):
            return _contrary(_compile(term))
        case Constant(value):
            return lambda _: value
        case Truth(field):
            return _against(field.column, Operator.MORE, 0)
        case IsNull(field):
            return _unknown(field.column)
        case Comparison(field, sign, other):
            return _comparison(field, sign, other)
        case Between(field, low, high):
            if isinstance(low, Field) or isinstance(high, Field):
                bounds = [_comparison(field, Operator.AT_LEAST, low), _comparison(field, Operator.AT_MOST, high)]
                return _every(bounds)
            return _between(field.column, low, high)
        case In(field, values):
            return _member(field.column, frozenset(values))


def _every(answers: list[_Answer]) -> _Answer:
    def every(row: Row) -> bool | None:
        known = True
        for answer in answers:
            one = answer(row)
            if one is None:
                known = False
            elif not one:
                return False
        return True if known else None

    return every


def _any(answers: list[_Answer]) -> _Answer:
    def any_of(row: Row) -> bool | None:
        known = True
        for answer in answers:
            one = answer(row)
            if one:
                return True
            if one is None:
                known = False
        return False if known else None

    return any_of


def _contrary(answer: _Answer) -> _Answer:
    def contrary(row: Row) -> bool | None:
        one = answer(row)
        return None if one is None else not one

    return contrary


def _comparison(field: Field, sign: Operator, other: Operand) -> _Answer:
    if isinstance(other, Field):
        return _against_field(field.column, sign, other.column)
    return _against(field.column, sign, other)


def _against(column: str, sign: Operator, bound: Any) -> _Answer:
    compare = _COMPARE[sign]

    def against(row: Row) -> bool | None:
        value = row.get(column)
        # Only NaN differs from itself.
        return None if value is None or value != value else bool(compare(value, bound))

    return against


def _against_field(column: str, sign: Operator, other: str) -> _Answer:
    compare = _COMPARE[sign]

    def against_field(row: Row) -> bool | None:
        left, right = row.get(column), row.get(other)
        if left is None or right is None or left != left or right != right:
            return None
        return bool(compare(left, right))

    return against_field


def _between(column: str, low: Any, high: Any) -> _Answer:
    def between(row: Row) -> bool | None:
        value = row.get(column)
        return None if value is None or value != value else bool(low <= value <= high)

    return between


def _member(column: str, values: frozenset[Any]) -> _Answer:
    def member(row: Row) -> bool | None:
        value = row.get(column)
        return None if value is None or value != value else value in values

    return member


def _unknown(column: str) -> _Answer:
    def unknown(row: Row) -> bool | None:
        value = row.get(column)
        return bool(value is None or value != value)

    return unknown
