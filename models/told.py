"""What does an artifact's JSON say of itself, and is it the one that was asked for?"""

from typing import Any

import orjson

from regua.errors import BundleError

REMEDY = "take the bundle from its source again, or train a new one: regua learn"


def body(name: str, content: bytes, expected_format: int) -> dict[str, Any]:
    """Read an artifact's JSON.

    Raises
    ------
    BundleError
        It is no whole JSON, of another format, or of an artifact of another name.
    """
    try:
        found: Any = orjson.loads(content)
    except orjson.JSONDecodeError as problem:
        raise BundleError(f"{name}.json cannot be read: {problem}", expected="whole JSON", remedy=REMEDY) from problem
    if not isinstance(found, dict) or found.get("format") != expected_format or found.get("name") != name:
        said = (found.get("name"), found.get("format")) if isinstance(found, dict) else (type(found).__name__, None)
        raise BundleError(
            f"{name}.json is {said[0]!r} of format {said[1]}",
            expected=f"{name!r} of format {expected_format}",
            remedy=REMEDY,
        )
    return found
