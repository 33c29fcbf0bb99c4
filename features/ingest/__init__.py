"""How does a book come in? Files are mapped, read, checked and either kept or put aside; nothing is lost."""

from datetime import datetime
from pathlib import Path

from features.ingest.appending import append, upsert
from features.ingest.building import Building, Progress
from features.ingest.mapping import ColumnSource, Mapping, TableSource
from features.ingest.mapping_file import read_mapping
from features.ingest.plan import plan, typical_amounts
from features.ingest.report import IngestReport, TableReport
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
    with Building(settings, as_of, progress, typical_amounts(known)) as building:
        return building.finish(intakes, absent)


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
