"""The past as it was known at one moment: canonical tables through views that cannot show anything later.

A row known after the moment is not there. A state entered later (a contact read, a promise resolved) has not been
entered. So no label can look into the future by mistake, and rows that arrive later cannot move what was learned.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from features import sources
from features.tables import Table
from regua.clock import utc
from regua.settings import Settings
from training.cases.case import History
from training.examples import drawn_by_customer
from training.plan import Plan

if TYPE_CHECKING:
    import duckdb

ALWAYS = ("happened_at", "known_at", "ends_at")
"""``ends_at`` of a hold lies ahead and is known all the same."""

TOLD_BY = {"outcome": "outcome_at", "resolution": "resolved_at", "status": "status_at"}
"""Words that become known with an instant of their own."""

_ASKED_OFTEN = ("contacts", "invoices", "payments")
"""Tables that many questions are put to: read and sifted once, and kept for as long as the book is open."""


@contextmanager
def opened(
    settings: Settings, plan: Plan, as_of: datetime, customers: Sequence[str] | None = None, *, seed: int
) -> Iterator[History]:
    """Open a book as it was known at a moment.

    Parameters
    ----------
    as_of
        The moment of training.
    customers
        Only these; None: everyone.
    """
    with sources.connect(settings) as connection:
        _known_by(connection, settings, as_of, customers)
        yield History(connection, plan, as_of, settings.zone, customers, seed)


def learned_from(settings: Settings, maximum: int, *, seed: int) -> list[str] | None:
    """Draw the customers to learn from; None where the book is small enough to take everyone."""
    with sources.open_tables(settings) as connection:
        table = connection.sql("SELECT customer_id FROM customers ORDER BY customer_id").to_arrow_table()
    if table.num_rows <= maximum:
        return None
    everyone = np.array(table.column("customer_id").to_pylist(), object)
    return [str(name) for name in everyone[drawn_by_customer(everyone, maximum, "customers", seed)]]


def _known_by(
    connection: "duckdb.DuckDBPyConnection", settings: Settings, as_of: datetime, customers: Sequence[str] | None
) -> None:
    connection.execute("CREATE SCHEMA raw")
    connection.execute("USE raw")
    sources.create_views(connection, settings.tables)
    connection.execute("USE memory.main")
    connection.execute("SET TimeZone = 'UTC'")
    if customers is not None:
        connection.register("handed_over", pa.table({"customer_id": pa.array(customers, pa.string())}))
        connection.execute("CREATE TEMP TABLE learned_from AS SELECT DISTINCT customer_id FROM handed_over")
        connection.unregister("handed_over")
    now = f"TIMESTAMP '{utc(as_of).replace(tzinfo=None)}'"
    for table in sources.VIEWS:
        kind = "TEMP TABLE" if table.name in _ASKED_OFTEN else "VIEW"
        connection.execute(f'CREATE {kind} "{table.name}" AS {_select(table, now, customers is not None)}')


def _select(table: Table, now: str, is_drawn: bool) -> str:
    columns = ", ".join(_column(name, set(table.columns), now) for name in table.columns)
    drawn = " AND customer_id IN (SELECT customer_id FROM learned_from)"
    mine = drawn if is_drawn and "customer_id" in table.columns else ""
    return f'SELECT {columns} FROM raw."{table.name}" WHERE greatest(known_at, happened_at) <= {now}{mine}'


def _column(name: str, others: set[str], now: str) -> str:
    if name.endswith("_at") and name not in ALWAYS:
        return f"CASE WHEN {name} <= {now} THEN {name} END AS {name}"
    if (at := TOLD_BY.get(name)) in others:
        return f"CASE WHEN {at} > {now} THEN NULL ELSE {name} END AS {name}"
    return f'"{name}"'
