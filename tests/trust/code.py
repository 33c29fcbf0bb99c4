"""Which code a promise was tried at: the product's, and that of the trial itself. What was found holds for no other."""

import ast
import hashlib
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("regua", "serving", "features", "journeys", "models")
BESIDE = ("requirements/serving.lock", "tests/parity/conftest.py")
"""The libraries, and the invented customers, which are loaded by their path."""
BEYOND = {
    "simulated": (
        "regua/cli", "regua/client", "serving/api", "serving/webhooks", "serving/jobs", "serving/adapters",
        "journeys/rehearsal", "journeys/rendering", "features/adapters", "features/checks", "features/ingest",
    ),
}  # fmt: skip
"""Folders of the product that nothing a part imports leads to: what changes there leaves what it found standing."""


def digest_of(part: str) -> str:
    """Return the digest of all code that a part of the scoreboard tries, and tries it with."""
    told = hashlib.sha256(_of_product(BEYOND.get(part, ())))
    for path in sorted(imported_by(part, "tests")):
        told.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return told.hexdigest()[:16]


def imported_by(part: str, *rooms: str) -> set[Path]:
    """Follow what a part imports from some rooms, at once or later."""
    return _followed(f"tests.trust.{part}", rooms, set())


def commit() -> str:
    """Name the commit this is, and say if there is more than it."""
    named = _git("log", "-1", "--format=%h of %cs")
    changed = _git("status", "--porcelain", "--", *PRODUCT, "tests")
    return f"{named}, changed since" if changed else named or "no commit"


@cache
def _of_product(beyond: tuple[str, ...]) -> bytes:
    told = hashlib.sha256()
    places = [path for name in PRODUCT for path in (ROOT / name).rglob("*") if "__pycache__" not in path.parts]
    for path in sorted([*places, *(ROOT / name for name in BESIDE)]):
        if path.is_file() and not any(path.is_relative_to(ROOT / name) for name in beyond):
            told.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return told.digest()


def _followed(name: str, rooms: tuple[str, ...], found: set[Path]) -> set[Path]:
    place = ROOT.joinpath(*name.split("."))
    for path in (place.with_suffix(".py"), *(above / "__init__.py" for above in (place, *place.parents))):
        if path.is_relative_to(ROOT) and path.is_file() and path not in found:
            found.add(path)
            for one in _imports(ast.parse(path.read_text())):
                if one.split(".")[0] in rooms:
                    _followed(one, rooms, found)
    return found


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (node.module, *(f"{node.module}.{one.name}" for one in node.names))
        elif isinstance(node, ast.Import):
            yield from (one.name for one in node.names)


def _git(*words: str) -> str:
    return subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=False).stdout.strip()
