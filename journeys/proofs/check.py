"""Is the book sound? Everything is read, every example runs through the real kernel, and versions are as locked."""

from dataclasses import dataclass
from pathlib import Path

from journeys.book import HOME, Book, compile_book, lock, sources
from journeys.rehearsal.examples import run
from regua.errors import ReguaError


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: a code, where, what was found, what belongs there, what to do."""

    code: str
    place: str
    found: str
    expected: str | None
    remedy: str | None

    @classmethod
    def of(cls, code: str, problem: ReguaError) -> "Finding":
        """Make a finding of an error."""
        return cls(code, str(problem.place or ""), problem.found, problem.expected, problem.remedy)


@dataclass(frozen=True, slots=True)
class Report:
    """What a check read and what it found; ``book`` is ``None`` where nothing could be compiled."""

    book: Book | None
    findings: tuple[Finding, ...]
    journeys: int
    examples: int
    rules: int

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


def check(folder: Path | None = None, *, update_lock: bool = False) -> Report:
    """Check a folder of journeys, the shipped one when none is given.

    A journey that cannot be read is reported and set aside, so that the others are still checked.
    """
    home = folder or HOME
    findings: list[Finding] = []
    book = _compile(home, findings)
    if book is None:
        return Report(None, tuple(findings), 0, 0, 0)
    for journey in book.journeys:
        try:
            findings.extend(
                Finding("example", str(miss.place), miss.found, miss.expected, None) for miss in run(book, journey)
            )
        except ReguaError as problem:
            findings.append(Finding.of("example", problem))
    findings += _locked(book, home, update_lock=update_lock and not findings)
    return Report(
        book=book,
        findings=tuple(findings),
        journeys=len(book.journeys),
        examples=sum(len(journey.written.examples) for journey in book.journeys),
        rules=len(book.policies.rules()),
    )


def _compile(home: Path, findings: list[Finding]) -> Book | None:
    try:
        files = sources(home)
    except ReguaError as problem:
        findings.append(Finding.of("book", problem))
        return None
    while True:
        try:
            return compile_book(files)
        except ReguaError as problem:
            findings.append(Finding.of(problem.code, problem))
            culprit = str(problem.place.file) if problem.place else ""
            if not culprit.startswith("catalog/"):
                return None
            del files[culprit]
            if not any(name.startswith("catalog/") for name in files):
                return None


def _locked(book: Book, home: Path, *, update_lock: bool) -> list[Finding]:
    try:
        if update_lock:
            lock.update(book, home)
        return [Finding.of("version", problem) for problem in lock.problems(book, lock.read_lock(home))]
    except ReguaError as problem:
        return [Finding.of("version", problem)]
