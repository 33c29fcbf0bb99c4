"""From SQL text to the typed tree: sqlglot parses what the gate let through, and only known shapes are taken."""

from dataclasses import dataclass
from typing import cast

from sqlglot import Dialect, exp
from sqlglot.errors import ParseError

from regua.errors import Place, PredicateError
from regua.predicates.fields import Field, FieldKind, Fields
from regua.predicates.limits import DEFAULT_LIMITS, Limits
from regua.predicates.literals import read_text, read_value
from regua.predicates.printing import to_sql_text
from regua.predicates.source import Source
from regua.predicates.tokens import SUBSET, tokens
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
    depth,
)

__all__ = ["parse", "to_sql_text"]

_OPERATORS: dict[type[exp.Expr], Operator] = {
    exp.EQ: Operator.EQUAL,
    exp.NEQ: Operator.UNEQUAL,
    exp.LT: Operator.LESS,
    exp.LTE: Operator.AT_MOST,
    exp.GT: Operator.MORE,
    exp.GTE: Operator.AT_LEAST,
}
_EQUALITY = (Operator.EQUAL, Operator.UNEQUAL)


def parse(text: str, fields: Fields, *, place: Place | None = None, limits: Limits = DEFAULT_LIMITS) -> Node:
    """Read a condition as strategists write it, or say exactly what is wrong and where.

    Parameters
    ----------
    text
        A boolean expression in the subset of SQL: and, or, not, comparisons, BETWEEN, IN, IS NULL, a field against a
        field, a bare flag, TRUE and FALSE.
    fields
        The names that may occur, by name.
    place
        Where the text begins, so that an error can name the file's own line and column.
    limits
        How large the condition may be.

    Returns
    -------
    The tree. Money is in whole cents, numbers are ``float``, a comparison has its field on the left.

    Raises
    ------
    PredicateError
        Anything outside the subset, an unknown field, a value that does not fit its field, or a limit passed; with
        line, column and the culprit underlined.

    Examples
    --------
    >>> from regua.predicates import Field, FieldKind
    >>> fields = {"balance_overdue": Field("balance_overdue", FieldKind.MONEY)}
    >>> parse("20.00 <= balance_overdue", fields).other
    2000
    >>> parse("balance_overdu > 0", fields)
    Traceback (most recent call last):
    ...
    regua.errors.PredicateError: 1:1: unknown field balance_overdu: did you mean balance_overdue?
        balance_overdu > 0
        ^^^^^^^^^^^^^^
      expected: a field of the profile or a score
    """
    source = Source(text, place)
    kept = tokens(source, fields, limits)
    try:
        parsed = Dialect.get_or_raise("").parser().parse_into(exp.Condition, kept, text)[0]
    except ParseError as problem:
        raise _unreadable(source, problem) from problem
    tree = _Reader(source, fields, limits).condition(cast(exp.Expr, parsed))
    if depth(tree) > limits.depth:
        raise source.error(
            0, len(text), f"the condition is {depth(tree)} levels deep", expected=f"at most {limits.depth} levels"
        )
    return tree


