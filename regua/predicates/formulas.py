"""A condition as a formula of logic, so that a question about all customers has a proof or a witness for an answer.

Every column becomes a variable and a Boolean that says whether it is NULL; a condition becomes the formula of the rows
it is known to be true of, or known to be false of, with the same three answers as the other evaluators. Numbers are
exact: a ``float`` stands for the very fraction it holds. This module alone, and the proofs, need z3.
"""

import math
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, TypeAlias

import z3

from regua.errors import SchemaError
from regua.predicates.domains import Domain
from regua.predicates.fields import Field, FieldKind
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
    Value,
)

Formula: TypeAlias = Any
"""A Boolean formula of z3, which ships no types."""
Term: TypeAlias = Any

_INFINITY = 10**400
"""Stands for an infinite ``float``: beyond every finite one, whose greatest has 309 digits."""
_TRUE, _FALSE = z3.BoolVal(val=True), z3.BoolVal(val=False)


class Formulas:
    """Conditions over one customer, as formulas that share their variables.

    Parameters
    ----------
    domains
        What each column may hold, by column; one that is missing has the widest domain of its kind.
    words
        Numbers of the texts seen so far; two sets of formulas about the same texts share one.
    suffix
        Sets variables apart from those of another customer, or of the same one at another time.
    apart
        The columns whose variables are set apart; ``None``: all of them.

    Examples
    --------
    >>> from regua.predicates import parse
    >>> formulas = Formulas()
    >>> late = parse("days_past_due > 5", {"days_past_due": Field("days_past_due", FieldKind.NUMBER)})
    >>> solver = z3.Solver()
    >>> solver.add(formulas.known(late), formulas.known(late, wanted=False))
    >>> solver.check()
    unsat
    """

    def __init__(
        self,
        domains: Mapping[str, Domain] | None = None,
        words: dict[str, int] | None = None,
        suffix: str = "",
        apart: frozenset[str] | None = None,
    ) -> None:
        self.domains: dict[str, Domain] = dict(domains or {})
        self.words: dict[str, int] = {} if words is None else words
        self.suffix, self.apart = suffix, apart
        self._values: dict[str, Term] = {}
        self._nulls: dict[str, Formula] = {}
        self._known: dict[tuple[int, bool], tuple[Node, Formula]] = {}
        self._numbers: dict[tuple[float | int, bool], Term] = {}

    def value(self, column: str) -> Term:
        """Return the variable that holds a column's value where it is not NULL."""
        found = self._values.get(column)
        if found is None:
            domain, name = self._domain(column), self._name(column)
            if domain.kind is FieldKind.FLAG:
                found = z3.Bool(name)
            else:
                found = z3.Int(name) if domain.whole or domain.kind is FieldKind.TEXT else z3.Real(name)
            self._values[column] = found
        return found

    def null(self, column: str) -> Formula:
        """Return the Boolean that is true where a column is NULL."""
        found = self._nulls.get(column)
        if found is None:
            nullable = self._domain(column).nullable
            found = self._nulls[column] = z3.Bool(f"{self._name(column)} is NULL") if nullable else _FALSE
        return found

    def known(self, node: Node, *, wanted: bool = True) -> Formula:
        """Return the formula of the customers a condition is known to be true of, or known to be false of."""
        held = self._known.get((id(node), wanted))
        if held is None:
            # The node is kept beside its formula, so that its identity is not given to another.
            held = self._known[id(node), wanted] = (node, self._formula(node, wanted))
        return held[1]

    def unknown(self, node: Node) -> Formula:
        """Return the formula of the customers for whom the answer is unknown."""
        return z3.Not(z3.Or(self.known(node), self.known(node, wanted=False)))

    def within(self, column: str) -> list[Formula]:
        """Return what a column's domain asks of its variable."""
        domain, value = self._domain(column), self.value(column)
        asked = []
        if domain.lowest is not None:
            asked.append(self._against(column, Operator.AT_LEAST, domain.lowest))
        if domain.highest is not None:
            asked.append(self._against(column, Operator.AT_MOST, domain.highest))
        if domain.words:
            asked.append(z3.Or([value == self.word(word) for word in domain.words]))
        return asked

    def constant(self, column: str, value: Value) -> Term:
        """Return a value of a column as a term."""
        if isinstance(value, str):
            return self.word(value)
        if self._domain(column).kind is FieldKind.FLAG:
            return z3.BoolVal(val=value > 0)
        return self._number(value, whole=z3.is_int(self.value(column)))

    def equals(self, column: str, value: Value | None) -> Formula:
        """Return the formula of the customers whose column holds a value; ``None`` and NaN are NULL."""
        if value is None or value != value:
            return self.null(column)
        if self._domain(column).kind is FieldKind.FLAG:
            return z3.And(z3.Not(self.null(column)), self.value(column) == self.constant(column, value))
        return z3.And(z3.Not(self.null(column)), self._against(column, Operator.EQUAL, value))

    def row(self, row: Mapping[str, Any], columns: Iterable[str]) -> list[Formula]:
        """Fix columns to the values of one row; an absent one is NULL."""
        return [self.equals(column, row.get(column)) for column in columns]

    def witness(self, model: Any, columns: Iterable[str]) -> dict[str, float | int | str | None]:
        """Read a row out of a model: the values of some columns, in the form every evaluator takes."""
        names = {code: word for word, code in self.words.items()}
        found: dict[str, float | int | str | None] = {}
        for column in sorted(columns):
            if z3.is_true(model.eval(self.null(column), model_completion=True)):
                found[column] = None
                continue
            held = model.eval(self.value(column), model_completion=True)
            if z3.is_bool(held):
                found[column] = int(z3.is_true(held))
            elif self._domain(column).kind is FieldKind.TEXT:
                found[column] = names.get(held.as_long(), "another")
            else:
                found[column] = _as_float(held) if z3.is_real(held) else held.as_long()
        return found

    def word(self, word: str) -> Term:
        """Return the number that stands for a text."""
        return z3.IntVal(self.words.setdefault(word, len(self.words)))

    def _name(self, column: str) -> str:
        return column + self.suffix if self.apart is None or column in self.apart else column

    def _domain(self, column: str) -> Domain:
        return self.domains.get(column) or Domain(column, FieldKind.NUMBER)

    def _seen(self, field: Field) -> str:
        column = field.column
        if column not in self.domains:
            self.domains[column] = Domain.of(field)
        return column

    def _formula(self, node: Node, wanted: bool) -> Formula:
        match node:
            case And(terms) | Or(terms):
                every = isinstance(node, And) is wanted
                parts = [self.known(term, wanted=wanted) for term in terms]
                return z3.And(parts) if every else z3.Or(parts)
            case Not(term):
                return self.known(term, wanted=not wanted)
            case Constant(value):
                return z3.BoolVal(value is wanted)
            case Truth(field):
                column = self._seen(field)
                truth = self.value(column)
                return z3.And(z3.Not(self.null(column)), truth if wanted else z3.Not(truth))
            case IsNull(field):
                null = self.null(self._seen(field))
                return null if wanted else z3.Not(null)
            case Comparison(field, operator, other):
                return self._compared(field, operator if wanted else operator.opposite, other)
            case Between(field, low, high):
                above = self._compared(field, Operator.AT_LEAST if wanted else Operator.LESS, low)
                below = self._compared(field, Operator.AT_MOST if wanted else Operator.MORE, high)
                return z3.And(above, below) if wanted else z3.Or(above, below)
            case In(field, values):
                column = self._seen(field)
                listed = z3.Or([self._against(column, Operator.EQUAL, value) for value in values])
                return z3.And(z3.Not(self.null(column)), listed if wanted else z3.Not(listed))

    def _compared(self, field: Field, operator: Operator, other: Operand) -> Formula:
        column = self._seen(field)
        present = [z3.Not(self.null(column))]
        if not isinstance(other, Field):
            return z3.And(*present, self._against(column, operator, other))
        second = self._seen(other)
        present.append(z3.Not(self.null(second)))
        return z3.And(*present, _held(operator, self.value(column), self.value(second)))

    def _against(self, column: str, operator: Operator, bound: Value) -> Formula:
        """Compare a variable with a constant; a whole number never equals a fraction, and lies beside it."""
        variable = self.value(column)
        if isinstance(bound, str):
            if self._domain(column).kind is not FieldKind.TEXT:
                raise SchemaError(f"{column} is held against the text {bound!r}", expected="a number")
            return _held(operator, variable, self.word(bound))
        if math.isinf(bound):
            bound = _INFINITY if bound > 0 else -_INFINITY
        if z3.is_int(variable) and bound != int(bound):
            if operator in (Operator.EQUAL, Operator.UNEQUAL):
                return _FALSE if operator is Operator.EQUAL else _TRUE
            if operator in (Operator.LESS, Operator.AT_MOST):
                return variable <= math.floor(bound)
            return variable >= math.ceil(bound)
        return _held(operator, variable, self._number(bound, whole=z3.is_int(variable)))

    def _number(self, value: float | int, *, whole: bool) -> Term:
        found = self._numbers.get((value, whole))
        if found is None:
            exact = Fraction(value)
            found = z3.IntVal(int(exact)) if whole else z3.RealVal(f"{exact.numerator}/{exact.denominator}")
            self._numbers[value, whole] = found
        return found


def _held(operator: Operator, left: Term, right: Term) -> Formula:
    match operator:
        case Operator.EQUAL:
            return left == right
        case Operator.UNEQUAL:
            return left != right
        case Operator.LESS:
            return left < right
        case Operator.AT_MOST:
            return left <= right
        case Operator.MORE:
            return left > right
        case Operator.AT_LEAST:
            return left >= right


def _as_float(number: Term) -> float:
    try:
        return float(Fraction(number.numerator_as_long(), number.denominator_as_long()))
    except OverflowError:
        return math.inf if number.numerator_as_long() > 0 else -math.inf
