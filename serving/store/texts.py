"""The texts that decisions were made under, each once by its digest: books of journeys, and shapes of inputs."""

from collections.abc import Mapping
from typing import Literal

from sqlalchemy import Table, bindparam, select

from regua.errors import NotFoundError
from serving.store import tables
from serving.store.database import Database
from serving.store.statements import Statement, inserting, statement

Kind = Literal["books", "shapes"]


def _keeping(table: Table) -> Statement:
    columns = ("portfolio", "digest", "text")
    return statement(inserting(table, *columns).on_conflict_do_nothing(), *columns)


def _reading(table: Table) -> Statement:
    own = table.c.portfolio == bindparam("portfolio")
    return statement(select(table.c.text).where(own, table.c.digest == bindparam("digest")), "portfolio", "digest")


_TABLES: Mapping[Kind, Table] = {"books": tables.books, "shapes": tables.shapes}
_KEEP = {kind: _keeping(table) for kind, table in _TABLES.items()}
_READ = {kind: _reading(table) for kind, table in _TABLES.items()}


class Texts:
    """Books and shapes of one portfolio.

    Parameters
    ----------
    database
        Where they lie.
    portfolio
        Whose they are.
    """

    def __init__(self, database: Database, portfolio: str) -> None:
        self._database, self._portfolio = database, portfolio

    def keep(self, kind: Kind, texts: Mapping[str, str]) -> None:
        """Keep texts under their digests; what is kept already stays."""
        with self._database.writing() as transaction:
            transaction.change_many(_KEEP[kind], [(self._portfolio, *one) for one in texts.items()])

    def read(self, kind: Kind, digest: str) -> str:
        """Read a text back by its digest.

        Raises
        ------
        NotFoundError
            Nothing is kept under this digest.
        """
        with self._database.reading() as transaction:
            found = transaction.rows(_READ[kind], self._portfolio, digest)
        if not found:
            raise NotFoundError(f"no text {digest} in {kind}", expected="one of the texts decisions were made under")
        return str(found[0][0])
