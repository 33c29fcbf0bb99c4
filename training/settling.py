"""Outcomes settle into the canonical tables, so that the next training reads one history, whoever wrote it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from features.ingest.appending import upsert
from features.ingest.report import TableReport
from features.sources import open_tables
from features.tables import TABLES
from regua.settings import Settings
from training.outcomes import KEYS, Row, harvest

BOOKMARK = "outcomes.json"
"""In the home: how far the decision log has been settled."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What was settled: rows in, kept and quarantined by table."""

    tables: Mapping[str, TableReport]

    @property
    def rows(self) -> int:
        """Rows kept, over all tables."""
        return sum(table.kept for table in self.tables.values())


def settle(settings: Settings, as_of: datetime) -> Settled:
    """Bring into the tables what the decision log learned since it was last settled.

    A row that was known before (a contact that is now read, a contact point that turned out wrong) is changed; all
    others are added. Rows that break a rule go to quarantine, as at ingest. Settling twice changes nothing.

    Parameters
    ----------
    as_of
        The moment of settling.

    Raises
    ------
    DataError
        There is no decision log.
    """
    bookmark = settings.home / BOOKMARK
    read = json.loads(bookmark.read_text(encoding="utf-8")) if bookmark.is_file() else {"decisions": 0, "events": 0}
    fresh = harvest(settings.decisions, read["decisions"], read["events"])
    tables = {}
    for table, by_key in fresh.rows.items():
        if by_key:
            rows = _completed(settings, table, by_key)
            frame = pl.DataFrame(rows, schema=TABLES[table].types)
            tables[table] = upsert(table, frame, settings, as_of, source="decision log")
    bookmark.write_text(json.dumps({"decisions": fresh.decisions, "events": fresh.events}), encoding="utf-8")
    return Settled(tables)


def _completed(settings: Settings, table: str, by_key: Mapping[str, Row]) -> list[Row]:
    """Lay changes over the rows they change; a row that began in the log is whole already.

    A change of a row nobody knows stays incomplete, and goes to quarantine for what it lacks.
    """
    changed = [key for key, row in by_key.items() if "happened_at" not in row]
    known = {row[KEYS[table]]: row for row in _rows_now(settings, table, changed)} if changed else {}
    return [known.get(key, {}) | row for key, row in by_key.items()]


def _rows_now(settings: Settings, table: str, keys: Iterable[str]) -> list[Row]:
    with open_tables(settings) as connection:
        connection.execute("CREATE TEMP TABLE wanted AS SELECT unnest(?::VARCHAR[]) AS key", [list(keys)])
        found = connection.sql(f'SELECT * FROM "{table}" SEMI JOIN wanted ON "{KEYS[table]}" = key').to_arrow_table()
    rows: list[Row] = found.to_pylist()
    return rows