def _unreadable(source: Source, problem: ParseError) -> PredicateError:
    first = problem.errors[0]
    lines = source.text.split("\n")
    width = len(first["highlight"])
    line, last_column = first["line"], first["col"]
    start = sum(len(one) + 1 for one in lines[: line - 1]) + max(last_column - width, 0)
    ends_there = not source.text[start + width :].strip()
    return source.error(
        start,
        start + width,
        f"the condition {'breaks off after' if ends_there else 'cannot be read at'} {first['highlight']!r}",
        expected="terms joined by AND or OR, such as: days_past_due BETWEEN 1 AND 15 AND NOT has_open_dispute",
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    source: Source
    fields: Fields
    limits: Limits

    def condition(self, node: exp.Expr) -> Node:
        if isinstance(node, exp.Paren):
            return self.condition(node.this)
        if isinstance(node, exp.And | exp.Or):
            kind: type[And] | type[Or] = And if isinstance(node, exp.And) else Or
            return kind(tuple(self.condition(term) for term in _chain(node)))
        if isinstance(node, exp.Not):
            return Not(self.condition(node.this))
        if isinstance(node, exp.Boolean):
            return Constant(bool(node.this))
        return self.term(node)

    def term(self, node: exp.Expr) -> Node:
        if isinstance(node, exp.Column):
            return self.flag(node)
        if type(node) in _OPERATORS:
            return self.comparison(node)
        if isinstance(node, exp.Between):
            field = self.ordered(node.this, node)
            return Between(field, self.operand(node.args["low"], field), self.operand(node.args["high"], field))
        if isinstance(node, exp.In):
            return self.membership(node)
        if isinstance(node, exp.Is):
            return self.known(node)
        raise self.error(node, "this is not a condition", expected="a comparison, a flag or a question such as IS NULL")

    def flag(self, node: exp.Expr) -> Node:
        field = self.field(node, node)
        if field.kind is not FieldKind.FLAG:
            raise self.error(
                node,
                f"{field.name} is {field.kind.phrase}, not a flag",
                expected=f"a comparison, such as {_example(field)}",
            )
        return Truth(field)

    def comparison(self, node: exp.Expr) -> Node:
        operator = _OPERATORS[type(node)]
        left, right = _bare(node.this), _bare(node.args["expression"])
        if not isinstance(left, exp.Column):
            left, right, operator = right, left, operator.flipped
        field = self.field(left, node)
        if operator not in _EQUALITY:
            field = self.ordered(left, node)
        if isinstance(right, exp.Boolean) and field.kind is FieldKind.FLAG:
            truth = Truth(field)
            return truth if bool(right.this) is (operator is Operator.EQUAL) else Not(truth)
        return Comparison(field, operator, self.operand(right, field))

    def membership(self, node: exp.In) -> Node:
        field = self.field(node.this, node)
        listed = node.expressions
        if not listed or field.kind is FieldKind.FLAG:
            found = f"{field.name} is a flag and is not in a list" if listed else "IN needs a list of values"
            raise self.error(node, found, expected="such as: region IN ('SP', 'RJ')")
        if len(listed) > self.limits.list_values:
            raise self.error(
                node,
                f"the list has {len(listed):,} values",
                expected=f"at most {self.limits.list_values} values",
                remedy="make a feature of it, or use BETWEEN",
            )
        values = [self.operand(_bare(value), field) for value in listed]
        for value, written in zip(values, listed, strict=True):
            if isinstance(value, Field):
                raise self.error(
                    written, f"{value.name} is a field; IN takes values", expected="comparisons joined by OR"
                )
        return In(field, tuple(dict.fromkeys(value for value in values if not isinstance(value, Field))))

    def known(self, node: exp.Is) -> Node:
        field = self.field(node.this, node)
        asked = node.args["expression"]
        if isinstance(asked, exp.Null):
            return IsNull(field)
        if isinstance(asked, exp.Boolean) and field.kind is FieldKind.FLAG:
            truth: Node = Truth(field) if asked.this else Not(Truth(field))
            return And((truth, Not(IsNull(field))))
        raise self.error(node, "IS asks whether a field is known", expected="IS NULL, IS NOT NULL, or a flag IS TRUE")

    def operand(self, node: exp.Expr, field: Field) -> Operand:
        node = _bare(node)
        if isinstance(node, exp.Column):
            other = self.field(node, node)
            if other.kind is not field.kind:
                raise self.error(
                    node,
                    f"{other.name} is {other.kind.phrase} and {field.name} is {field.kind.phrase}",
                    expected=f"two fields of one kind, or {_example(field)}",
                )
            return other
        start, end = self.span(node)
        negative = isinstance(node, exp.Neg)
        literal = node.this if negative else node
        if not isinstance(literal, exp.Literal):
            raise self.error(node, "this is not a value", expected=f"a value or a field, such as {_example(field)}")
        written = str(literal.this)
        if literal.is_string:
            return read_text(self.source, start, end, written, field)
        return read_value(self.source, start, end, f"-{written}" if negative else written, field)

    def ordered(self, node: exp.Expr, whole: exp.Expr) -> Field:
        field = self.field(node, whole)
        if field.kind in (FieldKind.TEXT, FieldKind.FLAG):
            raise self.error(
                whole, f"{field.name} is {field.kind.phrase} and has no order", expected=f"such as {_example(field)}"
            )
        return field

    def field(self, node: exp.Expr, whole: exp.Expr) -> Field:
        node = _bare(node)
        if not isinstance(node, exp.Column) or node.args.get("table") is not None or node.name not in self.fields:
            # The parser takes a keyword out of place, such as IN, for a name.
            raise self.error(whole, "a field is needed here", expected="such as: days_past_due <= 30")
        return self.fields[node.name]

    def span(self, node: exp.Expr) -> tuple[int, int]:
        marks = [part.meta for part in node.walk() if "start" in part.meta]
        if not marks:
            return 0, len(self.source.text)
        return min(mark["start"] for mark in marks), max(mark["end"] for mark in marks) + 1

    def error(self, node: exp.Expr, found: str, *, expected: str = SUBSET, remedy: str | None = None) -> PredicateError:
        start, end = self.span(node)
        return self.source.error(start, end, found, expected=expected, remedy=remedy)


def _chain(node: exp.And | exp.Or) -> list[exp.Expr]:
    """Unfold a run of one connective without recursion: sqlglot leans it to the left, as deep as it is long."""
    kind, terms = type(node), []
    left: exp.Expr = node
    while isinstance(left, kind):
        terms.append(left.args["expression"])
        left = left.this
    return [left, *reversed(terms)]


def _bare(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def _example(field: Field) -> str:
    match field.kind:
        case FieldKind.NUMBER:
            return f"{field.name} >= 5"
        case FieldKind.MONEY:
            return f"{field.name} >= 20.00"
        case FieldKind.FLAG:
            return f"{field.name} or NOT {field.name}"
        case FieldKind.TEXT:
            return f"{field.name} = '{field.values[0] if field.values else '…'}'"
