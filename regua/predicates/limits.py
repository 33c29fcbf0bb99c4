"""How large a condition may be, held before anything recurses over it."""

from dataclasses import dataclass

from sqlglot import Token, TokenType

from regua.predicates.source import Source


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a condition may be."""

    characters: int = 20_000
    terms: int = 500
    depth: int = 32
    list_values: int = 200


DEFAULT_LIMITS = Limits()


def refuse_excess(source: Source, kept: list[Token], limits: Limits) -> None:
    """Hold the limits before the parser recurses: each parenthesis and each NOT is one level.

    Raises
    ------
    PredicateError
        Too many terms or levels, or parentheses that do not pair; at the first token too many.
    """
    joints, nesting, open_nots, opened = 1, [0], 0, list[Token]()
    for token in kept:
        kind = token.token_type
        if kind in (TokenType.AND, TokenType.OR):
            joints += 1
        elif kind is TokenType.BETWEEN:
            joints -= 1
        if kind is TokenType.NOT:
            open_nots += 1
        elif kind is TokenType.L_PAREN:
            nesting.append(nesting[-1] + open_nots + 1)
            opened.append(token)
            open_nots = 0
        else:
            open_nots = 0
            if kind is TokenType.R_PAREN:
                nesting.pop()
                opened = opened[:-1]
        if not nesting:
            raise source.error(token.start, token.end + 1, "a parenthesis is closed that was never opened")
        if nesting[-1] + open_nots > limits.depth:
            raise source.error(
                token.start,
                token.end + 1,
                "the condition is nested too deeply",
                expected=f"at most {limits.depth} levels",
            )
        if joints > limits.terms:
            raise source.error(
                token.start,
                token.end + 1,
                f"the condition has more than {limits.terms} terms",
                expected=f"at most {limits.terms} terms",
                remedy="use IN for lists of values, or several steps",
            )
    if opened:
        start, end = opened[-1].start, opened[-1].end + 1
        raise source.error(start, end, "a parenthesis is opened and never closed", expected="as many ) as (")
