"""What would this change do? Checked as the command line checks a folder, and decided on the current customers."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from journeys.book import Book
from journeys.proofs.finding import Finding, Severity
from regua.clock import local_date
from regua.errors import BundleError
from regua.settings import Settings
from serving.changes import promoting, versions
from serving.changes.change import Change, Kind
from serving.changes.drafting import files_of
from serving.changes.live_book import BOOK
from serving.pipeline import Pipeline
from serving.profiles import Profiles, SnapshotProfiles, TableProfiles
from serving.releases import scorer_of
from serving.store.instants import instant

if TYPE_CHECKING:
    from serving.service import Service

MOST_FINDINGS = 200
"""Findings told of one draft; errors come first."""


@dataclass(frozen=True, slots=True)
class Bench:
    """A place to decide for trial: profiles as the batch reads them, and a scorer nobody else is using."""

    settings: Settings
    pipeline: Pipeline


def check(service: "Service", text: str, base: Book, at: datetime) -> tuple[Book | None, list[Finding]]:
    """Check a draft: everything is read, proved and rehearsed, and no version of a journey is written over.

    Returns
    -------
    The compiled book, None where it cannot be; and what was found, errors first.
    """
    from journeys.proofs.check import check_sources

    report = check_sources(files_of(text), on=local_date(at, service.settings.zone))
    found = list(report.findings)
    if report.book is not None:
        lived = versions.together(versions.read(one.body) for one in service.store.changes.lived(BOOK))
        found += versions.findings(report.book, base, lived)
    return report.book, sorted(found, key=lambda one: list(Severity).index(one.severity))


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


def is_sound(findings: Iterable[Finding]) -> bool:
    """Tell whether nothing found keeps a change from going live."""
    return not any(finding.severity is Severity.ERROR for finding in findings)


def told(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Return findings as plain data."""
    return [{**asdict(one), "severity": str(one.severity)} for one in findings][:MOST_FINDINGS]


def differences_in_words(old: Book, new: Book) -> list[Mapping[str, Any]]:
    """Tell what changes from one book to another, a sentence a change."""
    from journeys.telling.differences import differences

    return [{"subject": one.subject, "kind": one.kind, "words": one.words} for one in differences(old, new)]


def _book(service: "Service", change: Change, at: datetime) -> dict[str, Any]:
    base = Book.from_text(service.store.text("books", change.base))
    new, findings = check(service, service.store.text("books", change.target), base, at)
    sound = new is not None and is_sound(findings)
    found: dict[str, Any] = {"is_sound": sound, "findings": told(findings), "differences": [], "touched": None}
    if new is None or not sound:
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
    from serving.comparing import compare

    settings, profiles = service.settings, service.pipeline.profiles
    names = profiles.customer_ids if isinstance(profiles, TableProfiles) else None
    read: Profiles = profiles if isinstance(profiles, TableProfiles) else SnapshotProfiles(settings)
    # A scorer of its own: the one at work keeps a row it fills anew for every customer.
    working = scorer_of(settings, service.pipeline.scorer.release_id)
    bench = Bench(settings, Pipeline(settings, read, working, old, service.store))
    scorer = scorer_of(settings, release_id) if release_id else None
    return compare(bench, old, new, at, names, scorer=scorer).to_dict()
