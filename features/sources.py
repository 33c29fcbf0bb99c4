"""How a book is opened: one DuckDB view for each canonical table, typed even where the table is absent."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pyarrow.parquet as pq

from features.tables import SUSPICIONS, TABLES, Table
from regua.settings import Settings

if TYPE_CHECKING:
    import duckdb

VIEWS: tuple[Table, ...] = (*TABLES.values(), SUSPICIONS)

_SQL_TYPES = {
    pl.String(): "VARCHAR",
    pl.Int64(): "BIGINT",
    pl.Int32(): "INTEGER",
    pl.Float64(): "DOUBLE",
    pl.Boolean(): "BOOLEAN",
    pl.Date(): "DATE",
    pl.Datetime("us"): "TIMESTAMP",
}


def connect(settings: Settings, spill: Path | None = None) -> "duckdb.DuckDBPyConnection":
    """Open DuckDB within the book's memory and threads.

    Parameters
    ----------
    spill
        Folder for what does not fit in memory; ``home/.spill`` when None.
    """
    import duckdb

    folder = spill or settings.home / ".spill"
    connection = duckdb.connect(
        config={
            "threads": settings.threads,
            "memory_limit": f"{settings.memory_mb}MiB",
            "temp_directory": str(folder),
            "autoinstall_known_extensions": False,  # a decision machine may stand without a network
            "preserve_insertion_order": True,
        }
    )
    with suppress(duckdb.InvalidInputException):  # a notebook without ipywidgets has no bar to switch off
        connection.execute("SET enable_progress_bar = false")
    return connection


def open_tables(settings: Settings) -> "duckdb.DuckDBPyConnection":
    """Open the validated tables of a book: ``SELECT ... FROM payments`` works on the answer.

    Instants are ``TIMESTAMP`` in UTC, days ``DATE``, money ``BIGINT`` cents, closed words ``VARCHAR``.
    Every canonical table and ``suspicions`` is a view; an absent table is an empty one with its proper types.
    """
    connection = connect(settings)
    create_views(connection, settings.tables)
    return connection


def create_views(connection: "duckdb.DuckDBPyConnection", folder: Path) -> None:
    """Create one view for each canonical table over ``folder/<table>/*.parquet``."""
    for table in VIEWS:
        connection.execute(f'CREATE OR REPLACE VIEW "{table.name}" AS {select_sql(folder, table)}')


def select_sql(folder: Path, table: Table) -> str:
    """Return the SELECT over a table's Parquet parts with its columns in order, or over nothing, well typed.

    A column that may be NULL and that no part has, since it was written before there was such a column, is NULL.
    Instants are told in UTC without a zone, whether or not they were written with one.
    """
    nothing = {name: f'CAST(NULL AS {sql_type(kind)}) AS "{name}"' for name, kind in table.types.items()}
    files = parts(folder, table.name)
    if not files:
        return f"SELECT {', '.join(nothing.values())} WHERE false"
    schemas = [pq.read_schema(file) for file in files]
    known = [set(schema.names) for schema in schemas]
    there = set().union(*known)
    zoned = {field.name for schema in schemas for field in schema if getattr(field.type, "tz", None) is not None}
    columns = ", ".join(
        nothing[name] if name not in there and table.is_nullable(name) else _utc(name, name in zoned)
        for name in table.columns
    )
    pattern = str(folder / table.name / "*.parquet").replace("'", "''")
    by_name = ", union_by_name = true" if any(names != there for names in known) else ""
    return f"SELECT {columns} FROM read_parquet('{pattern}'{by_name})"


def _utc(name: str, is_zoned: bool) -> str:
    """Read a column; an instant written with its zone would be taken for local time wherever a clock is asked."""
    return f'("{name}" AT TIME ZONE \'UTC\') AS "{name}"' if is_zoned else f'"{name}"'


def parts(folder: Path, table: str) -> list[Path]:
    """List the Parquet parts of a table, in order."""
    return sorted((folder / table).glob("*.parquet"))


def sql_type(kind: pl.DataType) -> str:
    """Name a column type as DuckDB does."""
    return _SQL_TYPES[kind]
