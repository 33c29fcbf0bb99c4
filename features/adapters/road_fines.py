"""The road-fines event log becomes a book: a fine is a customer's one contract; notifying it bills it.

What the log tells and what it does not, and how each is held:

* One case is one debtor and one contract. The log knows no persons, so two fines of one driver are two customers; that
  the debtor is a natural person is assumed. Region is ``IT``: the log names no place.
* A fine is billed when it is **notified**, with the cost of sending, due 60 days later: before that no deadline runs.
  What is paid before stands as a payment without an invoice. The penalty after the deadline bills the difference to the
  new total, due at once.
* ``paymentAmount`` is what was paid that day; the running total beside it is not read.
* An appeal is a dispute. The codes ``#`` (dismissed by the prefecture) and ``G`` (by the judge) uphold it and end the
  contract, on the day of the event that carries the code: the log has no later day for the verdict. Other codes are
  undocumented and change nothing.
* A fine sent by post shows an address: a contact point for letters from that day on, verified once the notification is
  entered. The address itself is not in the log.
* Channels other than letters, promises, consents and holds are absent; no column is filled in their place.
* The log gives days, not hours: an event happened at, and was known from, the first instant of its day in Italy.
"""

from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import polars as pl

from features.adapters.fines_book import book
from features.ingest.building import Building, Progress
from features.ingest.mapping import Mapping
from features.ingest.mapping_file import read_mapping
from features.ingest.plan import intake
from features.ingest.report import IngestReport
from features.tables import TABLES, Table
from features.tables import columns as c
from features.tables.people import Happening
from regua.errors import DataError
from regua.settings import Settings

MAPPING = Path(__file__).with_suffix(".yaml")
SOURCE = "doi:10.4121/uuid:270fd440-1057-4fb9-89a9-b699b47990f5"


class Activity(StrEnum):
    """What the log says can happen to a fine."""

    CREATE = "Create Fine"
    SEND = "Send Fine"
    NOTIFY = "Insert Fine Notification"
    PENALTY = "Add penalty"
    PAYMENT = "Payment"
    COLLECTION = "Send for Credit Collection"
    APPEAL_PREFECTURE = "Insert Date Appeal to Prefecture"
    SEND_APPEAL = "Send Appeal to Prefecture"
    RESULT = "Receive Result Appeal from Prefecture"
    NOTIFY_RESULT = "Notify Result Appeal to Offender"
    APPEAL_JUDGE = "Appeal to Judge"


class Events(Happening):
    """One row an event of a case."""

    case_id = c.pseudonym()
    position = c.whole(0, 10_000)
    activity = c.word(Activity)
    day = c.day()
    amount_cents = c.cents(nullable=True)
    expense_cents = c.cents(nullable=True)
    payment_cents = c.cents(nullable=True)
    dismissal = c.text(nullable=True)


EVENTS = Table("road_fine_events", ("case_id", "position"), Events, ("case_id", "position"))


@dataclass(frozen=True, slots=True)
class FinesReport:
    """What the log came to: the events, the cases, and the book made of them.

    ``cases_in = cases_kept + cases_quarantined``; a case is kept when its contract is.
    """

    ingest: IngestReport
    cases_in: int
    cases_kept: int

    @property
    def cases_quarantined(self) -> int:
        """Cases without a usable first event."""
        return self.cases_in - self.cases_kept

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain data."""
        cases = {"in": self.cases_in, "kept": self.cases_kept, "quarantined": self.cases_quarantined}
        return {"cases": cases} | self.ingest.as_dict()


def ingest_road_fines(
    log: Path, settings: Settings, as_of: datetime, *, progress: Progress | None = None
) -> FinesReport:
    """Make the road-fines event log the book in force.

    Events are read, checked and quarantined first, then the rows made of them, by the same rules as any book's.

    Parameters
    ----------
    log
        The event log, CSV or gzip.
    as_of
        The moment of ingest; the log ends with 2008.

    Raises
    ------
    DataError
        There is no such file, or it cannot be read.
    """
    if not log.is_file():
        raise DataError(
            f"no event log at {log}",
            expected=f"the road-traffic fines log ({SOURCE}) as CSV, one row an event",
            remedy="download it from its DOI and set REGUA_ROAD_FINES to the file, or name the file",
        )
    mapping = read_mapping(MAPPING)
    with Building(settings, as_of, progress) as building:
        part = building.folder / "events.parquet"
        tables = {EVENTS.name: building.take(intake(EVENTS, [log], mapping, as_of), into=part)}
        events = pl.read_parquet(part) if part.exists() else EVENTS.empty().with_columns(source_row=pl.lit(0))
        cases_in = _count_cases(events, building.quarantine / f"{EVENTS.name}.parquet")
        files = _write(book(events), building.folder / "derived")
        for name, file in files.items():
            tables[name] = building.take(intake(TABLES[name], [file], Mapping.canonical(), as_of, shown=log))
        absent = tuple(name for name in TABLES if name not in files)
        report = building.put_in_force(IngestReport(as_of, tables, absent, _notes(events)))
    return FinesReport(report, cases_in, tables["contracts"].kept)


def _count_cases(events: pl.DataFrame, refused: Path) -> int:
    """Count the cases the log names, those of refused events with them."""
    named = [events["case_id"]]
    if refused.exists():
        lost = pl.read_parquet(refused)["raw"].str.json_path_match(r"$['case:concept:name']")
        named.append(lost.drop_nulls().alias("case_id"))
    return pl.concat(named).n_unique()


def _write(tables: ReadOnly[str, pl.DataFrame], folder: Path) -> dict[str, Path]:
    folder.mkdir()
    files = {}
    for name in TABLES:
        if name in tables:
            files[name] = folder / f"{name}.parquet"
            tables[name].write_parquet(files[name], compression="lz4")
    return files


def _notes(events: pl.DataFrame) -> tuple[str, ...]:
    codes = events.filter(pl.col("dismissal").is_not_null() & ~pl.col("dismissal").is_in(["NIL", "#", "G"]))
    if not codes.height:
        return ()
    return (f"{codes['case_id'].n_unique()} cases carry an undocumented dismissal code; they are kept as they are",)
