"""The columns tables are made of: words, numbers and bytes that sort and compare alike on both databases."""

from typing import Any

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import TEXT
from sqlalchemy.schema import SchemaItem

METADATA = MetaData()
# The C collation sorts by byte, as SQLite does, whatever the locale of the server.
WORDS = Text().with_variant(TEXT(collation="C"), "postgresql")
NUMBER = BigInteger().with_variant(Integer(), "sqlite")


def table(name: str, *parts: SchemaItem, by_key: bool = False) -> Table:
    """Define a table; ``by_key`` keeps its rows in the order of their key."""
    return Table(name, METADATA, *parts, sqlite_strict=True, sqlite_with_rowid=not by_key)


def seq() -> Column[Any]:
    """Count rows in the order they are written."""
    return Column("seq", NUMBER, primary_key=True, autoincrement=True)


def key(name: str) -> Column[Any]:
    """Make a word a part of the key."""
    return Column(name, WORDS, primary_key=True)


def words(name: str, *, nullable: bool = False) -> Column[Any]:
    """Hold text, sorted by byte."""
    return Column(name, WORDS, nullable=nullable)


def number(name: str, *, nullable: bool = False) -> Column[Any]:
    """Hold a whole number."""
    return Column(name, NUMBER, nullable=nullable)


def blob(name: str, *, nullable: bool = False) -> Column[Any]:
    """Hold bytes as they are."""
    return Column(name, LargeBinary, nullable=nullable)
