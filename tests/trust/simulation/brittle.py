"""A store whose process can die before any statement, and before its commit: what it had begun is gone with it."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from unittest.mock import patch

from serving.store import sqlite
from serving.store.database import Row
from serving.store.sqlite import SQLiteDatabase, SQLiteTransaction
from serving.store.statements import Statement


class Died(BaseException):
    """The process is no more: nobody gets an answer, and what was not committed never was."""


class Fuse:
    """Counts the steps of the store; lit, it ends the process at one of them."""

    left: int | None = None

    def light(self, steps: int) -> None:
        """Let the process die before its so-manieth step from now."""
        self.left = steps

    def put_out(self) -> None:
        """Let it live."""
        self.left = None

    def burn(self) -> None:
        """Pass a step, or die."""
        if self.left is not None:
            self.left -= 1
            if self.left <= 0:
                self.left = None
                raise Died


FUSE = Fuse()


class BrittleTransaction(SQLiteTransaction):
    """A transaction of a process that may die in the middle of it."""

    def rows(self, statement: Statement, *values: object) -> list[Row]:
        FUSE.burn()
        return super().rows(statement, *values)

    def change(self, statement: Statement, *values: object) -> int:
        FUSE.burn()
        return super().change(statement, *values)

    def change_many(self, statement: Statement, rows: Iterable[Sequence[object]]) -> None:
        FUSE.burn()
        super().change_many(statement, rows)

    def finish(self) -> None:
        super().finish()
        FUSE.burn()


_IN_NO_HURRY = ("synchronous = OFF", "locking_mode = EXCLUSIVE", "journal_mode = MEMORY")
"""No power fails and nobody else opens the file: a process dies between statements, and takes back what it began."""


class BrittleDatabase(SQLiteDatabase):
    """A file that is not waited for, once it was opened as ever and found durable."""

    def _prepare(self) -> None:
        super()._prepare()
        for pragma in _IN_NO_HURRY:
            self._connection.execute(f"PRAGMA {pragma}")


@contextmanager
def brittle() -> Iterator[None]:
    """Let stores opened meanwhile be ones whose process may die."""
    FUSE.put_out()
    try:
        with patch.multiple(sqlite, SQLiteTransaction=BrittleTransaction, SQLiteDatabase=BrittleDatabase):
            yield
    finally:
        FUSE.put_out()
