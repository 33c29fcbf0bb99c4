"""Read JSON from outside as strictly as it was specified: no NaN, no infinity, no key twice, no half a character."""

import json
import re
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from regua.errors import PersonalDataError, RequestError, UnreadableError, UnsafeError

Model = TypeVar("Model", bound=BaseModel)

DEEPEST = 64
"""Levels of lists and objects; no body of ours needs a quarter of it."""
PERSONAL = "personal_data"
_CALLED = {"cpf": "a CPF", "cnpj": "a CNPJ", "card": "a card number", "email": "an e-mail", "phone": "a phone number"}
_WORD = re.compile(r"[a-z][a-z_/-]{0,39}")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
# In the bytes: written out, or as an escape; what only looks like one is sorted out by walking through the value.
_MAYBE_CONTROL = re.compile(
    rb"\\u|\x7f|\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]|\xef\xbf"
)


def parse(raw: bytes) -> Any:
    """Read one JSON text.

    Raises
    ------
    UnreadableError
        Not JSON in UTF-8, or too deep.
    UnsafeError
        A number no float64 can hold; half a character; a control or direction character; or a key given twice, of
        which most parsers silently take the last.

    Examples
    --------
    >>> parse(b'{"customer_ids": ["c1"]}')
    {'customer_ids': ['c1']}
    >>> parse(b'{"a": 1, "a": 2}')
    Traceback (most recent call last):
    ...
    regua.errors.UnsafeError: the key 'a' is given twice
      expected: each key once
    """
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as problem:
        raise _why_not(raw, problem) from None
    if isinstance(value, dict | list):
        # The strict parser keeps the last of two equal keys and does not tell; this one looks at every pair.
        json.loads(raw, object_pairs_hook=_each_once)
        if raw.count(b"[") + raw.count(b"{") > DEEPEST:
            _check_depth(value)
    if _MAYBE_CONTROL.search(raw):
        _check_characters(value)
    return value


def validate(model: type[Model], value: Any) -> Model:
    """Fit a parsed JSON value to a model: no text for numbers, no true for one, nothing that was not asked for.

    Raises
    ------
    RequestError
        It does not fit; the message names the first field that is wrong and all of them are counted.
    """
    try:
        # JSON mode is strict about types and still reads instants and dates from text.
        return model.model_validate_json(orjson.dumps(value), strict=True)
    except ValidationError as problem:
        raise misfit(problem) from None


def misfit(problem: ValidationError, where: tuple[str, ...] = (), example: str | None = None) -> RequestError:
    """Tell what does not fit: the first field that is wrong by its name and its pointer, and how many more there are.

    Parameters
    ----------
    problem
        What the model said.
    where
        Where the model's value stands, if it is not the body.
    example
        A value that would fit.
    """
    errors = problem.errors(include_url=False, include_context=False)
    first = errors[0]
    if personal := next((one for one in errors if one["type"] == PERSONAL), None):
        first = personal
    steps = [*where, *(part for part in first["loc"] if not (isinstance(part, str) and "[" in part))]
    field = ".".join(_named(step) for step in steps) or "the body"
    more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
    param = "".join(f"/{_named(step).replace('~', '~0').replace('/', '~1')}" for step in steps)
    if first["type"] == PERSONAL:
        return personal_data(field, first["msg"].rpartition(" ")[2], param)
    such = f", such as {example}" if example else ""
    return RequestError(
        f"{field}: {shown(first['input'])}{more}",
        expected=first["msg"][:1].lower() + first["msg"][1:] + such,
        remedy="correct the field; /openapi.json describes each one",
        param=param,
    )


def personal_data(field: str, kind: str, param: str | None = None) -> PersonalDataError:
    """Refuse what says who somebody is, without repeating it."""
    return PersonalDataError(
        f"{field}: it looks like {_CALLED.get(kind, kind)}",
        expected="a pseudonym of your own, such as c0000001",
        remedy="keep the list of who is who on your side; Regua needs no CPF, card, e-mail or phone",
        param=param or f"/{field.replace('.', '/')}",
    )


def shown(value: Any) -> str:
    """Say what a foreign value is, without repeating what might be somebody's name or number.

    Examples
    --------
    >>> shown("payed"), shown("Ana Lima"), shown([1, 2]), shown(True), shown(4111111111111111)
    ("'payed'", 'a text of 8 characters', 'a list of 2', 'true', 'a number')
    """
    if isinstance(value, str):
        return ascii(value) if _WORD.fullmatch(value) else f"a text of {len(value)} characters"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list | dict):
        return f"{'a list' if isinstance(value, list) else 'an object'} of {len(value)}"
    return "a number" if isinstance(value, int | float) else f"a value of another kind ({type(value).__name__})"


def _named(step: str | int) -> str:
    """Name a field in an answer; a key a stranger made up is not repeated unless it is a plain word."""
    return str(step) if isinstance(step, int) or _WORD.fullmatch(step) else "…"


def _why_not(raw: bytes, problem: orjson.JSONDecodeError) -> RequestError:
    """Say whether it is no JSON at all, or JSON as careless parsers take it."""
    try:
        json.loads(raw.decode())
    except (ValueError, RecursionError):
        return UnreadableError(
            f"not JSON: {problem.msg}",
            expected="one JSON text in UTF-8, with finite numbers and whole characters",
            remedy="send what a strict JSON writer makes",
        )
    return UnsafeError(
        "NaN, an infinity, a number beyond every float64 or half a character",
        expected="finite numbers and whole characters",
        remedy="send what a strict JSON writer makes; write a missing number as null",
    )


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise UnsafeError(f"the key {shown(twice)} is given twice", expected="each key once")
    return found


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise UnreadableError("lists and objects within each other", expected=f"at most {DEEPEST} levels")


def _check_characters(value: Any) -> None:
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        pointer, one = waiting.pop()
        if isinstance(one, dict):
            waiting += [(f"{pointer}/{_named(key)}", inner) for key, inner in one.items()]
            texts = list(one)
        elif isinstance(one, list):
            waiting += [(f"{pointer}/{position}", inner) for position, inner in enumerate(one)]
            continue
        else:
            texts = [one] if isinstance(one, str) else []
        if any(_CONTROL.search(text) for text in texts):
            raise UnsafeError(
                "a control or direction character",
                expected="visible characters, spaces and line breaks",
                remedy="remove it: on a screen it hides what a text says",
                param=pointer,
            )
