"""How does a book come in? Files are mapped, read, checked and either kept or put aside; nothing is lost."""

from datetime import datetime
from pathlib import Path

from features.ingest.appending import append, upsert
from features.ingest.building import Building, Progress
from features.ingest.mapping import ColumnSource, Mapping, TableSource
from features.ingest.mapping_file import read_mapping
from features.ingest.plan import plan
from features.ingest.report import IngestReport, TableReport
from features.ingest.swap import replace_folder
from features.tables import TABLES
from regua.errors import DataError
from regua.settings import Settings


def ingest(
    source_folder: Path,
    mapping: Mapping | Path,
    settings: Settings,
    as_of: datetime,
    *,
    progress: Progress | None = None,
) -> IngestReport:
    """Bring a whole book in: read, check, quarantine, and put it in force at once.

    Parameters
    ----------
    source_folder
        Folder the mapping's files lie in.
    mapping
        The mapping, or the YAML file that holds it.
    as_of
        The moment of ingest: a row that says it happened more than a week later is refused.
    progress
        Told the table and its rows read so far.

    Returns
    -------
    Rows in, kept and quarantined, per table and rule. Also written to ``home/quarantine/report.json``.

    Raises
    ------
    MappingError
        The mapping is wrong.
    DataError
        A file cannot be read, a needed table is absent or empty. The book in force then stays as it is.
    """
    known = read_mapping(mapping) if isinstance(mapping, Path) else mapping
    intakes, absent = plan(source_folder, known, as_of)
    with Building(settings, as_of, progress) as building:
        tables, warnings = {}, []
        for name, intake in intakes.items():
            tables[name] = building.take(intake.reader, intake.files, intake.formats)
            if tables[name].kept == 0:
                warnings.append(_without_rows(tables[name]))
        report = IngestReport(as_of, tables, absent, tuple(warnings))
        report.write(building.quarantine)
        replace_folder(building.tables, settings.tables)
        replace_folder(building.quarantine, settings.quarantine)
    return report


def _without_rows(table: TableReport) -> str:
    found = (
        f"{table.table} has no rows"
        if not table.rows_in
        else f"none of the {table.rows_in} {table.table} could be kept"
    )
    if TABLES[table.table].is_required:
        worst = max(table.by_rule, key=lambda rule: table.by_rule[rule], default="")
        raise DataError(
            found + (f"; most broke the rule {worst}" if worst else ""),
            expected=f"at least one row: a book cannot be without {table.table}",
            remedy="check the file and its mapping; the book in force was left as it is",
        )
    return found


__all__ = [
    "ColumnSource",
    "IngestReport",
    "Mapping",
    "Progress",
    "TableReport",
    "TableSource",
    "append",
    "ingest",
    "upsert",
]
