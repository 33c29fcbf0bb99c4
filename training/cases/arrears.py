"""What a contract owed at an instant, knowing what was known at that instant: the ground labels stand on.

A payment that names a known invoice pays it. What names none, or is left over, pays the contract's oldest open
invoices first. The profile computes the same by other means; a test holds the two equal.
"""

from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    import duckdb

_SQL = """
WITH billed AS (
    SELECT q.row, q.today, q.due_before, i.invoice_id, i.due_on, i.amount_cents
    FROM asked AS q JOIN invoices AS i USING (contract_id)
    WHERE greatest(i.known_at, i.happened_at) <= q.at AND (i.cancelled_at IS NULL OR i.cancelled_at > q.at)
),
paid AS (
    SELECT q.row, p.invoice_id, sum(p.amount_cents) AS paid_cents
    FROM asked AS q JOIN payments AS p USING (contract_id)
    WHERE greatest(p.known_at, p.happened_at) <= q.at
    GROUP BY q.row, p.invoice_id
),
direct AS (
    SELECT billed.*, coalesce(paid_cents, 0) AS paid_cents
    FROM billed LEFT JOIN paid ON paid.row = billed.row AND paid.invoice_id = billed.invoice_id
),
loose AS (
    SELECT row, coalesce(any_value(total), 0) - sum(least(amount_cents, direct.paid_cents)) AS loose_cents
    FROM direct LEFT JOIN (SELECT row, sum(paid_cents) AS total FROM paid GROUP BY row) USING (row)
    GROUP BY row
),
owed AS (
    SELECT row, today, due_before, due_on, loose_cents, greatest(0, amount_cents - paid_cents) AS left_cents,
           sum(greatest(0, amount_cents - paid_cents))
             OVER (PARTITION BY row ORDER BY due_on NULLS LAST, invoice_id) AS owed_through
    FROM direct JOIN loose USING (row)
),
standing AS (
    SELECT row, today, due_on, greatest(0, least(left_cents, owed_through - loose_cents)) AS open_cents
    FROM owed WHERE due_on < due_before
)
SELECT asked.row,
       coalesce(asked.today - min(due_on) FILTER (open_cents > 0), 0)::DOUBLE AS days_past_due,
       coalesce(sum(open_cents), 0)::DOUBLE AS overdue_cents
FROM asked LEFT JOIN standing USING (row)
GROUP BY asked.row, asked.today
ORDER BY asked.row
"""


def at(connection: "duckdb.DuckDBPyConnection", asked: pa.Table) -> pa.Table:
    """Say how far behind each contract was.

    Parameters
    ----------
    connection
        With the canonical tables as views.
    asked
        ``row`` (0, 1 …), ``contract_id``, ``at`` (instant), ``today`` (its local day) and ``due_before``: only
        invoices due before that day count, its own day for the arrears of the instant.

    Returns
    -------
    ``row``, ``days_past_due`` (0: nothing overdue) and ``overdue_cents``, one row for each asked, in order.
    """
    connection.register("asked", asked)
    try:
        return connection.sql(_SQL).to_arrow_table()
    finally:
        connection.unregister("asked")
