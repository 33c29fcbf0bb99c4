"""The whole catalogue at a glance: by stage, who enters each journey and how it ends; as data, and as a page."""

from pathlib import PurePosixPath
from typing import Any

from journeys.book import Book
from journeys.book.journeys import CompiledJourney
from journeys.telling.showing import describe

STAGES: dict[str, dict[str, str]] = {
    "stops": {"pt-BR": "Paradas", "en": "Stops"},
    "claims": {"pt-BR": "Alegações e contestações", "en": "Claims and disputes"},
    "care": {"pt-BR": "Cuidado", "en": "Care"},
    "promises": {"pt-BR": "Promessas", "en": "Promises"},
    "arrangements": {"pt-BR": "Acordos", "en": "Arrangements"},
    "reach": {"pt-BR": "Alcançar o cliente", "en": "Reaching the customer"},
    "before_due": {"pt-BR": "Antes do vencimento", "en": "Before the due date"},
    "early": {"pt-BR": "Início do atraso", "en": "Early arrears"},
    "mid": {"pt-BR": "Negociação", "en": "Negotiation"},
    "late": {"pt-BR": "Atraso longo", "en": "Late arrears"},
    "legal": {"pt-BR": "Avisos legais e jurídico", "en": "Legal notices and legal action"},
    "agency": {"pt-BR": "Assessorias", "en": "Agencies"},
    "special": {"pt-BR": "Casos especiais", "en": "Special cases"},
    "after": {"pt-BR": "Depois", "en": "Afterwards"},
}
"""What each folder of the catalogue is called; one that is not here goes by its own name."""

_THEN = {
    "pt-BR": {"route": "a primeira que servir", "back": "volta de onde veio", "stop": "nenhuma"},
    "en": {"route": "the first that matches", "back": "back where it was", "stop": "none"},
}
_PAGE = """\
# The catalogue of journeys

Written by `regua show --all --markdown`; do not edit. A customer is in one journey at a time: the first, by priority,
whose entry holds. One marked with * interrupts: it also takes over customers who are inside a journey below it, and
*back* means that they return to the step they left. What a journey does day by day: `regua show <journey>`.

A condition holds only where everything it asks about is known.
"""


def catalogue(book: Book, language: str = "pt-BR") -> list[dict[str, Any]]:
    """List the journeys by stage, each stage where its first journey stands, each journey in words.

    Returns
    -------
    One entry a stage: ``stage``, ``title`` and ``journeys``; of each journey what
    :func:`journeys.telling.showing.describe` says, and ``titles`` in both languages.
    """
    stages: dict[str, list[dict[str, Any]]] = {name: [] for name in STAGES}
    for journey in (one for one in book.journeys if not _is_archived(one)):
        told = describe(book, journey.name, language) | {"titles": journey.written.title.both()}
        stages.setdefault(stage_of(journey), []).append(told)
    return [
        {"stage": name, "title": title(name, language), "journeys": journeys}
        for name, journeys in stages.items()
        if journeys
    ]


def stage_of(journey: CompiledJourney) -> str:
    """Return the folder a journey is filed in."""
    return PurePosixPath(journey.document.file).parent.name


def title(stage: str, language: str) -> str:
    """Call a stage by its words.

    Examples
    --------
    >>> title("early", "en"), title("own_folder", "en")
    ('Early arrears', 'Own folder')
    """
    return STAGES.get(stage, {}).get(language) or stage.replace("_", " ").capitalize()


def endings(told: dict[str, Any], language: str) -> list[str]:
    """Say each exit of a journey in words, with what follows."""
    return [f"{one['words']} → {follows(one['then'], language)}" for one in told["leave"].values()]


def follows(then: str, language: str) -> str:
    """Say what follows an exit.

    Examples
    --------
    >>> follows("back", "en"), follows("broken_promise", "en")
    ('back where it was', 'broken_promise')
    """
    return _THEN[language].get(then, then)


def markdown(book: Book) -> str:
    """Write the catalogue as a page: a table a stage."""
    lines = [_PAGE]
    for stage in catalogue(book, "en"):
        lines += [
            f"## {stage['title']}",
            "",
            "| code | journey | title | who enters | ends, and what follows |",
            "|---|---|---|---|---|",
            *(_row(told) for told in stage["journeys"]),
            "",
        ]
    return "\n".join(lines)


def _row(told: dict[str, Any]) -> str:
    mark = "\\*" if told["interrupts"] else ""
    titles = "<br/>".join((told["titles"]["pt-BR"], f"*{told['titles']['en']}*"))
    cells = (
        told["code"] or "",
        f"`{told['journey']}`{mark} {told['priority']}",
        titles,
        told["enter"]["words"],
        "<br/>".join(endings(told, "en")),
    )
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _is_archived(journey: CompiledJourney) -> bool:
    return journey.document.file.startswith("catalog/archive/")
