"""Is every journey what its version number says, and is every version that is still walked there to be walked?"""

from collections.abc import Iterator
from pathlib import Path

from journeys.book import Book, lock
from journeys.proofs.finding import Finding
from regua.errors import BookError, ReguaError


def findings(book: Book, home: Path, *, update_lock: bool) -> Iterator[Finding]:
    """Hold the journeys against the lock, after writing it where asked and possible."""
    try:
        if update_lock:
            lock.update(book, home)
        for problem in lock.problems(book, lock.read_lock(home)):
            # What is to be finished and was not kept is found by :func:`archived`, with or without a lock.
            if "it is not kept" not in problem.found:
                yield Finding.of(_code(problem), problem)
    except ReguaError as problem:
        yield Finding.of(
            "R012" if "has changed" in problem.found or "in the archive" in problem.found else "R011", problem
        )


def archived(book: Book) -> Iterator[Finding]:
    """Find journeys whose customers are to finish an earlier version that nobody has kept."""
    kept = {(journey.name, journey.version) for journey in book.archived}
    for journey in book.journeys:
        before = journey.version - 1
        if journey.written.inside == "finish" and before >= 1 and (journey.name, before) not in kept:
            yield Finding.at(
                "R014",
                journey.document.place("inside"),
                f"customers inside version {before} of {journey.name} are to finish it, and it is nowhere",
                expected=f"catalog/archive/{journey.name}.v{before}.yaml",
                remedy="keep the earlier file there, or write inside: move",
            )


def _code(problem: BookError) -> str:
    if "went back" in problem.found:
        return "R013"
    return "R011" if "not locked" in problem.found else "R012"
