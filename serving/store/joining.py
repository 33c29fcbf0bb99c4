"""One transaction begun inside another is part of it: several calls of the store are kept together, or none of them.

The thread is what joins them: a call made while the thread has a transaction open for writing is a part of that one. A
part that fails is taken back alone, so that whoever caught its error keeps nothing of it.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from time import monotonic
from typing import Generic, TypeVar

from regua.errors import UnavailableError


class Joined(ABC):
    """A transaction that others may join, and what is to be done at its end."""

    def __init__(self) -> None:
        self._last: list[Callable[[], None]] = []

    def put_off(self, work: Callable[[], None]) -> None:
        """Do something last, just before the commit; it is not done if the part that put it off is taken back."""
        self._last.append(work)

    def finish(self) -> None:
        """Do what was put off, in order."""
        while self._last:
            self._last.pop(0)()

    @contextmanager
    def part(self) -> Iterator[None]:
        """Begin a part that is taken back alone if it fails."""
        mark = len(self._last)
        self.mark("SAVEPOINT part")
        try:
            yield
        except BaseException:
            del self._last[mark:]
            self.mark("ROLLBACK TO SAVEPOINT part")
            self.mark("RELEASE SAVEPOINT part")
            raise
        self.mark("RELEASE SAVEPOINT part")

    @abstractmethod
    def mark(self, words: str) -> None:
        """Set, release or go back to a savepoint."""


Opened = TypeVar("Opened", bound=Joined)
REMEMBERED_SECONDS = 5.0
"""For how long a transaction that failed says something of the next one, where none was tried since."""


class Joinable(ABC, Generic[Opened]):
    """A database whose transactions join the one their thread has open for writing."""

    def __init__(self) -> None:
        self._of_thread = threading.local()
        self._trouble: tuple[float, str] | None = None

    def trouble(self) -> str | None:
        """Say why the last transaction failed, if that was a moment ago and nothing was kept since.

        A disk that is full can be read: that nothing can be written shows in who tried.
        """
        failed = self._trouble
        return failed[1] if failed and monotonic() - failed[0] < REMEMBERED_SECONDS else None

    def _failed(self, problem: UnavailableError) -> UnavailableError:
        self._trouble = monotonic(), problem.found
        return problem

    @contextmanager
    def reading(self) -> Iterator[Opened]:
        """Open a transaction that sees one state of the store throughout, with what the open one has written."""
        opened = self._opened()
        if opened is not None:
            yield opened
            return
        with self._transaction(is_writing=False) as transaction:
            yield transaction

    @contextmanager
    def writing(self) -> Iterator[Opened]:
        """Open a transaction that is on the disk when it ends, or never was; joined to an open one, when that ends."""
        opened = self._opened()
        if opened is not None:
            with opened.part():
                yield opened
            return
        with self._transaction(is_writing=True) as transaction:
            self._of_thread.opened = transaction
            try:
                yield transaction
                transaction.finish()
            finally:
                self._of_thread.opened = None
        self._trouble = None

    def _opened(self) -> Opened | None:
        return getattr(self._of_thread, "opened", None)

    @abstractmethod
    def _transaction(self, *, is_writing: bool) -> AbstractContextManager[Opened]:
        """Begin a transaction of its own, and commit it at the end."""
