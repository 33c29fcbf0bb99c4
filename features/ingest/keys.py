"""Rules between rows: whom a row points to, and whether its key came before."""

from pathlib import Path
from typing import TYPE_CHECKING, cast

import polars as pl

from features.sources import parts, select_sql
from features.tables import TABLES, Reference, Table

if TYPE_CHECKING:
    import duckdb


def find_refused(
    connection: "duckdb.DuckDBPyConnection", table: Table, staged: Path, kept: Path, before: Path | None = None
) -> pl.DataFrame:
    """Find the staged rows that point to nothing, or whose key is taken.

    Parameters
    ----------
    staged
        Folder of Parquet parts with the canonical columns, ``file`` (its number) and ``row``.
    kept
        Folder of the tables that rows may point to.
    before
        Folder of tables whose keys are already taken; None at the first ingest.

    Returns
    -------
    ``file``, ``row``, ``rule``, ``column`` and ``value``, one line for each refused row. Rules: ``orphan``,
    ``another_customer``, ``duplicate_row`` (the same row again) and ``duplicate_key`` (other content under a key
    that is taken; the earliest known row keeps it).
    """
    connection.execute(f"CREATE OR REPLACE TEMP VIEW staged AS SELECT * FROM read_parquet('{_glob(staged)}')")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE refused "
        '(file INTEGER, "row" BIGINT, rule VARCHAR, "column" VARCHAR, "value" VARCHAR)'
    )
    for reference in table.references:
        connection.execute(f"INSERT INTO refused {_orphans(reference, kept)}")
        if reference.same_customer:
            connection.execute(f"INSERT INTO refused {_strangers(reference, kept)}")
    _refuse_duplicates(connection, table, before)
    found = connection.sql('SELECT * FROM refused ORDER BY file, "row"').to_arrow_table()
    return cast(pl.DataFrame, pl.from_arrow(found))


def _orphans(reference: Reference, kept: Path) -> str:
    column, parent = reference.column, TABLES[reference.table]
    return f"""
        SELECT s.file, s."row", 'orphan', '{column}', s."{column}" FROM staged s
        ANTI JOIN ({select_sql(kept, parent)}) p ON s."{column}" = p."{parent.key[0]}"
        WHERE s."{column}" IS NOT NULL AND {_NOT_YET}"""


def _strangers(reference: Reference, kept: Path) -> str:
    column, parent = reference.column, TABLES[reference.table]
    return f"""
        SELECT s.file, s."row", 'another_customer', 'customer_id', s.customer_id FROM staged s
        JOIN ({select_sql(kept, parent)}) p ON s."{column}" = p."{parent.key[0]}"
        WHERE s.customer_id <> p.customer_id AND {_NOT_YET}"""


_NOT_YET = '(s.file, s."row") NOT IN (SELECT (file, "row") FROM refused)'


def _refuse_duplicates(connection: "duckdb.DuckDBPyConnection", table: Table, before: Path | None) -> None:
    key = ", ".join(f'"{name}"' for name in table.key)
    # Rows that stand already come first, as file -1: their key is taken.
    columns = ", ".join(f'"{name}"' for name in table.columns)
    taken = ""
    if before is not None and parts(before, table.name):
        taken = f"""UNION ALL SELECT {columns}, -1, 0 FROM ({select_sql(before, table)})
                    SEMI JOIN staged USING ({key})"""
    source = f'(SELECT {columns}, file, "row" FROM staged s WHERE {_NOT_YET} {taken})'
    doubled = connection.execute(
        f"CREATE OR REPLACE TEMP TABLE doubled AS SELECT {key} FROM {source} GROUP BY {key} HAVING count(*) > 1"
    ).execute("SELECT count(*) FROM doubled")
    if doubled.fetchall()[0][0] == 0:
        return
    same = " AND ".join(f'l."{name}" IS NOT DISTINCT FROM f."{name}"' for name in table.columns)
    joined = " AND ".join(f'l."{name}" = f."{name}"' for name in table.key)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE numbered AS
        SELECT *, row_number() OVER (PARTITION BY {key} ORDER BY file >= 0, known_at, file, "row") AS place
        FROM {source} SEMI JOIN doubled USING ({key})""")
    connection.execute(f"""
        INSERT INTO refused
        SELECT l.file, l."row", CASE WHEN {same} THEN 'duplicate_row' ELSE 'duplicate_key' END,
               '{table.key[0]}', CAST(l."{table.key[0]}" AS VARCHAR)
        FROM numbered l JOIN numbered f ON {joined} AND f.place = 1
        WHERE l.place > 1""")


def write_sorted(
    connection: "duckdb.DuckDBPyConnection", table: Table, staged: Path, part: Path, *, with_rows: bool = False
) -> int:
    """Write the staged rows that were not refused as one sorted Parquet part, and count them.

    Call after :func:`find_refused` on the same connection.
    """
    columns = ", ".join(f's."{name}"' for name in table.columns) + (', s."row" AS source_row' if with_rows else "")
    order = ", ".join(f's."{name}"' for name in dict.fromkeys((*table.order, *table.key)))
    part.parent.mkdir(parents=True, exist_ok=True)
    target = str(part).replace("'", "''")
    any_refused = connection.execute("SELECT count(*) FROM refused").fetchall()[0][0]
    where = f"WHERE {_NOT_YET}" if any_refused else ""
    counted = connection.execute(f"""
        COPY (SELECT {columns} FROM read_parquet('{_glob(staged)}') s {where} ORDER BY {order})
        TO '{target}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)""").fetchall()
    return int(counted[0][0])


def _glob(folder: Path) -> str:
    return str(folder / "*.parquet").replace("'", "''")
