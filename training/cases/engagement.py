"""Who was in touch lately? Readings, replies, conversations; and, in a wider sense, promises and payments."""

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from regua.columns import Array, Flags
from regua.vocabulary import ANSWERS
from training.cases.labels import answer, later, numbers

if TYPE_CHECKING:
    import duckdb

_SPOKE = ", ".join(f"'{outcome}'" for outcome in ANSWERS)

_REACHED = f"""
SELECT customer_id, greatest(known_at, read_at) AS at FROM contacts WHERE read_at IS NOT NULL
UNION ALL
SELECT customer_id, greatest(known_at, replied_at) FROM contacts WHERE replied_at IS NOT NULL
UNION ALL
SELECT customer_id, greatest(known_at, coalesce(outcome_at, happened_at)) FROM contacts WHERE outcome IN ({_SPOKE})
"""

_ACTED = """
UNION ALL SELECT customer_id, greatest(known_at, happened_at) FROM promises
UNION ALL SELECT customer_id, greatest(known_at, happened_at) FROM payments
"""


def _lately(signs: str) -> str:
    return f"""
WITH signs AS ({signs})
SELECT q.row, count(s.at)::DOUBLE AS signs
FROM asked AS q LEFT JOIN signs AS s ON s.customer_id = q.customer_id AND s.at > q.since AND s.at <= q.until
GROUP BY q.row ORDER BY q.row
"""


def reached(connection: "duckdb.DuckDBPyConnection", customer: Array, moment: Array, days: int) -> Flags:
    """Say of each customer, ``(n,)``, whether they read, replied or spoke in the days before, known by the moment."""
    return _signs(connection, _lately(_REACHED), customer, moment, days)


def engaged(connection: "duckdb.DuckDBPyConnection", customer: Array, moment: Array, days: int) -> Flags:
    """Say the same, promises and payments counting too."""
    return _signs(connection, _lately(_REACHED + _ACTED), customer, moment, days)


def _signs(connection: "duckdb.DuckDBPyConnection", sql: str, customer: Array, moment: Array, days: int) -> Flags:
    rows = pa.table(
        {
            "row": pa.array(np.arange(len(moment))),
            "customer_id": pa.array(customer, pa.string()),
            "since": pa.array(later(moment, -days)),
            "until": pa.array(later(moment, 0)),
        }
    )
    return np.asarray(numbers(answer(connection, sql, rows), "signs") > 0)
