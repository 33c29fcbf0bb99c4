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


def digest_of(part: str) -> str:
    """Return the digest of all code that a part of the scoreboard tries, and tries it with."""
    told = hashlib.sha256(_of_product())
    for path in sorted(_imported(f"tests.trust.{part}", set())):
        told.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return told.hexdigest()[:16]


def commit() -> str:
    """Name the commit this is, and say if there is more than it."""
    named = _git("log", "-1", "--format=%h of %cs")
    changed = _git("status", "--porcelain", "--", *PRODUCT, "tests")
    return f"{named}, changed since" if changed else named or "no commit"


@cache
def _of_product() -> bytes:
    told = hashlib.sha256()
    places = [path for name in PRODUCT for path in (ROOT / name).rglob("*") if "__pycache__" not in path.parts]
    for path in sorted([*places, *(ROOT / name for name in BESIDE)]):
        if path.is_file():
            told.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return told.digest()


def _imported(name: str, found: set[Path]) -> set[Path]:
    """Follow what a module of the tests imports from the tests."""
    path = ROOT.joinpath(*name.split(".")).with_suffix(".py")
    if path.exists() and path not in found:
        found.add(path)
        for one in _imports(ast.parse(path.read_text())):
            _imported(one, found)
    return found


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("tests"):
            yield node.module
            yield from (f"{node.module}.{one.name}" for one in node.names)
        elif isinstance(node, ast.Import):
            yield from (one.name for one in node.names if one.name.startswith("tests."))


def _git(*words: str) -> str:
    return subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=False).stdout.strip()
