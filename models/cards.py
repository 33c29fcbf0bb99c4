"""Is a card whole? What is left empty blocks promotion."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from regua.vocabulary import LANGUAGES

BYTES_MAXIMUM = 2_000_000
REQUIRED = (
    "spec.target",
    "spec.observation",
    "spec.used_by",
    "about.trained_as_of",
    "about.plan",
    "about.seed",
    "about.by",
    "about.digests.data",
    "about.digests.catalogue",
    "about.digests.book",
    "about.versions",
    "data.period",
    "data.observations",
    "data.customers",
    "features",
    "kinds",
    "priors",
)
"""Fields no card may leave empty, whatever the model."""

MEASURED = ("data.rows", "data.split", "calibration", "measures", "gates")
"""Fields of a card whose model was learned."""

_OUTSIDE = re.compile(
    r"""(src|href|action)\s*=\s*["']?\s*(https?:|//)|url\(\s*["']?(https?:|//)|@import|<script""", re.I
)


def lint(folder: Path, models: Iterable[str]) -> tuple[str, ...]:
    """List what the cards of a release lack: a missing file, a required field left empty, a page that is not whole.

    Parameters
    ----------
    folder
        Where the cards of a release lie.
    models
        Names of the models that must have one.

    Returns
    -------
    Sentences, none where all is well.
    """
    return tuple(problem for model in models for problem in _of(folder, model))


def _of(folder: Path, model: str) -> Iterator[str]:
    path = folder / f"{model}.json"
    if not path.is_file():
        yield f"{model} has no card: {path.name} is missing"
        return
    try:
        facts = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as problem:
        yield f"the card of {model} cannot be read: {problem}"
        return
    is_learned = any(kind != "prior" for kind in facts.get("kinds", {}).values())
    for field in REQUIRED + (MEASURED if is_learned else ()):
        if _is_empty(_at(facts, field)):
            yield f"the card of {model} leaves {field} empty"
    for language in LANGUAGES:
        for kind in ("html", "md"):
            yield from _page(folder / f"{model}.{language}.{kind}")


def _page(path: Path) -> Iterator[str]:
    if not path.is_file():
        yield f"{path.name} is missing"
        return
    content = path.read_text(encoding="utf-8")
    if len(content.encode()) > BYTES_MAXIMUM:
        yield f"{path.name} is larger than {BYTES_MAXIMUM:,} bytes"
    if found := _OUTSIDE.search(content):
        yield f"{path.name} asks for something from outside: {found[0]}"
    if path.suffix == ".html" and not content.rstrip().endswith("</html>"):
        yield f"{path.name} is cut short"


def _at(facts: Any, field: str) -> Any:
    for key in field.split("."):
        facts = facts.get(key) if isinstance(facts, dict) else None
    return facts


def _is_empty(value: Any) -> bool:
    if isinstance(value, dict):
        return not value or all(_is_empty(inner) for inner in value.values())
    return value is None or value in ("", [])
