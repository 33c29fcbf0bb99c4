"""Earlier versions of journeys that customers may still be walking: one file each in ``catalog/archive``."""

from collections.abc import Sequence

from journeys.book.grammar import Journey
from journeys.language.reading import Document, unknown
from regua.errors import BookError

FOLDER = "catalog/archive/"


def in_archive(
    current: Sequence[tuple[Journey, Document]], archived: Sequence[tuple[Journey, Document]]
) -> list[tuple[Journey, Document]]:
    """Return the archived versions in order, once each is known to be what its name says.

    Raises
    ------
    BookError
        A file that is not ``<journey>.v<version>.yaml``, a version that is not an earlier one, a journey nobody knows.
    """
    versions = {journey.journey: journey.version for journey, _ in current}
    for journey, document in archived:
        wanted = f"{FOLDER}{journey.journey}.v{journey.version}.yaml"
        if document.file != wanted:
            raise BookError(f"an archived version in {document.file}", expected=wanted, place=document.place("version"))
        if journey.journey not in versions:
            raise unknown("journey in the archive", journey.journey, versions, document.place("journey"))
        if journey.version >= versions[journey.journey]:
            raise BookError(
                f"version {journey.version} of {journey.journey} is archived",
                expected=f"a version before {versions[journey.journey]}, the one in force",
                place=document.place("version"),
            )
    return sorted(archived, key=lambda entry: (entry[0].journey, entry[0].version))
