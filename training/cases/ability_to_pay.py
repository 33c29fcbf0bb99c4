"""Who pays at least half of the arrears, once in touch?"""

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from models.ability_to_pay import ENGAGED_DAYS, ENOUGH
from models.base import ModelSpec
from regua.columns import Array
from training.cases import arrears, engagement, grid
from training.cases.case import Cases, History
from training.cases.labels import KEPT, Labels, Window, answer, asked, later, numbers, unweighted

if TYPE_CHECKING:
    import duckdb

_PAID = """
SELECT q.row, coalesce(sum(p.amount_cents), 0)::DOUBLE AS paid_cents
FROM asked AS q LEFT JOIN payments AS p
  ON p.contract_id = q.contract_id AND greatest(p.known_at, p.happened_at) > q.since
 AND greatest(p.known_at, p.happened_at) <= q.at
GROUP BY q.row ORDER BY q.row
"""


def cases(history: History, spec: ModelSpec) -> Cases:
    """List contracts in arrears of customers in touch, and whether half of what was overdue was paid."""
    seen = grid.in_arrears(history, spec)
    in_touch = engagement.engaged(history.connection, seen.customer, seen.moment, ENGAGED_DAYS)
    seen = seen.take(in_touch, {"not_engaged": int((~in_touch).sum())}).drawn(history, spec)
    return seen.cases(label(history.connection, seen.contract, seen.moment, Window.of(spec), history.zone))


def label(
    connection: "duckdb.DuckDBPyConnection", contract_id: Array, moment: Array, window: Window, zone: str
) -> Labels:
    """Label with 1 a contract of whose arrears at the moment at least half was paid by the end of the window.

    Arrears that shrank without money, because an invoice was cancelled, are ``written_off``.
    """
    start = asked(contract_id, moment, 0, zone)
    ends = asked(contract_id, moment, window.days).set_column(4, "due_before", start["due_before"])
    owed, left = (numbers(arrears.at(connection, rows), "overdue_cents") for rows in (start, ends))
    money = answer(connection, _PAID, ends.append_column("since", pa.array(later(moment, 0))))
    shrank, paid = owed - left >= ENOUGH * owed, numbers(money, "paid_cents") >= ENOUGH * owed
    excluded = np.select([owed <= 0, shrank & ~paid], ["not_in_arrears", "written_off"], KEPT)
    return unweighted(shrank.astype(np.float64), excluded)
