"""Outcomes settle into the canonical tables, so that the next training reads one history, whoever wrote it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from features.checks import check_billing
from features.forgetting import forget
from features.ingest.appending import upsert_all
from features.ingest.report import TableReport
from features.sources import open_tables
from features.tables import TABLES
from regua import decision_log
from regua.clock import utc
from regua.decision_log import DecisionLog, Ends
from regua.errors import DataError
from regua.settings import Settings
from training.outcomes.choices import Row
from training.outcomes.harvest import KEYS, MOST_ROWS, Rows, harvest

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


def settle(settings: Settings, as_of: datetime, *, most: int = MOST_ROWS) -> Settled:
    """Bring into the tables what the decision log learned since it was last settled.

    A row that was known before (a contact that is now read, a contact point that turned out wrong) is changed; all
    others are added. Rows that break a rule go to quarantine, as at ingest. Settling twice changes nothing. However
    long the log, a part of it is held in memory at a time; what was settled stays settled if it stops in between.

    Parameters
    ----------
    as_of
        The moment of settling.
    most
        How many decisions, and events, are settled at a time.

    Raises
    ------
    DataError
        There is no decision log.
    """
    with decision_log.opened(settings) as log:
        if log is None:
            raise DataError(
                f"no decision log for {settings.home}", expected="one written by decisions", remedy="regua decide --all"
            )
        return _settle(log, settings, as_of, most)


def settle_log(settings: Settings, as_of: datetime) -> int:
    """Settle the decision log where there is one, and judge again the bills it was told about; return the rows kept.

    A log may run ahead of the moment of training: it is settled as of its own last entry then, and what became known
    too late is left out where cases are made.
    """
    with decision_log.opened(settings) as log:
        if log is None:
            return 0
        # Whoever was erased is absent from the next training, whatever the tables still hold.
        forget(settings, log.erased())
        settled = _settle(log, settings, max(utc(as_of), log.last_entry()), MOST_ROWS)
    if settled.contracts:
        check_billing(settings, contracts=settled.contracts)
    return settled.rows


def _settle(log: DecisionLog, settings: Settings, as_of: datetime, most: int) -> Settled:
    bookmark, until = settings.home / BOOKMARK, log.ends()
    read = _read(settings, log)
    parts: list[Settled] = []
    while not parts or read != until:
        fresh = harvest(log, *read, until=until, most=most)
        frames = {
            table: pl.DataFrame(rows, schema=TABLES[table].types)
            for table, rows in _completed(settings, fresh.rows).items()
        }
        tables = upsert_all(frames, settings, as_of, source="decision log")
        read = Ends(fresh.decisions, fresh.events)
        bookmark.write_text(json.dumps({"log": _name(settings, log), **read._asdict()}), encoding="utf-8")
        about_bills = (
            frames[table]["contract_id"].drop_nulls() for table in ("payments", "disputes") if table in frames
        )
        parts.append(Settled(tables, frozenset(name for names in about_bills for name in names)))
    return _together(parts)


def _read(settings: Settings, log: DecisionLog) -> Ends:
    """Say how far this log was settled: not at all, where the last one that was settled is another."""
    bookmark = settings.home / BOOKMARK
    if not bookmark.is_file():
        return Ends(0, 0)
    kept = json.loads(bookmark.read_text(encoding="utf-8"))
    is_this = kept.get("log", "") == _name(settings, log)
    return Ends(kept["decisions"], kept["events"]) if is_this else Ends(0, 0)


def _name(settings: Settings, log: DecisionLog) -> str:
    """Name a log in the bookmark; the home's own file needs no name, wherever the home is moved to."""
    return "" if log.name == str(settings.decisions) else log.name


def _together(parts: Iterable[Settled]) -> Settled:
    tables: dict[str, TableReport] = {}
    contracts: set[str] = set()
    for part in parts:
        for name, report in part.tables.items():
            tables[name] = tables[name].plus(report) if name in tables else report
        contracts |= part.contracts
    return Settled(tables, frozenset(contracts))


def _completed(settings: Settings, fresh: Rows) -> dict[str, list[Row]]:
    """Lay changes over the rows they change; a row that began in the log is whole already.

    A change of a row nobody knows stays incomplete, and goes to quarantine for what it lacks.
    """
    fresh = fresh | {"contact_points": _pointed(settings, fresh.get("contact_points", {}))}
    changed = {table: [key for key, row in rows.items() if "happened_at" not in row] for table, rows in fresh.items()}
    known = _rows_now(settings, {table: keys for table, keys in changed.items() if keys})
    return {
        table: [known.get((table, key), {}) | row for key, row in rows.items()] for table, rows in fresh.items() if rows
    }


def _pointed(settings: Settings, changes: dict[str, Row]) -> dict[str, Row]:
    """Put in the place of a change that names a customer and no contact point all points of the channel known by then.

    Where the channel is not said either, all of the customer are meant.
    """
    nameless = {key: row for key, row in changes.items() if "customer_id" in row and "happened_at" not in row}
    if not nameless:
        return changes
    words = ("customer_id", "channel", "status_at")
    with open_tables(settings) as connection:
        found = connection.execute(
            """
            SELECT key, contact_point_id, status = 'wrong_party' AS is_closed FROM contact_points AS point JOIN (
                SELECT unnest(?::VARCHAR[]) AS key, unnest(?::VARCHAR[]) AS customer_id,
                       unnest(?::VARCHAR[]) AS channel, unnest(?::TIMESTAMP[]) AS status_at
            ) AS told ON point.customer_id = told.customer_id AND point.known_at <= told.status_at
              AND point.channel = coalesce(told.channel, point.channel)
            ORDER BY told.status_at DESC, key
            """,
            [[*nameless], *([row[word] for row in nameless.values()] for word in words)],
        ).fetchall()
    closed = {
        point: {"contact_point_id": point} | {name: nameless[key][name] for name in ("status", "status_at")}
        for key, point, is_closed in found
        if not is_closed
    }
    heard = {key for key, *_ in found}
    return closed | {key: row for key, row in changes.items() if key not in heard}


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
