"""How the steps of the windows are run: a book opened, customers and moments put in place, one SELECT after another."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from features import sources, windows
from features.catalog import Feature
from regua.clock import local_date, start_of_day
from regua.settings import Settings

if TYPE_CHECKING:
    import duckdb


def open_book(settings: Settings) -> "duckdb.DuckDBPyConnection":
    """Open the canonical tables as schema ``raw``, and room for the steps beside them; instants are UTC."""
    connection = sources.connect(settings)
    connection.execute("CREATE SCHEMA raw")
    connection.execute("USE raw")
    sources.create_views(connection, settings.tables)
    connection.execute("USE memory.main")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET preserve_insertion_order = false")
    zone = settings.zone.replace("'", "''")
    connection.execute(f"CREATE MACRO local_day(x) AS ((x AT TIME ZONE 'UTC') AT TIME ZONE '{zone}')::DATE")
    connection.execute(f"CREATE MACRO local_hour(x) AS hour((x AT TIME ZONE 'UTC') AT TIME ZONE '{zone}')")
    return connection


def ask(
    connection: "duckdb.DuckDBPyConnection", customers: Sequence[str] | None, group: int = 0, groups: int = 1
) -> None:
    """Define ``is_asked(customer_id)``: whether a customer belongs to the group at hand.

    Parameters
    ----------
    customers
        Only these; None: everyone.
    group, groups
        Which of how many groups of like size, cut by a hash of the customer.
    """
    mine = [] if groups == 1 else [f"hash(id) % {groups} = {group}"]
    if customers is not None:
        put(connection, "asked", pa.table({"customer_id": pa.array(sorted(set(customers)), pa.string())}))
        mine.append("id IN (SELECT customer_id FROM asked)")
    connection.execute(f"CREATE OR REPLACE MACRO is_asked(id) AS ({' AND '.join(mine) or 'true'})")


def place(connection: "duckdb.DuckDBPyConnection", moments: Sequence[datetime], zone: str) -> None:
    """Define ``moments_now``: the instants at hand, their local day and when it began."""
    days = [local_date(moment, zone) for moment in moments]
    began = [start_of_day(day, zone).replace(tzinfo=None) for day in days]
    rows = {
        "t": pa.array([moment.replace(tzinfo=None) for moment in moments], pa.timestamp("us")),
        "today": pa.array(days, pa.date32()),
        "day_start": pa.array(began, pa.timestamp("us")),
    }
    put(connection, "moments_now", pa.table(rows))


def put(connection: "duckdb.DuckDBPyConnection", name: str, rows: pa.Table) -> None:
    """Hand rows over as a temporary table."""
    connection.register("handed_over", rows)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM handed_over")
    connection.unregister("handed_over")


def execute(connection: "duckdb.DuckDBPyConnection", steps: Iterable[windows.Step]) -> None:
    """Run steps in order, each into a temporary table of its name."""
    for name, select in steps:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {select}")


def typed(features: Iterable[Feature]) -> str:
    """Spell features as the columns of a SELECT: numbers, flags and cents DOUBLE, words VARCHAR."""
    return ", ".join(f"{f.name}::{'VARCHAR' if f.kind == 'text' else 'DOUBLE'} AS {f.name}" for f in features)
