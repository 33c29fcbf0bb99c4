"""Which contracts roll into a worse arrears bucket? Those in arrears on the grid, seen again when the window ends."""

from typing import TYPE_CHECKING

import numpy as np

from models.base import ModelSpec
from models.measure import bucket
from regua.columns import Array
from regua.vocabulary import ARREARS_BUCKETS
from training.cases import arrears, grid
from training.cases.case import Cases, History
from training.cases.labels import KEPT, Labels, Window, asked, numbers, unweighted

if TYPE_CHECKING:
    import duckdb


def cases(history: History, spec: ModelSpec) -> Cases:
    """List contracts in arrears and whether each stood in a worse bucket when the window ended."""
    seen = grid.in_arrears(history, spec)
    last = bucket(seen.days_past_due) == len(ARREARS_BUCKETS) - 1
    seen = seen.take(~last, {"in_the_last_bucket": int(last.sum())}).drawn(history, spec)
    found = label(history.connection, seen.contract, seen.moment, Window.of(spec), history.zone)
    return seen.cases(found)


def label(
    connection: "duckdb.DuckDBPyConnection", contract_id: Array, moment: Array, window: Window, zone: str
) -> Labels:
    """Label with 1 a contract that stands in a worse arrears bucket when the window ends.

    A contract in the last bucket cannot fall into a worse one; it is excluded, or it would flatter every figure.
    """
    before = arrears.at(connection, asked(contract_id, moment, 0, zone))
    after = arrears.at(connection, asked(contract_id, moment, window.days, zone))
    late, later = (numbers(table, "days_past_due") for table in (before, after))
    last = bucket(late) == len(ARREARS_BUCKETS) - 1
    excluded = np.select([late < 1, last], ["not_in_arrears", "in_the_last_bucket"], KEPT)
    return unweighted((bucket(later) > bucket(late)).astype(np.float64), excluded)
