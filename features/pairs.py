"""What was known of some customers, each at moments of his own: the cases a model learns from, computed and not kept.

A snapshot asks about everyone at one moment. Learning asks about few customers at many moments: whoever was in
arrears on a day of the calendar, whoever a policy had to decide about. The steps are the snapshot's own, so a pair
and a snapshot of the same moment agree to the last bit; a test holds them to it.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from features import computing, windows
from features.catalog import CONTRACT_VIEWS, CUSTOMER_VIEWS, FEATURES
from regua.settings import Settings

if TYPE_CHECKING:
    import duckdb

PAIRS_PER_RUN = 150_000
"""Pairs computed at once, which bounds memory whatever the history."""

_BILLS = {"who", "contracts", "billed", "payments", "direct", "invoices"}
"""The facts that tell who is in arrears."""

_IN_ARREARS = """
SELECT DISTINCT who.customer_id, t AS event_timestamp
FROM invoices JOIN moments_now
  ON due_on < today AND due_on >= today - $longest::INTEGER AND known <= t
 AND (settled_known IS NULL OR settled_known > t) AND (cancelled_at IS NULL OR cancelled_at > t)
JOIN who USING (c)
ORDER BY event_timestamp, customer_id
"""

_CONTRACTS = f"""
SELECT customer_id, contract_id, t AS event_timestamp, {computing.typed(FEATURES)}
FROM {CONTRACT_VIEWS[0].name} JOIN moments USING (m)
{" ".join(f"JOIN {view.name} USING (m, customer_id, contract_id)" for view in CONTRACT_VIEWS[1:])}
{" ".join(f"JOIN {view.name} USING (m, customer_id)" for view in CUSTOMER_VIEWS)}
WHERE days_past_due >= 1 OR (is_billed AND contract_id = lead_contract_id)
ORDER BY event_timestamp, contract_id
"""


def in_arrears(
    settings: Settings, moments: Sequence[datetime], customers: Sequence[str] | None = None, *, longest: int = 100_000
) -> pa.Table:
    """List whom to ask about to meet every contract in arrears at some moments.

    Parameters
    ----------
    moments
        Instants; a naive one is UTC.
    customers
        Only these; None: everyone.
    longest
        Contracts further behind than this many days need not be met.

    Returns
    -------
    ``customer_id`` and ``event_timestamp`` (UTC): every customer with a contract 1 to ``longest`` days past due at
    the moment, and some whose arrears were paid by money that names no invoice.
    """
    with computing.open_book(settings) as connection:
        computing.ask(connection, customers)
        computing.execute(connection, [step for step in windows.FACTS if step[0] in _BILLS])
        computing.place(connection, _instants(moments), settings.zone)
        return connection.sql(_IN_ARREARS, params={"longest": longest}).to_arrow_table()


def at(settings: Settings, asked: pa.Table) -> pa.Table:
    """Compute the profile of customers at moments of their own.

    Parameters
    ----------
    asked
        ``customer_id`` and ``event_timestamp``; a pair named twice is answered once.

    Returns
    -------
    One row for each contract in arrears, and for the lead contract, of each pair: ``customer_id``, ``contract_id``,
    ``event_timestamp`` (UTC) and all features of the catalogue, as known at the moment; ordered by moment and
    contract. A customer not yet known at the moment has no row.
    """
    stamps = asked["event_timestamp"].cast(pa.timestamp("us"))
    wanted = pa.table({"customer_id": asked["customer_id"].cast(pa.string()), "t": stamps})
    wanted = (
        wanted.group_by(["customer_id", "t"]).aggregate([]).sort_by([("t", "ascending"), ("customer_id", "ascending")])
    )
    with computing.open_book(settings) as connection:
        computing.ask(connection, pc.unique(wanted["customer_id"]).to_pylist())
        computing.execute(connection, windows.FACTS)
        starts = range(0, max(wanted.num_rows, 1), PAIRS_PER_RUN)
        parts = [_run(connection, wanted.slice(start, PAIRS_PER_RUN), settings.zone) for start in starts]
    return (
        pa.concat_tables(parts)
        .combine_chunks()
        .sort_by([("event_timestamp", "ascending"), ("contract_id", "ascending")])
    )


def _run(connection: "duckdb.DuckDBPyConnection", wanted: pa.Table, zone: str) -> pa.Table:
    computing.put(connection, "pairs_now", wanted)
    computing.place(connection, _instants(pc.unique(wanted["t"]).to_pylist()), zone)
    computing.execute(connection, (("moments", windows.PAIRS), *windows.STEPS))
    table = connection.sql(_CONTRACTS).to_arrow_table()
    stamp = table.schema.get_field_index("event_timestamp")
    return table.set_column(stamp, "event_timestamp", table["event_timestamp"].cast(pa.timestamp("us", "UTC")))


def _instants(moments: Sequence[datetime]) -> list[datetime]:
    return sorted({moment if moment.tzinfo else moment.replace(tzinfo=UTC) for moment in moments})
