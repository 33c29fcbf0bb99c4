"""What one gate found, and its words in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from regua.vocabulary import LANGUAGES

Severity = Literal["stands_in", "refuses", "warns"]

WORDS = Path(__file__).with_name("gates.yaml")


@dataclass(frozen=True, slots=True)
class GateResult:
    """What one gate found.

    ``gate`` is a name such as ``calibration`` or ``discrimination/31-60``. ``severity`` says what a failure means:
    ``stands_in`` puts the champion's model, or else the prior, in its place; ``refuses`` keeps the release from being
    promoted; ``warns`` is told and stops nothing. ``words`` are by language.
    """

    gate: str
    passed: bool
    found: float | None
    allowed: float | None
    words: Mapping[str, str]
    severity: Severity
    title: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {name: getattr(self, name) for name in ("gate", "passed", "found", "allowed", "severity")} | {
            "words": dict(self.words),
            "title": dict(self.title),
        }


def result(
    gate: str,
    passed: bool,
    found: float | None,
    allowed: float,
    severity: Severity,
    *,
    where: str = "",
    group: str | Mapping[str, str] = "",
    is_share: bool = False,
) -> GateResult:
    """Word what a gate found.

    ``where`` is the bucket it was asked of, ``group`` whatever else its words name, alike in both languages or by
    language; ``is_share`` tells what was found as so many of a hundred.
    """
    words = _words()[f"{gate}_bucket" if where else gate]
    named = dict.fromkeys(LANGUAGES, group) if isinstance(group, str) else group
    wording = _share if is_share else _number
    said = {
        language: words["holds" if passed else "fails"][language].format(
            found=wording(found, language),
            allowed=wording(allowed, language),
            where=where or named[language],
            told=named[language],
        )
        for language in LANGUAGES
    }
    title = {language: words["title"][language].format(where=where) for language in LANGUAGES}
    return GateResult(
        f"{gate}/{where}" if where else gate,
        bool(passed),
        None if found is None else float(found),
        float(allowed),
        said,
        severity,
        title,
    )


def _number(value: float | None, language: str) -> str:
    if value is None:
        return "?"
    text = f"{value:.0f}" if value == int(value) and abs(value) >= 2 else f"{value:.3f}"
    return text.replace(".", ",") if language == "pt-BR" else text


def _share(value: float | None, language: str) -> str:
    text = "?" if value is None else f"{value:.1%}"
    return text.replace(".", ",") if language == "pt-BR" else text


@cache
def _words() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    words: Mapping[str, Mapping[str, Mapping[str, str]]] = yaml.safe_load(WORDS.read_text("utf-8"))
    return words
