"""The typed tree of a condition: frozen nodes that every evaluator walks, so that none ever sees the text."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias, TypeVar

from regua.predicates.fields import Field

Value: TypeAlias = int | float | str
"""A number (``float``), money (whole cents, ``int``) or a text."""
Operand: TypeAlias = Value | Field


class Operator(StrEnum):
    """How two values compare."""

    EQUAL = "="
    UNEQUAL = "<>"
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="

    @property
    def flipped(self) -> "Operator":
        """The operator that says the same with the two sides exchanged."""
        return _FLIPPED.get(self, self)

    @property
    def opposite(self) -> "Operator":
        """The operator that is true exactly where this one is false; both are unknown for NULL."""
        return _OPPOSITE[self]


_FLIPPED = {
    Operator.LESS: Operator.MORE,
    Operator.MORE: Operator.LESS,
    Operator.AT_MOST: Operator.AT_LEAST,
    Operator.AT_LEAST: Operator.AT_MOST,
}
_OPPOSITE = {
    Operator.EQUAL: Operator.UNEQUAL,
    Operator.UNEQUAL: Operator.EQUAL,
    Operator.LESS: Operator.AT_LEAST,
    Operator.AT_LEAST: Operator.LESS,
    Operator.MORE: Operator.AT_MOST,
    Operator.AT_MOST: Operator.MORE,
}


@dataclass(frozen=True, slots=True)
class Constant:
    """Always true, or always false."""

    value: bool


@dataclass(frozen=True, slots=True)
class Truth:
    """A flag that is known to be set."""

    field: Field


@dataclass(frozen=True, slots=True)
class IsNull:
    """Nothing is known of the field; the one question that is never answered with "unknown"."""

    field: Field


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field against a value or against another field of its kind."""

    field: Field
    operator: Operator
    other: Operand


@dataclass(frozen=True, slots=True)
class Between:
    """A field between two bounds, both included."""

    field: Field
    low: Operand
    high: Operand


@dataclass(frozen=True, slots=True)
class In:
    """A field that equals one of a list of values."""

    field: Field
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary; unknown stays unknown."""

    term: "Node"


@dataclass(frozen=True, slots=True)
class And:
    """All of two or more terms; an ``And`` directly inside is merged, so equal meaning has one shape."""

    terms: tuple["Node", ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", _merged(And, self.terms))


@dataclass(frozen=True, slots=True)
class Or:
    """Any of two or more terms; an ``Or`` directly inside is merged, so equal meaning has one shape."""

    terms: tuple["Node", ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", _merged(Or, self.terms))


Node: TypeAlias = Constant | Truth | IsNull | Comparison | Between | In | Not | And | Or
_Many = TypeVar("_Many", And, Or)


@dataclass(frozen=True, slots=True)
class Predicate:
    """A condition as it was written and as it was understood."""

    text: str
    tree: Node


def leaves(node: Node) -> Iterator[Node]:
    """Visit the terms that hold no further term, from left to right."""
    if isinstance(node, And | Or):
        for term in node.terms:
            yield from leaves(term)
    elif isinstance(node, Not):
        yield from leaves(node.term)
    else:
        yield node


def depth(node: Node) -> int:
    """Count the levels of a tree; a single comparison has one."""
    if isinstance(node, And | Or):
        return 1 + max(depth(term) for term in node.terms)
    return 1 + depth(node.term) if isinstance(node, Not) else 1


def fields_used(node: Node) -> frozenset[str]:
    """Name the columns a condition reads.

    Examples
    --------
    >>> from regua.predicates import Field, FieldKind
    >>> sorted(fields_used(Comparison(Field("balance_overdue", FieldKind.MONEY), Operator.MORE, 2000)))
    ['balance_overdue_cents']
    """
    return frozenset(field.column for leaf in leaves(node) for field in _fields(leaf))


def _fields(leaf: Node) -> Iterator[Field]:
    match leaf:
        case Truth(field) | IsNull(field) | In(field, _):
            yield field
        case Comparison(field, _, other):
            yield from (one for one in (field, other) if isinstance(one, Field))
        case Between(field, low, high):
            yield from (one for one in (field, low, high) if isinstance(one, Field))


def _merged(kind: type[_Many], terms: tuple[Node, ...]) -> tuple[Node, ...]:
    if len(terms) < 2:
        raise ValueError(f"{kind.__name__} joins two terms or more, not {len(terms)}")
    return tuple(part for term in terms for part in (term.terms if isinstance(term, kind) else (term,)))
