"""One table on its way: chunks are read and checked, rows between rows are checked, the rest is written sorted."""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from features.ingest.files import chunks
from features.ingest.keys import find_refused, write_sorted
from features.ingest.mapping import Formats
from features.ingest.plan import check_header
from features.ingest.quarantine import Refused, Writer, raw_json
from features.ingest.report import TableReport
from features.ingest.rows import Reader
from features.sources import connect
from features.tables import Table
from regua.settings import Settings

if TYPE_CHECKING:
    import duckdb

Progress = Callable[[str, int], None]
"""Told the table and how many of its rows have been read so far."""


class Building:
    """A book in the making, in a folder of its own beside the book in force."""

    def __init__(self, settings: Settings, as_of: datetime, progress: Progress | None = None) -> None:
        self.settings, self.as_of, self.progress = settings, as_of, progress
        self.folder = settings.home / ".ingest"

    def __enter__(self) -> "Building":
        shutil.rmtree(self.folder, ignore_errors=True)
        self.tables.mkdir(parents=True)
        self.quarantine.mkdir(parents=True)
        self.connection: duckdb.DuckDBPyConnection = connect(self.settings, self.folder / "spill")
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def tables(self) -> Path:
        """Finished tables of the book in the making."""
        return self.folder / "tables"

    @property
    def quarantine(self) -> Path:
        """Refused rows of the book in the making."""
        return self.folder / "quarantine"

    def take(self, reader: Reader, files: list[Path], formats: Formats) -> TableReport:
        """Read one table's files whole and write its part; count every row."""
        table = reader.table
        staged = self.folder / "staged" / table.name
        staged.mkdir(parents=True)
        writer = Writer(self.quarantine / f"{table.name}.parquet")
        rows_in, ignored = 0, set[str]()
        used = {source.column for source in reader.sources.values() if source.column}
        for number, file in enumerate(files):
            for place, chunk in enumerate(chunks(file, formats)):
                if place == 0:
                    check_header(reader, chunk.raw.columns, file)
                    ignored |= set(chunk.raw.columns) - used
                rows_in += chunk.raw.height + len(chunk.ragged)
                good, refused = reader.read(chunk)
                writer.add(refused)
                if good.height:
                    good.insert_column(0, pl.repeat(number, good.height, dtype=pl.Int32, eager=True).alias("file"))
                    good.write_parquet(staged / f"{number:05d}-{place:05d}.parquet", compression="lz4")
                if self.progress:
                    self.progress(table.name, rows_in)
        kept = self._finish(table, staged, writer, files, formats)
        shutil.rmtree(staged)
        return TableReport(
            table.name, len(files), rows_in, kept, writer.count, dict(writer.by_rule), tuple(sorted(ignored))
        )

    def _finish(self, table: Table, staged: Path, writer: Writer, files: list[Path], formats: Formats) -> int:
        if not any(staged.iterdir()):
            writer.close()
            return 0
        refused = find_refused(self.connection, table, staged, self.tables)
        if refused.height:
            writer.add(with_raw(refused, files, formats))
        writer.close()
        return write_sorted(self.connection, table, staged, self.tables / table.name / "part-0000.parquet")


def with_raw(refused: pl.DataFrame, files: list[Path], formats: Formats) -> Refused:
    """Give refused rows their raw row: the files are read once more, and only those that hold one."""
    gathered = Refused.none()
    for (number,), wanted in refused.group_by("file", maintain_order=True):
        file = files[int(str(number))]
        last = int(str(wanted["row"].max()))
        for chunk in chunks(file, formats):
            here = chunk.rows.is_in(wanted["row"].implode())
            if here.any():
                raw = pl.DataFrame({"row": chunk.rows.filter(here), "raw": raw_json(chunk.raw.filter(here))})
                lines = wanted.join(raw, on="row", how="inner", maintain_order="left")
                gathered += Refused.of(
                    file, lines["row"], lines["rule"], lines["column"], lines["value"].to_list(), lines["raw"]
                )
            if chunk.rows.len() and chunk.rows[-1] >= last:
                break
    return gathered
