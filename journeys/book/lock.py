"""The lock: what each version of a journey says, so that none changes under its number."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import Field, RootModel

from journeys.book import Book
from journeys.book.archive import FOLDER
from journeys.book.journeys import CompiledJourney
from journeys.language.reading import read, understand
from journeys.language.strict import Strict
from regua.errors import BookError
from regua.records import canonical, digest

FILE = "catalog.lock"
_DIGEST = r"^[0-9a-f]{64}$"


class Locked(Strict):
    """The version in force and the digest of what it says; and those of the versions before it."""

    version: int = Field(ge=1)
    digest: str = Field(pattern=_DIGEST)
    earlier: dict[int, str] = Field(default_factory=dict)


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
    """List the versions that are not as locked, and those that customers are to finish and nobody has kept."""
    in_force = (_problem(journey, locked.get(journey.name)) for journey in book.journeys)
    return [one for one in in_force if one is not None] + list(_in_archive(book, locked))


def _problem(journey: CompiledJourney, known: Locked | None) -> BookError | None:
    place = journey.document.place("version")
    if known is None or known.version < journey.version:
        return BookError(
            f"{journey.name} version {journey.version} is not locked",
            expected=f"its digest in {FILE}",
            remedy="regua check journeys --update-lock",
            place=place,
        )
    if known.version > journey.version:
        return BookError(
            f"{journey.name} went back to version {journey.version}",
            expected=f"version {known.version} or later",
            place=place,
        )
    if known.digest != fingerprint(journey):
        return BookError(
            f"{journey.name} has changed but is still version {journey.version}",
            expected="a new version for a new content: customers may be inside the old one",
            remedy=f"write version: {journey.version + 1}, then regua check journeys --update-lock",
            place=place,
        )
    return None


def _in_archive(book: Book, locked: Mapping[str, Locked]) -> Iterator[BookError]:
    """Find archived versions that say something else than they did, and versions to be finished that are not there."""
    kept = {(journey.name, journey.version) for journey in book.archived}
    for journey in book.archived:
        known = locked.get(journey.name)
        was = None if known is None else _earlier(known).get(journey.version)
        if was is not None and was != fingerprint(journey):
            yield BookError(
                f"version {journey.version} of {journey.name} in the archive is not what was locked",
                expected="the journey as customers entered it",
                remedy="take it back from the history of the repository",
                place=journey.document.place("version"),
            )
    for journey in book.journeys:
        known = locked.get(journey.name)
        before = [one for one in _earlier(known) if one < journey.version] if known else []
        if journey.written.inside == "finish" and before and (journey.name, max(before)) not in kept:
            yield BookError(
                f"customers inside version {max(before)} of {journey.name} are to finish it, and it is not kept",
                expected=f"{FOLDER}{journey.name}.v{max(before)}.yaml",
                remedy="put it there, or write inside: move",
                place=journey.document.place("inside"),
            )


def _earlier(known: Locked) -> Mapping[int, str]:
    return {**known.earlier, known.version: known.digest}


def update(book: Book, folder: Path) -> None:
    """Lock new journeys and new versions; a version that is locked already is never written over.

    Raises
    ------
    BookError
        A journey changed under its number, or went back; an archived version is not what it was.
    """
    locked = dict(read_lock(folder))
    refused = [one for one in problems(book, locked) if "not locked" not in one.found]
    if refused:
        raise refused[0]
    entries = {journey.name: _entry(journey, locked.get(journey.name)) for journey in book.journeys}
    lines = [f"{name}: {_line(entry)}" for name, entry in sorted((locked | entries).items())]
    head = "# What each version of a journey says. Written by `regua check journeys --update-lock`; do not edit."
    (folder / FILE).write_text("\n".join([head, *lines, ""]), "utf-8")


def _entry(journey: CompiledJourney, known: Locked | None) -> Locked:
    earlier = _earlier(known) if known else {}
    return Locked(
        version=journey.version,
        digest=fingerprint(journey),
        earlier={version: said for version, said in earlier.items() if version < journey.version},
    )


def _line(entry: Locked) -> str:
    earlier = ", ".join(f"{version}: {said}" for version, said in sorted(entry.earlier.items()))
    return f"{{version: {entry.version}, digest: {entry.digest}{f', earlier: {{{earlier}}}' if earlier else ''}}}"
