"""A statement is written once in SQLAlchemy Core and kept as the text each database takes.

Building and compiling a statement costs a hundred times what SQLite needs to run it: here it is done once, for the one
database that is asked, when it is first asked; the drivers are given text and values.
"""

from typing import Any

from sqlalchemy import BindParameter, Boolean, ColumnElement, Integer, Select, Table, bindparam, literal_column
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import Insert, insert, psycopg
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement

SQLITE = sqlite.dialect(paramstyle="qmark")
POSTGRES = psycopg.PGDialect_psycopg(paramstyle="format")  # type: ignore[no-untyped-call]
_DIALECTS = {"sqlite": SQLITE, "postgres": POSTGRES}


class Statement:
    """The same statement in the words of each database; values are given in one order to both."""

    def __init__(self, sqlite: str, postgres: str) -> None:
        self.sqlite, self.postgres = sqlite, postgres


class _Unwritten(Statement):
    """A statement whose text for a database is made when it is first asked for."""

    def __init__(self, clause: ClauseElement, names: tuple[str, ...]) -> None:
        self._clause, self._names = clause, names

    def __getattr__(self, name: str) -> str:
        if name not in _DIALECTS:
            raise AttributeError(name)
        text = _compiled(self._clause, _DIALECTS[name], self._names)
        setattr(self, name, text)
        return text


def statement(clause: ClauseElement, *names: str) -> Statement:
    """Keep a statement whose parameters stand in its text in the order of ``names``.

    Its text is refused with a ``ValueError`` where a parameter is missing or too many, or they stand in another order.
    """
    return _Unwritten(clause, names)


def inserting(table: Table, *names: str) -> Insert:
    """Insert one row of named columns; ``ON CONFLICT`` may be added, which both databases know."""
    return insert(table).values({name: bindparam(name) for name in names}).inline()


def limited(query: "Select[Any]", name: str = "limit") -> "Select[Any]":
    """Take at most a number of rows, given as a parameter."""
    return query.limit(bindparam(name, type_=Integer)).offset(literal_column("0"))


class OneOf(ColumnElement[bool]):
    """Whether a column is one of several values; :meth:`Transaction.several` says how they are given."""

    inherit_cache = False
    type = Boolean()
    # Otherwise it is compared with 1 where a database has no booleans, and no index is used.
    _is_implicitly_boolean = True

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column = column
        self.values: BindParameter[Any] = bindparam(name)


@compiles(OneOf, "sqlite")
def _one_of_in_sqlite(element: OneOf, compiler: SQLCompiler, **options: Any) -> str:
    column, values = compiler.process(element.column, **options), compiler.process(element.values, **options)
    return f"{column} IN (SELECT value FROM json_each({values}))"


@compiles(OneOf, "postgresql")
def _one_of_in_postgres(element: OneOf, compiler: SQLCompiler, **options: Any) -> str:
    column, values = compiler.process(element.column, **options), compiler.process(element.values, **options)
    return f"{column} = ANY (CAST({values} AS text[]))"


class Holds(ColumnElement[bool]):
    """Whether some bytes stand anywhere within a column of bytes."""

    inherit_cache = False
    type = Boolean()
    _is_implicitly_boolean = True

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column = column
        self.part: BindParameter[Any] = bindparam(name)


@compiles(Holds, "sqlite")
def _holds_in_sqlite(element: Holds, compiler: SQLCompiler, **options: Any) -> str:
    column, part = compiler.process(element.column, **options), compiler.process(element.part, **options)
    return f"instr({column}, {part}) > 0"


@compiles(Holds, "postgresql")
def _holds_in_postgres(element: Holds, compiler: SQLCompiler, **options: Any) -> str:
    column, part = compiler.process(element.column, **options), compiler.process(element.part, **options)
    # Byte by byte: in hexadecimal digits a part would also be found half a byte off.
    return f"position(CAST({part} AS bytea) IN {column}) > 0"


def _compiled(clause: ClauseElement, dialect: Dialect, names: tuple[str, ...]) -> str:
    compiled = clause.compile(dialect=dialect)
    if not isinstance(compiled, SQLCompiler):
        raise ValueError(f"not a statement with parameters: {compiled}")
    found = tuple(compiled.positiontup or ())
    if found != names:
        raise ValueError(f"the parameters of {compiled} stand as {found}, not as {names}")
    return " ".join(str(compiled).split())
