"""How one language says texts, numbers, shares, days and figures with their intervals."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

Words = Mapping[str, Any]
"""Texts by key, each by language."""

_TWO_DIGITS = ("auc", "ks", "slope")


class Speech:
    """One language of a page."""

    def __init__(self, language: str, words: Words) -> None:
        self.language, self.words = language, words
        self._locale = language.replace("-", "_")

    def said(self, key: str, **figures: str) -> str:
        """Return a text; a key without one is its own name, as codes of a book may be."""
        texts = self.words.get(key)
        return str(texts[self.language]).format(**figures) if texts else key.replace("_", " ")

    def number(self, value: object, digits: int = 3) -> str:
        """Write a figure; a dash where there is none.

        Examples
        --------
        >>> Speech("pt-BR", {}).number(1234.5, 1), Speech("en", {}).number(None)
        ('1.234,5', '–')
        """
        from babel.numbers import format_decimal

        # What answers otherwise than with a chance has other figures: one it lacks is a dash too.
        if not isinstance(value, int | float):
            return "–"
        return str(format_decimal(value, f"#,##0.{'0' * digits}" if digits else "#,##0", locale=self._locale))

    def share(self, value: object) -> str:
        """Write a share of one as a percentage."""
        from babel.numbers import format_percent

        return (
            "–" if not isinstance(value, int | float) else str(format_percent(value, "#,##0.0%", locale=self._locale))
        )

    def figure(self, name: str, value: object) -> str:
        """Write a measure with as many digits as it deserves."""
        return self.number(value, 2 if name in _TWO_DIGITS else 3)

    def between(self, figure: Mapping[str, Any], name: str) -> str:
        """Write the interval of a figure, empty where none is known."""
        low, high = figure.get(f"{name}_low"), figure.get(f"{name}_high")
        return "" if low is None or high is None else f"{self.figure(name, low)} … {self.figure(name, high)}"

    def estimate(self, found: Mapping[str, float] | None) -> str:
        """Write a figure with its interval."""
        if found is None:
            return self.said("too_few")
        return f"{self.number(found['point'])} ({self.number(found['low'])} … {self.number(found['high'])})"

    def day(self, iso: str) -> str:
        """Write a day as the language does."""
        from babel.dates import format_date

        return str(format_date(date.fromisoformat(iso[:10]), "long", locale=self._locale))


@cache
def read(path: Path) -> Words:
    """Read a file of words."""
    import yaml

    words: Words = yaml.safe_load(path.read_text("utf-8"))
    return words
