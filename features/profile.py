"""The 360° profile straight from a snapshot: one row per customer, or all contracts in arrears for training."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features import snapshots, sources
from features.catalog import COLUMNS, CONTRACT_VIEWS, CUSTOMER_VIEWS, FEATURES, VIEWS
from regua.clock import utc
from regua.columns import Array, from_arrow
from regua.errors import NotFoundError
from regua.settings import Settings


def at(settings: Settings, moment: datetime, customers: Sequence[str] | None = None) -> dict[str, Array]:
    """Read the profile as of a moment: one row per customer, with the contract that leads.

    Parameters
    ----------
    moment
        The instant of a snapshot that was built.
    customers
        Whom to read; None reads everyone. Who has no row in the snapshot is left out.

    Returns
    -------
    ``(n,)`` columns :data:`features.catalog.COLUMNS` in the order of ``customer_id``. Without a billed
    contract the contract's features and ``contract_id`` are NULL.

    Raises
    ------
    NotFoundError
        No snapshot was built at this moment.
    """
    tables = {view.name: pq.read_table(_file(settings, view.name, moment)) for view in VIEWS.values()}
    rows = tables[CUSTOMER_VIEWS[0].name]["customer_id"]
    if customers is not None:
        rows = rows.filter(pc.is_in(rows, pa.array(customers, pa.string())))
    columns: dict[str, Array] = {"customer_id": np.asarray(rows.to_numpy(zero_copy_only=False), object)}
    for view in CUSTOMER_VIEWS:
        columns |= _rows_of(tables[view.name], "customer_id", rows, [f.name for f in view.features])
    lead = pa.chunked_array([pa.array(columns["lead_contract_id"], pa.string())])
    for view in CONTRACT_VIEWS:
        columns |= _rows_of(tables[view.name], "contract_id", lead, [f.name for f in view.features])
    columns["contract_id"] = columns["lead_contract_id"]
    order = np.argsort(columns["customer_id"], kind="stable")
    return {name: columns[name][order] for name in COLUMNS}


def contracts_at(settings: Settings, moments: Sequence[datetime]) -> pa.Table:
    """Read every contract in arrears at some moments, joined with what was known of its customer: the training base.

    Returns
    -------
    One row per contract and moment with ``days_past_due`` of 1 or more: ``customer_id``, ``contract_id``,
    ``event_timestamp`` and all features, ordered by moment and contract.

    Raises
    ------
    NotFoundError
        A moment has no snapshot.
    """
    names = ", ".join(feature.name for feature in FEATURES)
    with sources.connect(settings) as connection:
        for view in VIEWS.values():
            files = [str(_file(settings, view.name, moment)) for moment in moments]
            relation = connection.read_parquet(files)
            relation.create_view(view.name)
        joins = " ".join(
            f"JOIN {view.name} USING (customer_id, {view.key}, event_timestamp)"
            if view.entity == "contract"
            else f"JOIN {view.name} USING (customer_id, event_timestamp)"
            for view in (*CONTRACT_VIEWS[1:], *CUSTOMER_VIEWS)
        )
        base = CONTRACT_VIEWS[0].name
        table = connection.sql(
            f"SELECT customer_id, contract_id, event_timestamp, {names} FROM {base} {joins} "
            "WHERE days_past_due >= 1 ORDER BY event_timestamp, contract_id"
        ).to_arrow_table()
    stamp = table.schema.get_field_index("event_timestamp")
    return table.set_column(stamp, "event_timestamp", table["event_timestamp"].cast(pa.timestamp("us", "UTC")))


def _file(settings: Settings, view: str, moment: datetime) -> str:
    file = snapshots.path(settings, view, moment)
    if not file.exists():
        raise NotFoundError(
            f"no snapshot of {view} at {utc(moment):%Y-%m-%d %H:%M} UTC in {settings.profiles}",
            expected=", ".join(f"{built:%Y-%m-%dT%H:%M}" for built in snapshots.built(settings)[-3:])
            or "none built yet",
            remedy=f"regua profile build --at {utc(moment):%Y-%m-%dT%H:%M}",
        )
    return str(file)


def _rows_of(table: pa.Table, key: str, wanted: pa.ChunkedArray, names: list[str]) -> dict[str, Array]:
    """Pick a view's rows by key, in the order wanted; NULL where it has none."""
    places = pc.index_in(wanted, value_set=table[key].combine_chunks())
    return from_arrow(table.select(names).take(places))
