"""Options that many commands share, and what is made of them."""

from pathlib import Path
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Language = Annotated[str, typer.Option("--language", help="pt-BR or en; REGUA_LANGUAGE by default.")]
MlRuns = Annotated[Path, typer.Option(help="Folder of the experiment log.")]


def spoken(asked: str) -> str:
    """Return the language asked for, or the one of the settings."""
    from regua import settings
    from regua.vocabulary import LANGUAGES

    language = asked or settings.load().language
    if language not in LANGUAGES:
        raise typer.BadParameter(" or ".join(LANGUAGES), param_hint="--language")
    return language


def listed(text: str) -> list[str]:
    """Read words that stand between commas.

    Examples
    --------
    >>> listed("s, t,,x")
    ['s', 't', 'x']
    """
    return [part.strip() for part in text.split(",") if part.strip()]
