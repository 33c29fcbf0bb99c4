"""Does a journey that changed bear a new number? Held against every book that was ever live here."""

from collections.abc import Iterable, Mapping

import orjson

from journeys.book import Book
from journeys.book.lock import fingerprint
from journeys.proofs.finding import Finding

Versions = Mapping[str, Mapping[str, str]]
"""What each version of a journey says, by its name and its number as text: a digest."""


def versions_of(book: Book) -> dict[str, dict[str, str]]:
    """Name what every version of a book's journeys says, archived ones too."""
    found: dict[str, dict[str, str]] = {}
    for journey in (*book.journeys, *book.archived):
        found.setdefault(journey.name, {})[str(journey.version)] = fingerprint(journey)
    return found


def together(lived: Iterable[Versions]) -> dict[str, dict[str, str]]:
    """Put together what several books said."""
    found: dict[str, dict[str, str]] = {}
    for versions in lived:
        for name, said in versions.items():
            found.setdefault(name, {}).update(said)
    return found


def findings(book: Book, base: Book, lived: Versions) -> list[Finding]:
    """Find journeys that say something else under a number that was taken, or go back to one.

    A journey that stays as the live book has it is left alone, also after a later version was rolled back.
    """
    kept = versions_of(base)
    found = []
    for journey in (*book.journeys, *book.archived):
        number, says = str(journey.version), fingerprint(journey)
        taken = lived.get(journey.name, {})
        latest = max((int(one) for one in taken), default=0)
        if kept.get(journey.name, {}).get(number) == says or taken.get(number) == says:
            continue
        is_new = journey.version > latest and journey in book.journeys
        if not is_new and taken:
            found.append(
                Finding.at(
                    "R012",
                    journey.document.place("version"),
                    f"{journey.name} has changed, and its version {journey.version} was taken",
                    expected="a new version for a new content: customers may be inside the old one",
                    remedy=f"write version: {latest + 1}",
                )
            )
    return found


def read(body: str) -> Versions:
    """Return what is kept of the versions of a book that was live."""
    versions: Versions = orjson.loads(body).get("journeys", {})
    return versions
