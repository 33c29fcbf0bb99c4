"""One table on its way: chunks are read and checked, rows between rows are checked, the rest is written sorted."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from features.checks import check_billing
from features.ingest.files import chunks
from features.ingest.keys import find_refused, write_sorted
from features.ingest.plan import Intake, check_header
from features.ingest.plausible import Typical, suspect_units, without_rows
from features.ingest.quarantine import Refused, Writer, raw_json
from features.ingest.report import IngestReport, TableReport
from features.ingest.swap import replace_folder
from features.sources import connect
from features.tables import TABLES
from regua.settings import Settings

if TYPE_CHECKING:
    import duckdb

Progress = Callable[[str, int], None]
"""Told the table and how many of its rows have been read so far."""


class Building:
    """A book in the making, in a folder of its own beside the book in force."""

    def __init__(
        self, settings: Settings, as_of: datetime, progress: Progress | None = None, typical: Typical | None = None
    ) -> None:
        self.settings, self.as_of, self.progress, self.typical = settings, as_of, progress, typical or {}
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

    def finish(self, intakes: Mapping[str, Intake], absent: tuple[str, ...]) -> IngestReport:
        """Take every table in, check the bills, and put the book in force."""
        tables = {name: self.take(one) for name, one in intakes.items()}
        return self.put_in_force(IngestReport(self.as_of, tables, absent))

    def put_in_force(self, report: IngestReport) -> IngestReport:
        """Check the finished tables against each other and swap them with the book in force."""
        warnings = [without_rows(table) for table in report.tables.values() if table.table in TABLES and not table.kept]
        warnings += suspect_units(self.connection, self.tables, self.typical)
        suspicions = check_billing(self.settings, self.tables)
        whole = replace(report, warnings=(*report.warnings, *warnings), suspicions=suspicions)
        whole.write(self.quarantine)
        replace_folder(self.tables, self.settings.tables)
        replace_folder(self.quarantine, self.settings.quarantine)
        return whole

    def take(self, intake: Intake, into: Path | None = None) -> TableReport:
        """Read one table's files whole and write its part; count every row.

        With ``into`` the part is written there, with each row's number in its file as ``source_row``, and does not
        become a table of the book.
        """
        reader, table = intake.reader, intake.reader.table
        staged = self.folder / "staged" / table.name
        staged.mkdir(parents=True)
        writer = Writer(self.quarantine / f"{table.name}.parquet")
        rows_in, ignored = 0, set[str]()
        used = {source.column for source in reader.sources.values() if source.column}
        for number, file in enumerate(intake.files):
            for place, chunk in enumerate(chunks(file, intake.formats, intake.shown)):
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
        kept = self._finish(intake, staged, writer, into)
        shutil.rmtree(staged)
        rules, unread = dict(writer.by_rule), tuple(sorted(ignored))
        return TableReport(table.name, len(intake.files), rows_in, kept, writer.count, rules, unread)

    def _finish(self, intake: Intake, staged: Path, writer: Writer, into: Path | None) -> int:
        table = intake.reader.table
        if not any(staged.iterdir()):
            writer.close()
            return 0
        refused = find_refused(self.connection, table, staged, self.tables)
        if refused.height:
            writer.add(with_raw(refused, intake))
        writer.close()
        part = into or self.tables / table.name / "part-0000.parquet"
        return write_sorted(self.connection, table, staged, part, with_rows=into is not None)


def with_raw(refused: pl.DataFrame, intake: Intake) -> Refused:
    """Give refused rows their raw row: the files are read once more, and only those that hold one."""
    gathered = Refused.none()
    for (number,), wanted in refused.group_by("file", maintain_order=True):
        left = wanted.height
        for chunk in chunks(intake.files[int(str(number))], intake.formats, intake.shown):
            here = chunk.rows.is_in(wanted["row"].implode())
            if here.any():
                raw = pl.DataFrame({"row": chunk.rows.filter(here), "raw": raw_json(chunk.raw.filter(here))})
                lines = wanted.join(raw, on="row", how="inner", maintain_order="left")
                gathered += Refused.of(
                    chunk.file, lines["row"], lines["rule"], lines["column"], lines["value"].to_list(), lines["raw"]
                )
                left -= lines.height
            if not left:
                break
    return gathered
