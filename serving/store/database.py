"""One transaction on either database, and who may write at once.

SQLite lets one writer in at a time. PostgreSQL lets in many, each holding a lock on the customers it writes about; what
they add to a portfolio's audit chain is added one after the other. Locks are taken in one order everywhere, so that no
two writers wait for each other: the portfolio, its customers sorted, its chain.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

import orjson

from regua.errors import Place, UnavailableError
from regua.sealing import Vault
from serving.store.statements import Statement

Row = tuple[Any, ...]
Of = TypeVar("Of")
Answer = Callable[[], Of]
"""What was asked and not waited for: calling it waits, and gives the answer."""


class Transaction(Protocol):
    """What may be done between a beginning and a commit; ``portfolio`` is whose rows are read and written.

    ``vault`` opens the keys that people's content is sealed under; None where it is kept as it is.
    """

    vault: Vault | None

    def rows(self, statement: Statement, *values: object) -> list[Row]:
        """Run a statement and return all its rows."""
        ...

    def ask(self, statement: Statement, *values: object) -> Answer[list[Row]]:
        """Send a statement without waiting for its answer, which is all its rows.

        Several that do not need each other's answers are so asked in one round trip to a server.
        """
        ...

    def change(self, statement: Statement, *values: object) -> int:
        """Run a statement and say how many rows it changed."""
        ...

    def change_many(self, statement: Statement, rows: Iterable[Sequence[object]]) -> None:
        """Run a statement once a row."""
        ...

    def change_counted(self, statement: Statement, rows: Iterable[Sequence[object]]) -> int:
        """Run a statement once a row, wait for it, and say how many rows it changed in all."""
        ...

    def several(self, values: Iterable[str]) -> object:
        """Write several values as one parameter of :class:`~serving.store.statements.OneOf`."""
        ...

    def hold(self, portfolio: str, customer_ids: Iterable[str]) -> None:
        """Keep every other writer away from these customers until the commit."""
        ...

    def hold_all(self, portfolio: str) -> None:
        """Keep every other writer away from the whole portfolio until the commit, once those at work are done."""
        ...

    def hold_chain(self, portfolio: str) -> None:
        """Keep every other writer away from the portfolio's audit chain until the commit."""
        ...

    def put_off(self, work: Callable[[], None]) -> None:
        """Do something last, just before the commit; it is not done if the part that put it off is taken back."""
        ...


class Database(Protocol):
    """Where the store lies; ``name`` is how errors speak of it, ``vault`` what people's content is sealed with."""

    name: str
    vault: Vault | None

    def reading(self) -> AbstractContextManager[Transaction]:
        """Open a transaction that sees one state of the store throughout."""
        ...

    def writing(self) -> AbstractContextManager[Transaction]:
        """Open a transaction that is on the disk when it ends, or never was; joined to one of this thread, if any."""
        ...

    def trouble(self) -> str | None:
        """Say why the last transaction failed, if that was a moment ago and nothing was kept since."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...


def unavailable(name: str, problem: Exception) -> UnavailableError:
    """Say that the store cannot be used now, and that nothing was answered without it.

    Where it lies is the error's place: told at the command line and in logs, and not to callers.
    """
    return UnavailableError(
        f"the decision log cannot be used: {problem}",
        place=Place(name),
        expected="a store that can be written, with room on its disk",
        remedy="check the disk, the server and the permissions, then ask again: nothing unlogged was answered",
    )


def as_json(values: Iterable[str]) -> str:
    """Write several values as a JSON list, which SQLite takes as a table."""
    return orjson.dumps(list(values)).decode()
