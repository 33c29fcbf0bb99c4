"""The page of help behind each code of a finding."""

from pathlib import Path

from journeys.book import HOME
from journeys.language.reading import unknown
from journeys.proofs.finding import CODES
from regua.errors import NotFoundError, Place

FOLDERS: tuple[Path, ...] = (HOME.parent / "docs" / "findings", HOME / "proofs" / "findings")
"""Where the pages are: in the repository, or inside the installed package."""


def page(code: str) -> str:
    """Return the page of a code as Markdown.

    Raises
    ------
    BookError
        No such code; with the nearest.
    NotFoundError
        The code is known, and its page was not installed.

    Examples
    --------
    >>> page("r101").splitlines()[0]
    '# R101 · A customer in arrears whom no journey takes'
    """
    name = code.strip().upper()
    if name not in CODES:
        raise unknown("code", name, CODES, Place())
    for folder in FOLDERS:
        path = folder / f"{name}.md"
        if path.exists():
            return path.read_text("utf-8")
    raise NotFoundError(f"no page for {name}", expected=f"{name}.md in docs/findings", remedy="install Regua again")
