"""The state of a book in force: rows, freshness, what was refused and which bills are doubted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from features.checks.billing import RULES
from features.sources import open_tables, parts
from features.tables import TABLES
from regua.errors import NotFoundError
from regua.settings import Settings

TOLERATED_SHARE = 0.05
"""Above this share of refused rows a table says less than it seems to: mend its source first."""


@dataclass(frozen=True, slots=True)
class TableState:
    """One table: rows in force, when the last of them became known, and what was refused on the way."""

    table: str
    rows: int
    latest_known_at: datetime | None
    rows_in: int
    quarantined: int
    by_rule: Mapping[str, int]

    @property
    def refused_share(self) -> float:
        """Share of the rows that came in and were refused."""
        return self.quarantined / self.rows_in if self.rows_in else 0.0


@dataclass(frozen=True, slots=True)
class BookState:
    """A whole book's state; ``problems`` are sentences, empty when it is in order."""

    tables: tuple[TableState, ...]
    suspicions: Mapping[str, int]
    warnings: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def is_in_order(self) -> bool:
        """Whether nothing has to be mended before the book is used."""
        return not self.problems

    def as_dict(self) -> dict[str, Any]:
        """Return the state as plain data."""
        return {
            "is_in_order": self.is_in_order,
            "problems": list(self.problems),
            "warnings": list(self.warnings),
            "tables": {
                one.table: {
                    "rows": one.rows,
                    "latest_known_at": one.latest_known_at,
                    "in": one.rows_in,
                    "quarantined": one.quarantined,
                    "by_rule": dict(one.by_rule),
                }
                for one in self.tables
            },
            "suspicions": dict(self.suspicions),
        }


def book_state(settings: Settings) -> BookState:
    """Look at the book in force.

    Raises
    ------
    NotFoundError
        No book was ever brought in.
    """
    from features.ingest.report import IngestReport
    from features.ingest.swap import recover

    recover(settings.tables)
    recover(settings.quarantine)
    if not any(parts(settings.tables, name) for name in TABLES):
        raise NotFoundError(
            f"there is no book in {settings.home}",
            expected="tables brought in before",
            remedy="regua ingest FOLDER --mapping FILE, or regua demo for a simulated book",
        )
    report = IngestReport.read(settings.quarantine)
    connection = open_tables(settings)
    try:
        counted = {
            name: connection.execute(f'SELECT count(*), max(known_at) FROM "{name}"').fetchall()[0] for name in TABLES
        }
        doubted = dict(connection.execute("SELECT rule, count(*) FROM suspicions GROUP BY rule").fetchall())
    finally:
        connection.close()
    states = []
    for name, (rows, latest) in counted.items():
        taken = report.tables.get(name) if report else None
        came, refused, rules = (taken.rows_in, taken.quarantined, taken.by_rule) if taken else (rows, 0, {})
        states.append(TableState(name, rows, latest, came, refused, rules))
    warnings = report.warnings if report else ()
    suspicions = {rule.name: int(doubted.get(rule.name, 0)) for rule in RULES}
    return BookState(tuple(states), suspicions, warnings, tuple(_problems(states, warnings)))


def _problems(states: list[TableState], warnings: tuple[str, ...]) -> list[str]:
    empty = [f"{one.table} has no rows" for one in states if TABLES[one.table].is_required and not one.rows]
    refused = [
        f"{one.refused_share:.0%} of the rows of {one.table} were refused, most by "
        f"{max(one.by_rule, key=lambda rule: one.by_rule[rule])}"
        for one in states
        if one.refused_share > TOLERATED_SHARE
    ]
    return [*empty, *refused, *(warning for warning in warnings if warning.startswith("suspect_unit"))]
