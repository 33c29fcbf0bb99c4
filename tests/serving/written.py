"""Profiles put on disk by hand, as the nightly snapshot would."""

from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features import snapshots
from features.catalog import VIEWS
from regua.columns import Columns
from regua.settings import Settings


def write_snapshot(settings: Settings, columns: Columns, built: datetime) -> None:
    """Write profile rows as the snapshot of a moment."""
    stamps = np.full(len(columns["customer_id"]), built.replace(tzinfo=None), "datetime64[us]")
    for view in VIEWS.values():
        schema = snapshots.schema(view)
        arrays = [
            pa.array(stamps, pa.timestamp("us", "UTC")) if field.name == "event_timestamp"
            else pa.array(columns[field.name], field.type, from_pandas=True)
            for field in schema
        ]  # fmt: skip
        path = snapshots.path(settings, view.name, built)
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_arrays(arrays, schema=schema), path)
