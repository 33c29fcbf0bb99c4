"""What a condition certainly asks of each single column: enough to tell most entries apart without a solver.

A span is wider than the truth, never narrower: two conditions whose spans do not meet hold of no customer together;
where they meet, only the solver knows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf
from typing import TypeAlias

from regua.predicates import And, Between, Comparison, Constant, Field, In, IsNull, Node, Not, Operator, Or, Truth


@dataclass(frozen=True, slots=True)
class Span:
    """The values of one column: from ``low`` to ``high``, or one of ``words``; and whether it may be NULL."""

    low: float = -inf
    high: float = inf
    words: frozenset[str] | None = None
    null: bool = False
    known: bool = True

    def meet(self, other: "Span") -> "Span":
        """Return what lies in both."""
        words = self.words if other.words is None else other.words if self.words is None else self.words & other.words
        low, high = max(self.low, other.low), min(self.high, other.high)
        empty = low > high or (words is not None and not words)
        return Span(low, high, words, self.null and other.null, self.known and other.known and not empty)

    def join(self, other: "Span") -> "Span":
        """Return a span around both."""
        if not self.known or not other.known:
            one = self if self.known else other
            return Span(one.low, one.high, one.words, self.null or other.null, one.known)
        words = None if self.words is None or other.words is None else self.words | other.words
        return Span(min(self.low, other.low), max(self.high, other.high), words, self.null or other.null)

    def misses(self, other: "Span") -> bool:
        """Say whether nothing lies in both."""
        if self.null and other.null:
            return False
        if not (self.known and other.known) or self.low > other.high or other.low > self.high:
            return True
        return self.words is not None and other.words is not None and self.words.isdisjoint(other.words)

    @property
    def is_empty(self) -> bool:
        """Whether no value is left, not even NULL."""
        return not (self.null or self.known)


Spans: TypeAlias = Mapping[str, Span]
"""By column; a column that is absent may be anything. ``None`` in its place: no customer at all."""

_NULL = Span(null=True, known=False)
_VALUE = Span()


def spans(node: Node, *, wanted: bool = True) -> Spans | None:
    """Return what a condition asks of each column where it is known to be true (or, not ``wanted``, to be false).

    Examples
    --------
    >>> from regua.predicates import FieldKind, parse
    >>> days = {"days_past_due": Field("days_past_due", FieldKind.NUMBER)}
    >>> span = spans(parse("days_past_due BETWEEN 1 AND 15", days))["days_past_due"]
    >>> span.low, span.high, span.null
    (1.0, 15.0, False)
    """
    match node:
        case Not(term):
            return spans(term, wanted=not wanted)
        case Constant(value):
            return {} if value is wanted else None
        case And(terms) | Or(terms):
            parts = [spans(term, wanted=wanted) for term in terms]
            return meeting(parts) if isinstance(node, And) is wanted else _around(parts)
        case IsNull(field):
            return {field.column: _NULL if wanted else _VALUE}
        case Truth(field):
            return {field.column: Span(1, 1) if wanted else Span(0, 0)}
        case In(field, values):
            return {field.column: _listed(values) if wanted else _VALUE}
        case Comparison(field, operator, other):
            return _compared(field, operator if wanted else operator.opposite, other)
        case Between(field, low, high):
            if isinstance(low, Field) or isinstance(high, Field) or not wanted:
                return {field.column: _VALUE}
            return {field.column: Span(float(low), float(high))}


def meeting(parts: Iterable[Spans | None]) -> Spans | None:
    """Return what several conditions ask together; ``None`` where no customer can meet them all."""
    together: dict[str, Span] = {}
    for part in parts:
        if part is None:
            return None
        for column, span in part.items():
            held = together.get(column)
            together[column] = span if held is None else held.meet(span)
            if together[column].is_empty:
                return None
    return together


def apart(one: Spans | None, other: Spans | None) -> bool:
    """Say whether no customer can meet both."""
    if one is None or other is None:
        return True
    few, many = (one, other) if len(one) < len(other) else (other, one)
    return any(column in many and span.misses(many[column]) for column, span in few.items())


def _around(parts: list[Spans | None]) -> Spans | None:
    possible = [part for part in parts if part is not None]
    if not possible:
        return None
    shared = frozenset(possible[0]).intersection(*possible[1:])
    around: dict[str, Span] = {}
    for column in shared:
        span = possible[0][column]
        for part in possible[1:]:
            span = span.join(part[column])
        around[column] = span
    return around


def _listed(values: tuple[float | int | str, ...]) -> Span:
    words = frozenset(value for value in values if isinstance(value, str))
    if words:
        return Span(words=words)
    numbers = [float(value) for value in values]
    return Span(min(numbers), max(numbers))


def _compared(field: Field, operator: Operator, other: object) -> Spans:
    if isinstance(other, Field):
        return {field.column: _VALUE, other.column: _VALUE}
    if isinstance(other, str):
        return {field.column: Span(words=frozenset({other})) if operator is Operator.EQUAL else _VALUE}
    bound = float(other)  # type: ignore[arg-type]
    match operator:
        case Operator.EQUAL:
            return {field.column: Span(bound, bound)}
        case Operator.LESS | Operator.AT_MOST:
            return {field.column: Span(high=bound)}
        case Operator.MORE | Operator.AT_LEAST:
            return {field.column: Span(low=bound)}
        case _:
            return {field.column: _VALUE}
