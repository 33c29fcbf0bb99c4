"""What a study says, in Portuguese and in English."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml


def say(key: str, language: str = "en", **values: Any) -> str:
    """Return a sentence of ``words.yaml`` with its values in place.

    Examples
    --------
    >>> say("title", "pt-BR", outcome="paid")
    'Efeito sobre paid'
    """
    return _words()[key][language].format(**values)


@cache
def _words() -> dict[str, dict[str, str]]:
    words: dict[str, dict[str, str]] = yaml.safe_load(Path(__file__).with_name("words.yaml").read_text("utf-8"))
    return words
