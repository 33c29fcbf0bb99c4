"""A condition as a sentence, for strategists who do not read SQL and for the people a decision is explained to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from regua import money
from regua.predicates.fields import Field, FieldKind
from regua.predicates.labels import field_words, value_words
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

Language: TypeAlias = Literal["pt-BR", "en"]
Labels: TypeAlias = Mapping[str, str]

_ENGLISH = {
    "always": "always",
    "never": "never",
    "and": " and ",
    "or": " or ",
    "nor": " nor ",
    "not": "it is not true that ({0})",
    "unknown": "{0} is unknown",
    "known": "{0} is known",
    "between": "{0} is between {1} and {2}",
    "outside": "{0} is not between {1} and {2}",
    "one of": "{0} is {1}",
    "none of": "{0} is neither {1}",
    "unset": "not so: {0}",
    Operator.EQUAL: "{0} is {1}",
    Operator.UNEQUAL: "{0} is not {1}",
    Operator.LESS: "{0} is less than {1}",
    Operator.AT_MOST: "{0} is at most {1}",
    Operator.MORE: "{0} is more than {1}",
    Operator.AT_LEAST: "{0} is at least {1}",
}
_PORTUGUESE = {
    "always": "sempre",
    "never": "nunca",
    "and": " e ",
    "or": " ou ",
    "nor": " nem ",
    "not": "não é verdade que ({0})",
    "unknown": "não se sabe: {0}",
    "known": "se sabe: {0}",
    "between": "{0}: entre {1} e {2}",
    "outside": "{0}: fora de {1} a {2}",
    "one of": "{0}: {1}",
    "none of": "{0}: nem {1}",
    "unset": "não {0}",
    Operator.EQUAL: "{0}: igual a {1}",
    Operator.UNEQUAL: "{0}: diferente de {1}",
    Operator.LESS: "{0}: menos de {1}",
    Operator.AT_MOST: "{0}: no máximo {1}",
    Operator.MORE: "{0}: mais de {1}",
    Operator.AT_LEAST: "{0}: no mínimo {1}",
}
_PHRASES: dict[str, dict[str, str]] = {"en": _ENGLISH, "pt-BR": _PORTUGUESE}


def in_words(node: Node, language: Language = "pt-BR", labels: Labels | None = None) -> str:
    """Say a condition in words.

    Parameters
    ----------
    node
        The condition.
    language
        ``"pt-BR"`` or ``"en"``.
    labels
        Words for a field by its name; a field without a label is called by the words of its name.

    Examples
    --------
    >>> from regua.predicates import parse
    >>> fields = {"balance_overdue": Field("balance_overdue", FieldKind.MONEY)}
    >>> in_words(parse("balance_overdue >= 1500.00", fields))
    'saldo vencido: no mínimo R$ 1.500,00'
    >>> in_words(parse("balance_overdue >= 1500.00", fields), "en")
    'balance overdue is at least R$ 1,500.00'
    """
    return _Speaker(language, labels or {}).say(node)


@dataclass(frozen=True, slots=True)
class _Speaker:
    language: Language
    labels: Labels

    def say(self, node: Node) -> str:
        match node:
            case And(terms):
                return self.phrase("and").join(self.within(term) for term in terms)
            case Or(terms):
                return self.phrase("or").join(self.within(term) for term in terms)
            case Not(term):
                return self.negated(term)
            case Constant(value):
                return self.phrase("always" if value else "never")
            case Truth(field):
                return self.name(field)
            case IsNull(field):
                return self.phrase("unknown").format(self.name(field))
            case Comparison(field, operator, other):
                return self.phrase(operator).format(self.name(field), self.value(other, field))
            case Between(field, low, high):
                return self.ranged("between", field, low, high)
            case In(field, values):
                listed = self.phrase("or").join(self.value(value, field) for value in values)
                return self.phrase("one of").format(self.name(field), listed)

    def negated(self, term: Node) -> str:
        match term:
            case Truth(field):
                return self.unset(field)
            case IsNull(field):
                return self.phrase("known").format(self.name(field))
            case Comparison(field, operator, other):
                return self.phrase(operator.opposite).format(self.name(field), self.value(other, field))
            case Between(field, low, high):
                return self.ranged("outside", field, low, high)
            case In(field, (only,)):
                return self.phrase(Operator.UNEQUAL).format(self.name(field), self.value(only, field))
            case In(field, values):
                listed = self.phrase("nor").join(self.value(value, field) for value in values)
                return self.phrase("none of").format(self.name(field), listed)
            case Not(inner):
                return self.say(inner)
            case Constant(value):
                return self.phrase("never" if value else "always")
            case _:
                return self.phrase("not").format(self.say(term))

    def unset(self, field: Field) -> str:
        words = self.name(field)
        if self.language == "en" and words.startswith(("has ", "is ")):
            verb, rest = words.split(" ", 1)
            return f"has no {rest.removeprefix('a ')}" if verb == "has" else f"is not {rest}"
        return self.phrase("unset").format(words)

    def ranged(self, phrase: str, field: Field, low: Operand, high: Operand) -> str:
        return self.phrase(phrase).format(self.name(field), self.value(low, field), self.value(high, field))

    def within(self, term: Node) -> str:
        return f"({self.say(term)})" if isinstance(term, And | Or) else self.say(term)

    def name(self, field: Field) -> str:
        return self.labels.get(field.name) or field_words(field.name, self.language)

    def value(self, value: Operand, field: Field) -> str:
        if isinstance(value, Field):
            return self.name(value)
        if isinstance(value, str):
            return value_words(value, self.language)
        if field.kind is FieldKind.MONEY:
            return money.in_words(int(value), self.language)
        number = f"{value:,.15g}"
        return number if self.language == "en" else number.translate(str.maketrans(",.", ".,"))

    def phrase(self, key: str) -> str:
        return _PHRASES[self.language][key]
