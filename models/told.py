"""What does an artifact's JSON say of itself, and is it the one that was asked for?"""

from pathlib import Path
from typing import Any

import orjson

from regua.errors import BundleError
from regua.records import digest

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


def signed(path: Path, sha256: str) -> bytes:
    """Read a file whose digest was signed.

    Raises
    ------
    BundleError
        It is missing, or not as signed.
    """
    if not path.is_file():
        raise BundleError(f"{path} is missing", expected="every file the manifest names", remedy=REMEDY)
    content = path.read_bytes()
    if digest(content) != sha256:
        raise BundleError(
            f"{path} is not as signed ({len(content)} bytes, SHA-256 {digest(content)[:16]}…)",
            expected=f"SHA-256 {sha256[:16]}…",
            remedy=REMEDY,
        )
    return content
