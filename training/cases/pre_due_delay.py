"""Which invoices are paid late? Contracts with nothing overdue, seen five days after the next invoice was due."""

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from models.base import ModelSpec
from models.pre_due_delay import FIRST_DAYS, LAST_DAYS
from regua.columns import Array
from training.cases import arrears, grid
from training.cases.case import Cases, History
from training.cases.labels import KEPT, Labels, answer, asked, later, local_days, numbers, unweighted

if TYPE_CHECKING:
    import duckdb

_CANCELLED = """
SELECT q.row, count(i.invoice_id)::DOUBLE AS cancelled
FROM asked AS q LEFT JOIN invoices AS i
  ON i.contract_id = q.contract_id AND i.due_on = q.due_on AND i.cancelled_at > q.since AND i.cancelled_at <= q.at
GROUP BY q.row ORDER BY q.row
"""


def cases(history: History, spec: ModelSpec) -> Cases:
    """List contracts with an invoice due soon and nothing overdue; the days until it is due are each one's own gap."""
    seen = grid.due_soon(history, spec, FIRST_DAYS, LAST_DAYS).drawn(history, spec)
    found = label(history.connection, seen.contract, seen.moment, seen.due_on, spec.performance_days, history.zone)
    return seen.cases(found)


def label(
    connection: "duckdb.DuckDBPyConnection", contract_id: Array, moment: Array, due_on: Array, late_days: int, zone: str
) -> Labels:
    """Label with 1 a contract whose invoice is not wholly paid some days after it was due.

    Parameters
    ----------
    due_on
        ``(n,)`` the day it falls due, ``datetime64[D]``.
    late_days
        Days after the due date at which it is looked at, at the hour of the moment.

    Returns
    -------
    What was ``paid_early``, or ``cancelled`` before its day came, has no label.
    """
    gap = (due_on - local_days(moment.astype("datetime64[us]"), zone)).astype(np.int64)
    through = pa.array(due_on + np.timedelta64(1, "D"))
    before = arrears.at(connection, asked(contract_id, moment).set_column(4, "due_before", through))
    ends = asked(contract_id, moment, gap + late_days).set_column(4, "due_before", through)
    after = arrears.at(connection, ends)
    window = ends.append_column("due_on", pa.array(due_on)).append_column("since", pa.array(later(moment, 0)))
    cancelled = numbers(answer(connection, _CANCELLED, window), "cancelled") > 0
    open_before = numbers(before, "overdue_cents") > 0
    excluded = np.select([~open_before, cancelled], ["paid_early", "cancelled"], KEPT)
    return unweighted((numbers(after, "overdue_cents") > 0).astype(np.float64), excluded)
