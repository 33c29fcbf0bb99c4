"""Read JSON from outside as strictly as it was specified: no NaN, no infinity, no key twice, no half a character."""

import json
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from regua.errors import RequestError, UnreadableError

Model = TypeVar("Model", bound=BaseModel)

_SHOWN = 60


def parse(raw: bytes) -> Any:
    """Read one JSON text.

    Raises
    ------
    UnreadableError
        Not JSON in UTF-8; a number no float64 can hold; a lone surrogate; too deep; or a key given twice, of which
        most parsers silently take the last.

    Examples
    --------
    >>> parse(b'{"customer_ids": ["c1"]}')
    {'customer_ids': ['c1']}
    >>> parse(b'{"a": 1, "a": 2}')
    Traceback (most recent call last):
    ...
    regua.errors.UnreadableError: the key 'a' is given twice
      expected: each key once
    """
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as problem:
        raise UnreadableError(
            f"not JSON: {problem}",
            expected="one JSON text in UTF-8, with finite numbers and whole characters",
            remedy="send what a strict JSON writer makes; write a missing number as null",
        ) from None
    if isinstance(value, dict | list):
        # The strict parser keeps the last of two equal keys and does not tell; this one looks at every pair.
        json.loads(raw, object_pairs_hook=_each_once)
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
        errors = problem.errors(include_url=False, include_context=False)
        first = errors[0]
        field = ".".join(str(part) for part in first["loc"]) or "the body"
        more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
        raise RequestError(
            f"{field}: {shown(first['input'])}{more}",
            expected=first["msg"][:1].lower() + first["msg"][1:],
            remedy="correct the field; /openapi.json describes each one",
        ) from None


def shown(value: Any) -> str:
    """Show a foreign value safely and briefly."""
    text = ascii(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise UnreadableError(f"the key {shown(twice)} is given twice", expected="each key once")
    return found
