"""Snapshots: the five views computed at moments and written where Feast and training read them.

Customers are taken in groups, so memory does not grow with the book; moments are taken in runs, so a group's events
are read once. Every row knows only what was known at its moment.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features import computing, sources, windows
from features.catalog import VIEWS, View
from regua.clock import utc
from regua.errors import DataError
from regua.settings import Settings

if TYPE_CHECKING:
    import duckdb

Progress = Callable[[int, int], None]
"""Called with (groups done, groups in all)."""

CUSTOMERS_PER_GROUP = 200_000
ROWS_PER_RUN = 300_000
"""Customers × moments computed at once."""


@dataclass(frozen=True, slots=True)
class SnapshotReport:
    """What was written: moments, rows by view, and the seconds it took."""

    moments: tuple[datetime, ...]
    rows: dict[str, int]
    seconds: float


def build(
    settings: Settings,
    moments: Sequence[datetime],
    customers: Sequence[str] | None = None,
    *,
    progress: Progress | None = None,
) -> SnapshotReport:
    """Compute the profile at some moments and write it to ``home/profiles/<view>/<moment>.parquet``.

    Parameters
    ----------
    moments
        Instants, to the minute; a naive one is UTC. A moment already written is written anew.
    customers
        Only these; their rows replace those of an earlier snapshot of the same moment, all others stay.
        None: everyone known at the moment.
    progress
        Told after each group of customers.

    Returns
    -------
    Rows written by view, over all moments.

    Raises
    ------
    DataError
        The book has no customers, or a moment has seconds (its file could not be told from another's).
    """
    started = perf_counter()
    at = sorted({_to_the_minute(moment) for moment in moments})
    if not at:
        return SnapshotReport((), dict.fromkeys(VIEWS, 0), 0.0)
    if not sources.parts(settings.tables, "customers"):
        raise DataError(
            f"no customers in {settings.tables}", expected="validated tables", remedy="regua ingest, then try again"
        )
    with ExitStack() as stack:
        connection = stack.enter_context(computing.open_book(settings))
        writer = stack.enter_context(_Writer(settings, at, customers))
        total = _count_customers(connection, customers)
        groups = max(1, -(-total // CUSTOMERS_PER_GROUP))
        run = max(1, ROWS_PER_RUN // max(1, -(-total // groups)))
        for group in range(groups):
            computing.ask(connection, customers, group, groups)
            computing.execute(connection, windows.FACTS)
            for start in range(0, len(at), run):
                computing.place(connection, at[start : start + run], settings.zone)
                computing.execute(connection, (("moments", windows.EVERYONE), *windows.STEPS))
                for view in VIEWS.values():
                    writer.write(view, _view(connection, view))
            if progress:
                progress(group + 1, groups)
    return SnapshotReport(tuple(at), writer.rows, perf_counter() - started)


def path(settings: Settings, view: str, moment: datetime) -> Path:
    """Return where a view's snapshot at a moment lies."""
    return settings.profiles / view / f"{utc(moment):%Y-%m-%dT%H%M}.parquet"


def built(settings: Settings) -> list[datetime]:
    """List the moments that have a whole snapshot, oldest first."""
    moments: set[datetime] | None = None
    for view in VIEWS:
        found = {
            datetime.strptime(file.stem, "%Y-%m-%dT%H%M").replace(tzinfo=UTC)
            for file in (settings.profiles / view).glob("*.parquet")
        }
        moments = found if moments is None else moments & found
    return sorted(moments or ())


def schema(view: View) -> pa.Schema:
    """Return the columns of a view's snapshot: the key (and its customer), ``event_timestamp`` (UTC), the features."""
    keys = dict.fromkeys((view.key, "customer_id"))
    return pa.schema(
        [(key, pa.string()) for key in keys]
        + [("event_timestamp", pa.timestamp("us", "UTC"))]
        + [(feature.name, pa.string() if feature.kind == "text" else pa.float64()) for feature in view.features]
    )


def _to_the_minute(moment: datetime) -> datetime:
    instant = utc(moment)
    if instant.second or instant.microsecond:
        raise DataError(
            f"a snapshot at {instant.isoformat()}", expected="a whole minute", remedy="drop seconds from the moment"
        )
    return instant


def _count_customers(connection: "duckdb.DuckDBPyConnection", customers: Sequence[str] | None) -> int:
    if customers is not None:
        return len(customers)
    row = connection.execute("SELECT count(*) FROM raw.customers").fetchone()
    return int(row[0]) if row else 0


def _view(connection: "duckdb.DuckDBPyConnection", view: View) -> pa.Table:
    keys = ", ".join(dict.fromkeys((view.key, "customer_id")))
    table = connection.sql(
        f"SELECT {keys}, t AS event_timestamp, {computing.typed(view.features)} "
        f"FROM {view.name} JOIN moments USING (m) ORDER BY event_timestamp, {view.key}"
    ).to_arrow_table()
    return table.cast(schema(view))


class _Writer:
    """Writes snapshots beside their place and moves them there at the end: a reader never sees half of one."""

    def __init__(self, settings: Settings, moments: Sequence[datetime], customers: Sequence[str] | None) -> None:
        self.rows = dict.fromkeys(VIEWS, 0)
        self._settings, self._moments, self._customers = settings, moments, customers
        self._open: dict[tuple[str, datetime], pq.ParquetWriter] = {}

    def __enter__(self) -> "_Writer":
        return self

    def write(self, view: View, table: pa.Table) -> None:
        """Add the rows of one group and run, sorted by moment, to their files."""
        self.rows[view.name] += table.num_rows
        counts = pc.value_counts(table["event_timestamp"])
        start = 0
        for entry in counts:
            moment, height = entry["values"].as_py(), entry["counts"].as_py()
            self._writer(view, moment).write_table(table.slice(start, height))
            start += height

    def _writer(self, view: View, moment: datetime) -> pq.ParquetWriter:
        key = (view.name, moment)
        if key not in self._open:
            target = self._unfinished(view.name, moment)
            target.parent.mkdir(parents=True, exist_ok=True)
            # Numbers of a profile seldom repeat: a dictionary costs time and saves no room.
            self._open[key] = pq.ParquetWriter(
                target, schema(view), compression="zstd", compression_level=1, use_dictionary=False
            )
        return self._open[key]

    def _unfinished(self, view: str, moment: datetime) -> Path:
        return path(self._settings, view, moment).with_suffix(".unfinished")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            for view in VIEWS.values():
                for moment in self._moments:
                    self._keep_the_others(view, moment)
        for (view_name, moment), writer in self._open.items():
            writer.close()
            unfinished = self._unfinished(view_name, moment)
            if kind is None:
                unfinished.replace(path(self._settings, view_name, moment))
            else:
                unfinished.unlink()

    def _keep_the_others(self, view: View, moment: datetime) -> None:
        """Copy the rows of customers who were not asked for from the snapshot that is to be replaced."""
        writer = self._writer(view, moment)
        file = path(self._settings, view.name, moment)
        if self._customers is None or not file.exists():
            return
        before = pq.read_table(file)
        asked = pa.array(self._customers, pa.string())
        writer.write_table(before.filter(pc.invert(pc.is_in(before["customer_id"], asked))))
