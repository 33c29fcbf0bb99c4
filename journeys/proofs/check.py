"""Is the book sound? Everything is read, proved and rehearsed, and versions are as locked. All proofs run from here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from journeys.book import HOME, Book, compile_book, sources
from journeys.proofs import cadence, endings, messages, reaching, returns, routing, sending, unused, versions, windows
from journeys.proofs.finding import CODES, Finding, Severity
from journeys.proofs.questions import Questions
from journeys.rehearsal.examples import run
from regua.errors import PredicateError, ReguaError

AN_ORDINARY_DAY = date(2026, 3, 3)
"""The day whose rules are proved where none is given: that of the examples."""

__all__ = ["CODES", "Finding", "Report", "Severity", "check", "check_sources", "prove"]


@dataclass(frozen=True, slots=True)
class Report:
    """What a check read and what it found; ``book`` is ``None`` where nothing could be compiled.

    ``questions`` counts what was asked about all customers, and ``solved`` how often the solver was needed.
    """

    book: Book | None
    findings: tuple[Finding, ...]
    journeys: int
    examples: int
    rules: int
    questions: int = 0
    solved: int = 0

    @property
    def is_sound(self) -> bool:
        """Whether nothing found keeps the book from going live."""
        return not self.of(Severity.ERROR)

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """Return the findings of one severity."""
        return tuple(finding for finding in self.findings if finding.severity is severity)


def check(folder: Path | None = None, *, update_lock: bool = False, on: date = AN_ORDINARY_DAY) -> Report:
    """Check a folder of journeys, the shipped one when none is given.

    A journey that cannot be read is reported and set aside, so that the others are still checked.

    Parameters
    ----------
    folder
        Where the journeys are.
    update_lock
        Whether to lock new journeys and versions, once nothing else is wrong.
    on
        The day whose rules of law and house are proved, and from which windows are looked at for a year.
    """
    home = folder or HOME
    try:
        files = sources(home)
    except ReguaError as problem:
        return Report(None, (Finding.of("R001", problem),), 0, 0, 0)
    report = check_sources(files, on=on)
    if report.book is None:
        return report
    locked = versions.findings(report.book, home, update_lock=update_lock and report.is_sound)
    return replace(report, findings=_by_severity([*report.findings, *locked]))


def check_sources(files: Mapping[str, str], *, on: date = AN_ORDINARY_DAY) -> Report:
    """Check a book by the text of its files, as :func:`check` does but for the lock."""
    findings: list[Finding] = []
    book = _compile(dict(files), findings)
    if book is None:
        return Report(None, tuple(findings), 0, 0, 0)
    questions = Questions(book)
    findings += _rehearsed(book)
    findings += prove(book, questions, on)
    return Report(
        book=book,
        findings=_by_severity(findings),
        journeys=len(book.journeys),
        examples=sum(len(journey.written.examples) for journey in book.journeys),
        rules=len(book.policies.rules()),
        questions=questions.asked,
        solved=questions.solved,
    )


def _by_severity(findings: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: list(Severity).index(finding.severity)))


def prove(book: Book, questions: Questions, on: date = AN_ORDINARY_DAY) -> Iterator[Finding]:
    """Run every proof over a book that could be read."""
    yield from routing.findings(book, questions)
    yield from reaching.findings(book, questions)
    yield from endings.findings(book, questions)
    yield from returns.findings(book, questions)
    yield from sending.findings(book, questions, on)
    yield from windows.findings(book, on)
    yield from cadence.findings(book, on)
    yield from messages.findings(book)
    yield from versions.archived(book)
    yield from unused.findings(book)


def _rehearsed(book: Book) -> Iterator[Finding]:
    for journey in book.journeys:
        try:
            for miss in run(book, journey):
                yield Finding.at("R010", miss.place, miss.found, expected=miss.expected)
        except ReguaError as problem:
            yield Finding.of("R010", problem)


def _compile(files: dict[str, str], findings: list[Finding]) -> Book | None:
    while True:
        try:
            return compile_book(files)
        except ReguaError as problem:
            culprit = str(problem.place.file) if problem.place else ""
            findings.append(Finding.of(_code(problem, culprit), problem))
            if not culprit.startswith("catalog/"):
                return None
            del files[culprit]
            if not any(name.startswith("catalog/") for name in files):
                return None


def _code(problem: ReguaError, file: str) -> str:
    """Give an error of reading its code."""
    if isinstance(problem, PredicateError):
        return "R002"
    if " has the priority of " in problem.found:
        return "R104"
    if file == "offers.yaml":
        return "R601"
    return "R603" if file.startswith("messages/") else "R001"
