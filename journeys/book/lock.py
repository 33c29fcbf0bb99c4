"""The lock: what each version of a journey says, so that none changes under its number."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, RootModel

from journeys.book import Book
from journeys.book.journeys import CompiledJourney
from journeys.language.reading import read, understand
from journeys.language.strict import Strict
from regua.errors import BookError
from regua.records import canonical, digest

FILE = "catalog.lock"


class Locked(Strict):
    """A version and the digest of what it says."""

    version: int = Field(ge=1)
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")


class LockFile(RootModel[dict[str, Locked]]):
    """Every journey's last locked version."""


def fingerprint(journey: CompiledJourney) -> str:
    """Name what a journey does by its digest; its examples do nothing, and comments are no content."""
    content = {name: value for name, value in journey.document.data.items() if name != "examples"}
    return digest(canonical(content))


def read_lock(folder: Path) -> Mapping[str, Locked]:
    """Read a folder's lock; none at all is an empty one."""
    path = folder / FILE
    return understand(read(path.read_text("utf-8"), FILE), LockFile).root if path.exists() else {}


def problems(book: Book, locked: Mapping[str, Locked]) -> list[BookError]:
    """List the journeys that are not as locked."""
    found = []
    for journey in book.journeys:
        known = locked.get(journey.name)
        place = journey.document.place("version")
        if known is None or known.version < journey.version:
            found.append(
                BookError(
                    f"{journey.name} version {journey.version} is not locked",
                    expected=f"its digest in {FILE}",
                    remedy="regua check journeys --update-lock",
                    place=place,
                )
            )
        elif known.version > journey.version:
            found.append(
                BookError(
                    f"{journey.name} went back to version {journey.version}",
                    expected=f"version {known.version} or later",
                    place=place,
                )
            )
        elif known.digest != fingerprint(journey):
            found.append(
                BookError(
                    f"{journey.name} has changed but is still version {journey.version}",
                    expected="a new version for a new content: customers may be inside the old one",
                    remedy=f"write version: {journey.version + 1}, then regua check journeys --update-lock",
                    place=place,
                )
            )
    return found


def update(book: Book, folder: Path) -> None:
    """Lock new journeys and new versions; a version that is locked already is never written over.

    Raises
    ------
    BookError
        A journey changed under its number, or went back.
    """
    locked = dict(read_lock(folder))
    refused = [one for one in problems(book, locked) if "not locked" not in one.found]
    if refused:
        raise refused[0]
    entries = {journey.name: Locked(version=journey.version, digest=fingerprint(journey)) for journey in book.journeys}
    lines = [
        f"{name}: {{version: {entry.version}, digest: {entry.digest}}}"
        for name, entry in sorted((locked | entries).items())
    ]
    head = "# What each version of a journey says. Written by `regua check journeys --update-lock`; do not edit."
    (folder / FILE).write_text("\n".join([head, *lines, ""]), "utf-8")
