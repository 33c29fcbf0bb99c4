"""Which book is at work: the one the store says is live, taken up by every process beside its requests."""

import threading
from time import monotonic

from journeys import book as books
from journeys.book import Book
from regua.clock import Clock
from regua.errors import ConflictError, ReguaError
from regua.records import canonical
from serving.changes.versions import versions_of
from serving.store import Store
from serving.store.changes import FIRST, Lived

LOOK_SECONDS = 1.0
"""How often a process looks whether another book went live, at most."""
LATEST_SECONDS = 4.0
"""How long a process may answer by a book it knows to be replaced, while the next one is being compiled beside it."""
BOOK = "book"


class LiveBook:
    """The book of a home: what was put live by a change, and before the first one what it was opened with.

    Parameters
    ----------
    store
        Says which book is live, and keeps its text.
    given
        The book the home is opened with; None for the live one, or the shipped one before the first change.

    Raises
    ------
    ConflictError
        Another book than the live one is given: nothing goes live past a change request.
    """

    def __init__(self, store: Store, given: Book | None) -> None:
        self._store = store
        lived = store.changes.live(BOOK)
        if lived is not None and given is not None and given.digest != lived.target:
            raise ConflictError(
                f"this home works by book {lived.target[:12]}, not by {given.digest[:12]}",
                expected="the book that a change request put live",
                remedy="submit the other one as a change request; regua change list shows them",
            )
        self.problem: ReguaError | None = None
        self._failed: str | None = None
        self._book = given or (books.load() if lived is None else self._compiled(lived.target))
        self._looked = self._fresh = monotonic()
        self._lock = threading.Lock()
        self._worker: threading.Thread | None = None

    @property
    def book(self) -> Book:
        """The book at work, without looking for another."""
        return self._book

    def current(self) -> Book:
        """Return the book at work, after looking for another at most once a second."""
        now = monotonic()
        if now - self._looked >= LOOK_SECONDS:
            self._looked = now
            self._look(now)
        return self._book

    def take_up(self) -> Book:
        """Look now, and wait until what is live is at work here."""
        self._looked = monotonic()
        self._fresh = self._looked - LATEST_SECONDS
        self._look(self._looked)
        return self._book

    def begin(self, clock: Clock) -> Lived:
        """Say that this home works by its book, where nothing was said before."""
        book = self._book
        body = canonical({"journeys": versions_of(book)}).decode()
        first = Lived(BOOK, book.digest, "", FIRST, "regua", clock.now(), body)
        self._store.texts.keep("books", {book.digest: book.text})
        return self._store.changes.adopt(first)

    def _look(self, now: float) -> None:
        lived = self._store.changes.live(BOOK)
        if lived is None or lived.target == self._book.digest:
            self._fresh, self.problem, self._failed = now, None, None
            return
        if lived.target == self._failed:
            return
        with self._lock:
            worker = self._worker
            if worker is None or not worker.is_alive():
                worker = threading.Thread(target=self._take_up, args=(lived.target,), name="next book", daemon=True)
                self._worker = worker
                worker.start()
        if now - self._fresh >= LATEST_SECONDS:
            worker.join()

    def _take_up(self, target: str) -> None:
        try:
            self._book = self._compiled(target)
            self._fresh, self.problem = monotonic(), None
        except Exception as problem:  # whatever it is, the last good one stays at work, and readiness says so
            told = problem if isinstance(problem, ReguaError) else ReguaError(f"the book cannot be read: {problem}")
            self.problem, self._failed = told, target

    def _compiled(self, target: str) -> Book:
        return Book.from_text(self._store.texts.read("books", target))
