"""New rows join a book in force, checked as at ingest: a part for what is new, a rewritten part for what changed."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from features.ingest.files import Chunk
from features.ingest.keys import find_refused, write_sorted
from features.ingest.mapping import Mapping as ColumnMapping
from features.ingest.plan import check_header, completed
from features.ingest.quarantine import Refused, extend, raw_json
from features.ingest.report import IngestReport, TableReport
from features.ingest.rows import Reader
from features.sources import connect, parts
from features.tables import TABLES, Table
from regua.errors import SchemaError
from regua.settings import Settings

if TYPE_CHECKING:
    import duckdb

RECENT_ROWS = 50_000
"""While the last part is smaller than this, what is new joins it; else it begins another part."""


def append(
    table: str, frame: pl.DataFrame, settings: Settings, as_of: datetime, *, source: str = "appended"
) -> TableReport:
    """Add new rows to a table of the book in force, as one more Parquet part.

    Parameters
    ----------
    frame
        Rows in canonical columns; columns that may be NULL may be absent.
    as_of
        The moment they arrive.
    source
        What quarantine calls the file they came from.

    Returns
    -------
    Rows in, kept and quarantined. A row whose key is taken is refused: use :func:`upsert` to change it.

    Raises
    ------
    SchemaError
        No such table.
    MappingError
        A needed column is absent.
    """
    with (
        closing(connect(settings)) as connection,
        _intake(connection, table, frame, settings, as_of, source, before=settings.tables) as (one, staged, report),
    ):
        if report.kept:
            pending = _pending(settings, one)
            write_sorted(connection, one, staged, pending)
            pending.rename(_next_part(settings, one))
        return report


def upsert(
    table: str, frame: pl.DataFrame, settings: Settings, as_of: datetime, *, source: str = "changed"
) -> TableReport:
    """Replace rows by key, and add those whose key is new: for states learned later, such as ``read_at``.

    Only the parts that hold one of the keys are written again, and the last one while it is small, which new rows
    join. The whole row is replaced, so give all its columns. Parameters and errors are those of :func:`append`.
    """
    return upsert_all({table: frame}, settings, as_of, source=source)[table]


def upsert_all(
    frames: Mapping[str, pl.DataFrame], settings: Settings, as_of: datetime, *, source: str = "changed"
) -> dict[str, TableReport]:
    """Replace and add rows of several tables, one after the other in the order given; see :func:`upsert`."""
    reports = {}
    with closing(connect(settings)) as connection:
        for table, frame in frames.items():
            with _intake(connection, table, frame, settings, as_of, source, before=None) as (one, staged, report):
                if report.kept:
                    changed = staged.parent / "changed.parquet"
                    write_sorted(connection, one, staged, changed)
                    _merge(connection, one, changed, settings)
                reports[table] = report
    return reports


@contextmanager
def _intake(
    connection: "duckdb.DuckDBPyConnection",
    name: str,
    frame: pl.DataFrame,
    settings: Settings,
    as_of: datetime,
    source: str,
    before: Path | None,
) -> Iterator[tuple[Table, Path, TableReport]]:
    if name not in TABLES:
        raise SchemaError(f"there is no table {name!r}", expected=f"one of {', '.join(TABLES)}")
    table, mapping = TABLES[name], ColumnMapping.canonical()
    formats = {column: mapping.formats(name, column) for column in table.kinds}
    reader = Reader(table, completed(table, mapping.tables[name].columns), formats, as_of)
    check_header(reader, frame.columns, Path(source))
    chunk = Chunk(Path(source), frame, pl.int_range(1, frame.height + 1, dtype=pl.Int64, eager=True).alias("row"))
    folder = settings.home / f".append-{name}"
    staged = folder / "staged"
    shutil.rmtree(folder, ignore_errors=True)
    staged.mkdir(parents=True)
    try:
        good, refused = reader.read(chunk)
        if good.height:
            good.with_columns(file=pl.lit(0, pl.Int32)).write_parquet(staged / "rows.parquet", compression="lz4")
            refused += _between_rows(find_refused(connection, table, staged, settings.tables, before), chunk)
        rules = dict(refused.frame["rule"].value_counts().iter_rows())
        kept = frame.height - refused.frame.height
        report = TableReport(name, 1, frame.height, kept, refused.frame.height, rules)
        yield table, staged, report
        extend(settings.quarantine / f"{name}.parquet", refused)
        _add_to_report(settings, report, as_of)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _between_rows(refused: pl.DataFrame, chunk: Chunk) -> Refused:
    if not refused.height:
        return Refused.none()
    raw = pl.DataFrame({"row": chunk.rows, "raw": raw_json(chunk.raw)})
    lines = refused.join(raw, on="row", how="left", maintain_order="left")
    return Refused.of(chunk.file, lines["row"], lines["rule"], lines["column"], lines["value"].to_list(), lines["raw"])


def _merge(connection: "duckdb.DuckDBPyConnection", table: Table, changed: Path, settings: Settings) -> None:
    key = ", ".join(f'"{name}"' for name in table.key)
    columns = ", ".join(f'"{name}"' for name in table.columns)
    order = ", ".join(f'"{name}"' for name in dict.fromkeys((*table.order, *table.key)))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE fresh AS SELECT {columns} FROM read_parquet('{_quoted(changed)}')"
    )
    pending = _pending(settings, table)

    def write(query: str, place: Path) -> None:
        connection.execute(
            f"COPY ({query} ORDER BY {order}) TO '{_quoted(pending)}' "
            "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
        )
        pending.replace(place)

    # Each part is replaced as a whole and holds each of its keys throughout: a reader between two sees no row twice.
    recent = _recent_part(settings, table)
    for part in _parts_with(connection, table, settings, key):
        if part != recent:
            old = f"read_parquet('{_quoted(part)}')"
            connection.execute(f"CREATE OR REPLACE TEMP TABLE met AS SELECT * FROM fresh SEMI JOIN {old} USING ({key})")
            write(f"SELECT {columns} FROM {old} ANTI JOIN met USING ({key}) UNION ALL SELECT * FROM met", part)
            connection.execute(f"CREATE OR REPLACE TEMP TABLE fresh AS SELECT * FROM fresh ANTI JOIN met USING ({key})")
    if connection.execute("SELECT count(*) FROM fresh").fetchall()[0][0]:
        kept = (
            f"SELECT {columns} FROM read_parquet('{_quoted(recent)}') ANTI JOIN fresh USING ({key})" if recent else ""
        )
        write(
            f"{kept} UNION ALL SELECT * FROM fresh" if recent else "SELECT * FROM fresh",
            recent or _next_part(settings, table),
        )


def _parts_with(connection: "duckdb.DuckDBPyConnection", table: Table, settings: Settings, key: str) -> list[Path]:
    """List the parts that hold a key of ``fresh``."""
    if not parts(settings.tables, table.name):
        return []
    every = _quoted(settings.tables / table.name / "*.parquet")
    found = connection.execute(
        f"SELECT DISTINCT filename FROM read_parquet('{every}', filename = true) SEMI JOIN fresh USING ({key})"
    ).fetchall()
    return sorted(Path(name) for (name,) in found)


def _recent_part(settings: Settings, table: Table) -> Path | None:
    """Return the last numbered part while it is small, else None."""
    import pyarrow.parquet as pq

    last = max(_numbered(settings, table), default=None)
    return last if last is not None and pq.read_metadata(last).num_rows < RECENT_ROWS else None


def _next_part(settings: Settings, table: Table) -> Path:
    numbers = [int(path.stem[5:]) for path in _numbered(settings, table)]
    return settings.tables / table.name / f"part-{max(numbers, default=-1) + 1:04d}.parquet"


def _numbered(settings: Settings, table: Table) -> list[Path]:
    return [path for path in parts(settings.tables, table.name) if path.stem.startswith("part-")]


def _pending(settings: Settings, table: Table) -> Path:
    # No .parquet at the end: readers of the folder do not see it before it is whole.
    folder = settings.tables / table.name
    folder.mkdir(parents=True, exist_ok=True)
    return folder / ".pending"


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _add_to_report(settings: Settings, report: TableReport, as_of: datetime) -> None:
    whole = IngestReport.read(settings.quarantine) or IngestReport(as_of, {})
    before = whole.tables.get(report.table)
    tables = {**whole.tables, report.table: before.plus(report) if before else report}
    absent = tuple(name for name in whole.absent if name != report.table)
    replace(whole, as_of=as_of, tables=tables, absent=absent).write(settings.quarantine)
