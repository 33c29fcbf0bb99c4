"""The gate before the parser: every token of a condition must be one the subset knows, at its own position.

The parser behind this gate speaks all of SQL, leniently and recursively. It is handed only tokens from a short
list, within the limits, with every field already known, so nothing else can reach it.
"""

from sqlglot import Dialect, Token, TokenType
from sqlglot.errors import TokenError

from regua.predicates.fields import Fields
from regua.predicates.limits import Limits, refuse_excess
from regua.predicates.source import Source, did_you_mean

SUBSET = "fields, values, AND OR NOT, = <> < <= > >=, BETWEEN, IN (…), IS NULL and parentheses"


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
_JOINTS = (TokenType.AND, TokenType.OR)
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


_CURLY = set("“”‘’«»´")


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
    refuse_excess(source, kept, limits)
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
    if kind is TokenType.VAR and text.isidentifier():
        expected = "a field of the profile or a score"
        if position and cut[position - 1].token_type in (TokenType.EQ, TokenType.NEQ):
            expected += f", or text in single quotes: '{text}'"
        raise source.error(start, end, f"unknown field {text}{did_you_mean(text, fields)}", expected=expected)
    shown = text if text.isprintable() else ascii(text)
    expected = "text in straight single quotes" if set(text) & _CURLY else _INSTEAD.get(text.upper(), SUBSET)
    raise source.error(start, end, f"{shown} is not part of a condition", expected=expected)


def _ends_operand(token: Token, fields: Fields) -> bool:
    return token.token_type in _ENDS_OPERAND or token.text in fields


def _refuse_strays(source: Source, kept: list[Token]) -> None:
    """Refuse what the parser would forgive: commas out of place, and NULL anywhere but after IS."""
    kinds = [None, *(token.token_type for token in kept), None]
    in_list = False
    for position, token in enumerate(kept, start=1):
        before, kind, after = kinds[position - 1 : position + 2]
        start, end = token.start, token.end + 1
        if kind is TokenType.L_PAREN and before is TokenType.IN:
            in_list = True
        elif kind is TokenType.R_PAREN:
            in_list = False
        elif kind in _JOINTS and before in (None, TokenType.L_PAREN, TokenType.NOT, *_JOINTS):
            raise source.error(start, end, f"{token.text} joins two terms; there is none before it")
        elif kind is TokenType.COMMA and not in_list and before is after is TokenType.NUMBER:
            raise source.error(start, end, "a comma is not a decimal point", expected="a point, as in 20.00")
        elif kind is TokenType.COMMA and not (in_list and before in _VALUES and after in (*_VALUES, TokenType.DASH)):
            raise source.error(start, end, "a comma stands between two values of a list only", expected="IN (1, 2)")
        elif kind is TokenType.NULL and TokenType.IS not in (before, before is TokenType.NOT and kinds[position - 2]):
            raise source.error(
                start, end, "what is compared with NULL is never true", expected="IS NULL or IS NOT NULL"
            )
