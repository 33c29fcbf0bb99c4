"""Outcomes settle into the canonical tables, so that the next training reads one history, whoever wrote it."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from features.checks import check_billing
from features.forgetting import forget
from features.ingest.appending import upsert_all
from features.ingest.report import TableReport
from features.sources import open_tables
from features.tables import TABLES
from regua.clock import utc
from regua.sealing import erased_in
from regua.settings import Settings
from training.outcomes.choices import Row
from training.outcomes.harvest import KEYS, Rows, harvest

BOOKMARK = "outcomes.json"
"""In the home: how far the decision log has been settled."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What was settled: rows in, kept and quarantined by table, and the contracts whose bills they may be about."""

    tables: Mapping[str, TableReport]
    contracts: frozenset[str] = frozenset()

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
    fresh = harvest(settings.own_log, read["decisions"], read["events"])
    frames = {
        table: pl.DataFrame(rows, schema=TABLES[table].types)
        for table, rows in _completed(settings, fresh.rows).items()
    }
    tables = upsert_all(frames, settings, as_of, source="decision log")
    bookmark.write_text(json.dumps({"decisions": fresh.decisions, "events": fresh.events}), encoding="utf-8")
    about_bills = (frames[table]["contract_id"].drop_nulls() for table in ("payments", "disputes") if table in frames)
    return Settled(tables, frozenset(name for names in about_bills for name in names))


def settle_log(settings: Settings, as_of: datetime) -> int:
    """Settle the decision log where there is one, and judge again the bills it was told about; return the rows kept.

    A log may run ahead of the moment of training: it is settled as of its own last entry then, and what became known
    too late is left out where cases are made.
    """
    if not settings.own_log.is_file():
        return 0
    # Whoever was erased is absent from the next training, whatever the tables still hold.
    forget(settings, erased_in(settings.own_log))
    settled = settle(settings, max(utc(as_of), _last_entry(settings.own_log)))
    if settled.contracts:
        check_billing(settings, contracts=settled.contracts)
    return settled.rows


def _last_entry(log: Path) -> datetime:
    with sqlite3.connect(f"file:{log}?mode=ro", uri=True) as sqlite:
        query = """
            SELECT max(told)
            FROM (SELECT max(known_at) AS told FROM events UNION ALL SELECT max(decided_at) FROM decisions)
        """
        (last,) = sqlite.execute(query).fetchone()
    return utc(datetime.fromisoformat(last)) if last else datetime.min.replace(tzinfo=UTC)


def _completed(settings: Settings, fresh: Rows) -> dict[str, list[Row]]:
    """Lay changes over the rows they change; a row that began in the log is whole already.

    A change of a row nobody knows stays incomplete, and goes to quarantine for what it lacks.
    """
    changed = {table: [key for key, row in rows.items() if "happened_at" not in row] for table, rows in fresh.items()}
    known = _rows_now(settings, {table: keys for table, keys in changed.items() if keys})
    return {
        table: [known.get((table, key), {}) | row for key, row in rows.items()] for table, rows in fresh.items() if rows
    }


def _rows_now(settings: Settings, wanted: Mapping[str, list[str]]) -> dict[tuple[str, str], Row]:
    if not wanted:
        return {}
    known: dict[tuple[str, str], Row] = {}
    with open_tables(settings) as connection:
        for table, keys in wanted.items():
            key = KEYS[table]
            connection.execute("CREATE OR REPLACE TEMP TABLE wanted AS SELECT unnest(?::VARCHAR[]) AS key", [keys])
            found = connection.sql(f'SELECT * FROM "{table}" SEMI JOIN wanted ON "{key}" = key').to_arrow_table()
            known |= {(table, row[key]): row for row in found.to_pylist()}
    return known
