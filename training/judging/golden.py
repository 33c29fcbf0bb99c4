"""Who do a champion and its challenger have to agree about? The customers of today, not the cases of a test."""

from datetime import datetime

import numpy as np
import pyarrow as pa

from features import pairs, sources
from models.base import ModelSpec
from regua.clock import utc
from regua.columns import Columns, from_arrow, height, take
from regua.settings import Settings
from training.examples import drawn_by_customer

CUSTOMERS = 2_000
_LEAST_ROWS = 30


def profiles(settings: Settings, as_of: datetime, *, seed: int = 7) -> Columns:
    """Compute the profiles as of a moment of at most 2,000 customers, drawn by key.

    Each learning of a book asks about the same ones, but for those who came since.

    Returns
    -------
    The columns of the profile, one row for each contract in arrears and for the lead contract of each customer.
    """
    with sources.open_tables(settings) as connection:
        table = connection.sql("SELECT customer_id FROM customers ORDER BY customer_id").to_arrow_table()
    everyone = np.array(table.column("customer_id").to_pylist(), object)
    some = everyone[drawn_by_customer(everyone, CUSTOMERS, "golden", seed)].tolist()
    moment = pa.array([utc(as_of).replace(tzinfo=None)] * len(some), pa.timestamp("us"))
    asked = pa.table({"customer_id": pa.array(some, pa.string()), "event_timestamp": moment})
    return from_arrow(pairs.at(settings, asked))


def asked_about(spec: ModelSpec, golden: Columns) -> Columns | None:
    """Return the rows a model is asked about; None where they are too few to say anything.

    Examples
    --------
    >>> from models import SPECS
    >>> late = {"days_past_due": np.array([0.0] * 40 + [9.0] * 50)}
    >>> {name: height(asked_about(SPECS[name], late)) for name in ("roll_risk", "pre_due_delay")}
    {'roll_risk': 50, 'pre_due_delay': 40}
    """
    if not height(golden):
        return None
    late = golden["days_past_due"] >= 1
    rows = np.flatnonzero(~late if spec.asked_of == "before_due" else late)
    return take(golden, rows) if len(rows) >= _LEAST_ROWS else None
