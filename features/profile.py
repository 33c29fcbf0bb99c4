"""The 360° profile straight from a snapshot: one row per customer, or all contracts in arrears for training."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features import snapshots, sources
from features.catalog import COLUMNS, CONTRACT_VIEWS, CUSTOMER_VIEWS, FEATURES, VIEWS, View
from regua.clock import utc
from regua.columns import Array, from_arrow
from regua.errors import NotFoundError, Place, SchemaError
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
    return Snapshot(settings, moment).read(customers)


class Snapshot:
    """One snapshot held in memory, from which any number of chunks are read without touching the disk again.

    Raises
    ------
    NotFoundError
        No snapshot was built at this moment.
    SchemaError
        It was built by an earlier catalogue, and lacks features of the one in force.
    """

    def __init__(self, settings: Settings, moment: datetime) -> None:
        self._tables = {view.name: _view(_file(settings, view.name, moment), view, moment) for view in VIEWS.values()}
        names = self._tables[CUSTOMER_VIEWS[0].name]["customer_id"]
        self._names: pa.ChunkedArray = names.take(pc.sort_indices(names))
        self._places = {view.name: self._found(view, self._names) for view in CUSTOMER_VIEWS}
        context = next(
            view.name for view in CUSTOMER_VIEWS if "lead_contract_id" in self._tables[view.name].schema.names
        )
        lead = self._tables[context]["lead_contract_id"].take(self._places[context])
        self._places |= {view.name: self._found(view, lead) for view in CONTRACT_VIEWS}

    def read(self, customers: Sequence[str] | None = None) -> dict[str, Array]:
        """Read the rows of some customers, or of everyone; see :func:`at`."""
        names, rows = self._names, None
        if customers is not None:
            asked = pc.is_in(names, pa.array(customers, pa.string()))
            rows = pa.array(np.flatnonzero(asked.to_numpy(zero_copy_only=False)))
            names = names.take(rows)
        columns: dict[str, Array] = {"customer_id": np.asarray(names.to_numpy(zero_copy_only=False), object)}
        for view in VIEWS.values():
            places = self._places[view.name] if rows is None else self._places[view.name].take(rows)
            columns |= from_arrow(self._tables[view.name].select([one.name for one in view.features]).take(places))
        columns["contract_id"] = columns["lead_contract_id"]
        return {name: columns[name] for name in COLUMNS}

    def _found(self, view: View, wanted: pa.ChunkedArray) -> pa.ChunkedArray:
        """Find the row of each key in a view; NULL where it has none."""
        return pc.index_in(wanted, value_set=self._tables[view.name][view.key].combine_chunks())


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


def _view(file: str, view: View, moment: datetime) -> pa.Table:
    wanted = [view.key, *(feature.name for feature in view.features)]
    lacking = sorted(set(wanted) - set(pq.read_schema(file).names))
    if lacking:
        raise SchemaError(
            f"the profiles of {moment:%Y-%m-%d %H:%M} UTC lack {len(lacking)} features, such as {lacking[0]}",
            expected="the features of the catalogue in force",
            remedy=f"regua profile build --at {moment:%Y-%m-%dT%H:%M}",
            place=Place(file),
        )
    return pq.read_table(file, columns=wanted).combine_chunks()


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
