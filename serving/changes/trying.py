"""What would this change do? Checked as the command line checks a folder, and decided on the current customers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from journeys.book import Book
from regua.clock import local_date
from regua.errors import BundleError
from regua.settings import Settings
from serving.changes import checking, promoting, versions
from serving.changes.change import Change, Kind
from serving.changes.drafting import files_of
from serving.changes.live_book import BOOK
from serving.deciding.pipeline import Pipeline
from serving.deciding.profiles import Profiles, SnapshotProfiles, TableProfiles
from serving.scoring.releases import scorer_of
from serving.store.instants import instant

if TYPE_CHECKING:
    from serving.service import Service

Findings = list[dict[str, Any]]
"""What was found of a draft, as plain data."""


@dataclass(frozen=True, slots=True)
class Bench:
    """A place to decide for trial: profiles as the batch reads them, and a scorer nobody else is using."""

    settings: Settings
    pipeline: Pipeline


def verdict(service: "Service", change: Change, by: str, at: datetime) -> dict[str, Any]:
    """Check what a request asks for and decide the current customers with and without it; nothing is logged.

    Takes seconds of processor time, and more on a large book of customers: it runs beside the requests.

    Raises
    ------
    NotFoundError
        There is no snapshot of profiles to try it on.
    """
    found = _release(service, change, at) if change.kind is Kind.RELEASE else _book(service, change, at)
    return {"version": change.target, "base": change.base, "at": instant(at), "by": by, **found}


def judged(service: "Service", files: Mapping[str, str], base: Book, at: datetime) -> tuple[Book | None, Findings]:
    """Check a draft against a book, on the day of a moment; see :func:`serving.changes.checking.judge`."""
    lived = versions.together(versions.read(one.body) for one in service.store.changes.lived(BOOK))
    return checking.judge(files, base, lived, local_date(at, service.settings.zone))


def differences_in_words(old: Book, new: Book) -> list[Mapping[str, Any]]:
    """Tell what changes from one book to another, a sentence a change."""
    from journeys.telling.differences import differences

    return [{"subject": one.subject, "kind": one.kind, "words": one.words} for one in differences(old, new)]


def _book(service: "Service", change: Change, at: datetime) -> dict[str, Any]:
    base = Book.from_text(service.store.texts.read("books", change.base))
    new, findings = judged(service, files_of(service.store.texts.read("books", change.target)), base, at)
    found = {"is_sound": new is not None, "findings": findings, "differences": [], "touched": None}
    if new is None:
        return found
    return {
        **found,
        "differences": differences_in_words(base, new),
        "touched": _touched(service, base, new, at),
        "journeys": versions.versions_of(new),
    }


def _release(service: "Service", change: Change, at: datetime) -> dict[str, Any]:
    findings = [_of_release(problem) for problem in promoting.problems(service.settings, change.target)]
    found: dict[str, Any] = {"is_sound": not findings, "findings": findings, "differences": [], "touched": None}
    if findings:
        return found
    book = service.book
    return {
        **found,
        "differences": promoting.differences(service.settings, change.base, change.target),
        "touched": _touched(service, book, book, at, release_id=change.target),
    }


def _of_release(problem: BundleError) -> dict[str, Any]:
    said = {"found": problem.found, "expected": problem.expected, "remedy": problem.remedy}
    return {"code": problem.code, "severity": "error", "place": "", "witness": None, "customer": {}, **said}


def _touched(
    service: "Service", old: Book, new: Book, at: datetime, *, release_id: str | None = None
) -> Mapping[str, Any]:
    from serving.deciding.comparing import compare

    settings, profiles = service.settings, service.pipeline.profiles
    names = profiles.customer_ids if isinstance(profiles, TableProfiles) else None
    read: Profiles = profiles if isinstance(profiles, TableProfiles) else SnapshotProfiles(settings)
    # A scorer of its own: the one at work keeps a row it fills anew for every customer.
    working = scorer_of(settings, service.pipeline.scorer.release_id)
    bench = Bench(settings, Pipeline(settings, read, working, old, service.store))
    scorer = scorer_of(settings, release_id) if release_id else None
    return compare(bench, old, new, at, names, scorer=scorer).to_dict()
