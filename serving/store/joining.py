"""One transaction begun inside another is part of it: several calls of the store are kept together, or none of them.

The thread is what joins them: a call made while the thread has a transaction open for writing is a part of that one. A
part that fails is taken back alone, so that whoever caught its error keeps nothing of it.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Generic, TypeVar


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


class Joinable(ABC, Generic[Opened]):
    """A database whose transactions join the one their thread has open for writing."""

    def __init__(self) -> None:
        self._of_thread = threading.local()

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

    def _opened(self) -> Opened | None:
        return getattr(self._of_thread, "opened", None)

    @abstractmethod
    def _transaction(self, *, is_writing: bool) -> AbstractContextManager[Opened]:
        """Begin a transaction of its own, and commit it at the end."""
