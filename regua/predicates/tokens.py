"""The gate before the parser: every token of a condition must be one the subset knows, at its own position.

The parser behind this gate speaks all of SQL, leniently and recursively. It is handed only tokens from a short
list, within the limits, with every field already known, so nothing else can reach it.
"""

from dataclasses import dataclass

from sqlglot import Dialect, Token, TokenType
from sqlglot.errors import TokenError

from regua.predicates.fields import Fields
from regua.predicates.source import Source, did_you_mean

SUBSET = "fields, values, AND OR NOT, = <> < <= > >=, BETWEEN, IN (…), IS NULL and parentheses"


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a condition may be."""

    characters: int = 20_000
    terms: int = 500
    depth: int = 32
    list_values: int = 200


DEFAULT_LIMITS = Limits()

_WORDS = {
    TokenType.AND: "AND",
    TokenType.OR: "OR",
    TokenType.NOT: "NOT",
    TokenType.BETWEEN: "BETWEEN",
    TokenType.IN: "IN",
    TokenType.IS: "IS",
    TokenType.NULL: "NULL",
    TokenType.TRUE: "TRUE",
    TokenType.FALSE: "FALSE",
}
_SIGNS = {
    TokenType.EQ: ("=",),
    TokenType.NEQ: ("<>", "!="),
    TokenType.LT: ("<",),
    TokenType.LTE: ("<=",),
    TokenType.GT: (">",),
    TokenType.GTE: (">=",),
    TokenType.L_PAREN: ("(",),
    TokenType.R_PAREN: (")",),
    TokenType.COMMA: (",",),
    TokenType.DASH: ("-",),
}
_VALUES = (TokenType.NUMBER, TokenType.STRING, TokenType.NULL, TokenType.IDENTIFIER)
_ENDS_OPERAND = {
    TokenType.IDENTIFIER,
    TokenType.NUMBER,
    TokenType.STRING,
    TokenType.R_PAREN,
    TokenType.TRUE,
    TokenType.FALSE,
    TokenType.NULL,
}
_INSTEAD = {
    "LIKE": "= or IN with whole values",
    "ILIKE": "= or IN with whole values",
    "CASE": "AND, OR and NOT",
    "SELECT": "a field of the profile",
    "ISNULL": "IS NULL",
    "NOTNULL": "IS NOT NULL",
    "==": "a single =",
    "&&": "AND",
    "||": "OR",
    "!": "NOT",
    ".": "a digit before the point, as in 0.5, and field names without a table",
    "`": "field names without quotes",
}


def tokens(source: Source, fields: Fields, limits: Limits) -> list[Token]:
    """Cut a condition into tokens of the subset.

    Raises
    ------
    PredicateError
        A limit is passed, or a token, a comment or a name is not of the subset.
    """
    text = source.text
    if len(text) > limits.characters:
        raise source.error(
            limits.characters,
            limits.characters + 1,
            f"the condition has {len(text):,} characters",
            expected=f"at most {limits.characters:,} characters",
            remedy="use IN for lists of values, or several steps",
        )
    cut = _cut(source)
    if not cut:
        raise source.error(0, 0, "the condition is empty", expected=SUBSET, remedy="write TRUE for always")
    end = 0
    for token in cut:
        _refuse_hidden(source, end, token.start)
        end = token.end + 1
    _refuse_hidden(source, end, len(text))
    kept = [_known(source, cut, position, fields) for position in range(len(cut))]
    _refuse_excess(source, kept, limits)
    _refuse_strays(source, kept)
    return kept


def _cut(source: Source) -> list[Token]:
    try:
        source.text.encode()
    except UnicodeEncodeError as problem:
        raise source.error(problem.start, problem.end, "half of a character (a lone surrogate)") from problem
    try:
        return list(Dialect.get_or_raise("").tokenize(source.text))
    except TokenError as problem:
        opened = source.text.rfind("'") if source.text.count("'") % 2 else source.text.rfind('"')
        start = max(opened, 0)
        raise source.error(
            start,
            start + 1,
            "a quote or a comment is opened and never closed",
            expected="text in single quotes, a quote inside it doubled: 'd''água'",
        ) from problem


def _refuse_hidden(source: Source, start: int, end: int) -> None:
    """Between two tokens only plain white space may stand: the tokenizer drops comments silently."""
    gap = source.text[start:end]
    stray = gap.lstrip(" \t\r\n")
    if stray:
        begin = end - len(stray)
        what = "a comment" if stray[0] in "-/#" else f"{stray[0]!r}"
        raise source.error(begin, begin + len(stray.rstrip()), f"{what} is not part of a condition", expected=SUBSET)


def _known(source: Source, cut: list[Token], position: int, fields: Fields) -> Token:
    """Return the token if the subset has it; a field comes back as an identifier, whatever SQL thinks of the word."""
    token = cut[position]
    kind, text = token.token_type, token.text
    start, end = token.start, token.end + 1
    following = cut[position + 1].token_type if position + 1 < len(cut) else None
    if _WORDS.get(kind) == text.upper() or text in _SIGNS.get(kind, ()):
        if kind is TokenType.DASH and (
            following is not TokenType.NUMBER or (position and _ends_operand(cut[position - 1], fields))
        ):
            raise source.error(start, end, "arithmetic is not part of a condition", expected=SUBSET)
        return token
    if kind in (TokenType.NUMBER, TokenType.STRING):
        return token
    if kind is TokenType.IDENTIFIER:
        raise source.error(
            start,
            end,
            f"{text!r} stands in double quotes",
            expected="text in single quotes, field names without quotes",
        )
    if following is TokenType.L_PAREN and text[:1].isalpha():
        raise source.error(start, end, f"{text}(…) is a call; a condition calls nothing", expected=SUBSET)
    if text in fields:
        return Token(TokenType.IDENTIFIER, text, token.line, token.col, token.start, token.end)
    if kind is TokenType.VAR:
        raise source.error(
            start,
            end,
            f"unknown field {text}{did_you_mean(text, fields)}",
            expected="a field of the profile or a score",
        )
    raise source.error(start, end, f"{text} is not part of a condition", expected=_INSTEAD.get(text.upper(), SUBSET))


def _ends_operand(token: Token, fields: Fields) -> bool:
    return token.token_type in _ENDS_OPERAND or token.text in fields


def _refuse_excess(source: Source, kept: list[Token], limits: Limits) -> None:
    """Hold the limits before the parser recurses: each parenthesis and each NOT is one level."""
    joints, nesting, open_nots = 1, [0], 0
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
            open_nots = 0
        else:
            open_nots = 0
            if kind is TokenType.R_PAREN:
                nesting.pop()
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


def _refuse_strays(source: Source, kept: list[Token]) -> None:
    """Refuse what the parser would forgive: commas out of place, and NOT NULL without IS."""
    kinds = [None, *(token.token_type for token in kept), None]
    in_list = False
    for position, token in enumerate(kept, start=1):
        before, kind, after = kinds[position - 1 : position + 2]
        start, end = token.start, token.end + 1
        if kind is TokenType.L_PAREN and before is TokenType.IN:
            in_list = True
        elif kind is TokenType.R_PAREN:
            in_list = False
        elif kind is TokenType.COMMA and not in_list and before is after is TokenType.NUMBER:
            raise source.error(start, end, "a comma is not a decimal point", expected="a point, as in 20.00")
        elif kind is TokenType.COMMA and not (in_list and before in _VALUES and after in (*_VALUES, TokenType.DASH)):
            raise source.error(start, end, "a comma stands between two values of a list only", expected="IN (1, 2)")
        elif kind is TokenType.NULL and before is TokenType.NOT and kinds[position - 2] is not TokenType.IS:
            raise source.error(start, end, "NOT NULL needs IS before it", expected="IS NOT NULL")
