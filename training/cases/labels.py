"""What happened after each observation, as far as it was known when its window closed.

An observation at ``t`` is followed through ``(t + gap, t + gap + performance]``. A label uses only rows known by the
end of the window, and may be learned from only when that end has passed: what training as of ``T`` knows depends
on nothing after ``T``. Every observation is kept, excluded for a named reason, or still open: none disappears.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from models.measure import bucket
from regua.clock import local_date, utc
from regua.columns import Array, Numbers
from regua.vocabulary import ARREARS_BUCKETS
from training.cases import arrears

if TYPE_CHECKING:
    import duckdb

KEPT = ""
"""The reason of a row that is not excluded."""


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """``label`` (0 or 1, NaN where excluded), ``weight`` and ``excluded`` (why, ``""`` for kept rows); all ``(n,)``.

    ``followed_days`` is how long a case was left in peace, where that matters.
    """

    label: Numbers
    weight: Numbers
    excluded: Array
    followed_days: Numbers | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when the outcome is watched, in days after the observation."""

    gap_days: int
    performance_days: int

    @property
    def days(self) -> int:
        """Days from the observation until the label is known."""
        return self.gap_days + self.performance_days

    def closed(self, moment: datetime, as_of: datetime) -> bool:
        """Say whether the label of an observation at ``moment`` is known at ``as_of``."""
        return utc(moment) + timedelta(days=self.days) <= utc(as_of)


def roll_risk(
    connection: "duckdb.DuckDBPyConnection", contract_id: Array, moment: Array, window: Window, zone: str
) -> Labels:
    """Label with 1 a contract that stands in a worse arrears bucket when the window ends.

    A contract in the last bucket cannot fall into a worse one; it is excluded, or it would flatter every figure.
    """
    before = arrears.at(connection, _asked(contract_id, moment, 0, zone))
    after = arrears.at(connection, _asked(contract_id, moment, window.days, zone))
    late, later = (_column(table, "days_past_due") for table in (before, after))
    last = bucket(late) == len(ARREARS_BUCKETS) - 1
    excluded = np.select([late < 1, last], ["not_in_arrears", "in_the_last_bucket"], KEPT).astype(object)
    label = np.where(excluded == KEPT, (bucket(later) > bucket(late)).astype(np.float64), np.nan)
    return Labels(label, np.ones(len(label)), excluded)


def self_cure(
    connection: "duckdb.DuckDBPyConnection",
    contract_id: Array,
    customer_id: Array,
    moment: Array,
    window: Window,
    zone: str,
) -> Labels:
    """Label with 1 a contract whose arrears at the start were all paid in the window, as long as it was left alone.

    A case is followed until it is cured, contacted, or the window ends; ``followed_days`` says how long. One that was
    contacted before has no label: ``excluded`` says ``contacted``, and :mod:`training.cases.peace` may complete it.
    """
    start = arrears.at(connection, _asked(contract_id, moment, window.gap_days, zone))
    asked = _asked(contract_id, moment, window.days, zone)
    end = arrears.at(connection, asked.set_column(4, "due_before", _days(moment, window.gap_days, zone)))
    owed, left = _column(start, "overdue_cents"), _column(end, "overdue_cents")
    followed = asked.append_column("customer_id", pa.array(customer_id, pa.string()))
    followed = followed.append_column("since", _instants(moment, window.gap_days))
    followed = followed.append_column("owed_cents", pa.array(owed)).append_column("is_cured", pa.array(left <= 0))
    facts = _query(connection, _PEACE, followed)
    paid, touched = _column(facts, "paid_cents") > 0, _column(facts, "is_contacted") > 0
    excluded = np.select(
        [owed <= 0, (left <= 0) & ~paid, touched],
        ["not_in_arrears", "written_off", "contacted"],
        KEPT,
    ).astype(object)
    label = np.where(excluded == KEPT, (left <= 0).astype(np.float64), np.nan)
    return Labels(label, np.ones(len(label)), excluded, np.maximum(_column(facts, "followed_days"), 0.0))


def channel_response(
    connection: "duckdb.DuckDBPyConnection",
    contract_id: Array,
    moment: Array,
    propensity: Numbers,
    window: Window,
    *,
    weight_maximum: float,
) -> Labels:
    """Label with 1 a treatment choice after which the contract saw a payment or a promise, contacted or not.

    Rows are weighted by ``1 / propensity`` cut at ``weight_maximum``; a choice without a propensity is excluded.
    """
    asked = _asked(contract_id, moment, window.days, None).append_column("since", _instants(moment, window.gap_days))
    answered = _column(_query(connection, _ANSWERED, asked), "answered") > 0
    usable = np.nan_to_num(propensity) > 0
    excluded = np.where(usable, KEPT, "no_propensity").astype(object)
    weight = np.minimum(1.0 / np.where(usable, propensity, 1.0), weight_maximum)
    return Labels(np.where(usable, answered.astype(np.float64), np.nan), weight, excluded)


_PEACE = """
WITH paying AS (
    SELECT q.row, p.happened_at, p.amount_cents, q.owed_cents,
           sum(p.amount_cents) OVER (PARTITION BY q.row ORDER BY p.happened_at, p.payment_id) AS paid_through
    FROM asked AS q JOIN payments AS p USING (contract_id)
    WHERE greatest(p.known_at, p.happened_at) > q.since AND greatest(p.known_at, p.happened_at) <= q.at
),
cured AS (
    SELECT row, sum(amount_cents) AS paid_cents,
           coalesce(min(happened_at) FILTER (paid_through >= owed_cents), max(happened_at)) AS cured_at
    FROM paying GROUP BY row
),
followed AS (
    SELECT q.row, q.customer_id, q.since, coalesce(paid_cents, 0) AS paid_cents,
           CASE WHEN is_cured THEN coalesce(cured_at, q.at) ELSE q.at END AS until
    FROM asked AS q LEFT JOIN cured USING (row)
),
touched AS (
    SELECT row, min(happened_at) AS touched_at
    FROM followed JOIN contacts USING (customer_id)
    WHERE happened_at > since AND happened_at < until
    GROUP BY row
)
SELECT row, paid_cents::DOUBLE AS paid_cents, (touched_at IS NOT NULL)::DOUBLE AS is_contacted,
       epoch(coalesce(touched_at, until) - since) / 86400 AS followed_days
FROM followed LEFT JOIN touched USING (row)
ORDER BY row
"""

_ANSWERED = """
WITH answers AS (
    SELECT contract_id, happened_at, greatest(known_at, happened_at) AS known FROM payments
    UNION ALL
    SELECT contract_id, happened_at, greatest(known_at, happened_at) FROM promises
)
SELECT q.row, count(a.contract_id)::DOUBLE AS answered
FROM asked AS q LEFT JOIN answers AS a
  ON a.contract_id = q.contract_id AND a.happened_at > q.since AND a.known <= q.at
GROUP BY q.row ORDER BY q.row
"""


def _asked(contract_id: Array, moment: Array, days: int, zone: str | None) -> pa.Table:
    day = _days(moment, days, zone) if zone else pa.nulls(len(moment), pa.date32())
    return pa.table(
        {
            "row": pa.array(np.arange(len(moment))),
            "contract_id": pa.array(contract_id, pa.string()),
            "at": _instants(moment, days),
            "today": day,
            "due_before": day,
        }
    )


def _instants(moment: Array, days: int) -> pa.Array:
    return pa.array(moment.astype("datetime64[us]") + np.timedelta64(days, "D"))


def _days(moment: Array, days: int, zone: str) -> pa.Array:
    # Few distinct moments, many rows: the calendar is asked once for each.
    distinct, position = np.unique(moment.astype("datetime64[us]") + np.timedelta64(days, "D"), return_inverse=True)
    local = np.array([local_date(instant, zone) for instant in distinct.tolist()], "datetime64[D]")
    return pa.array(local[position] if len(local) else np.empty(0, "datetime64[D]"))


def _query(connection: "duckdb.DuckDBPyConnection", sql: str, asked: pa.Table) -> pa.Table:
    connection.register("asked", asked)
    try:
        return connection.sql(sql).to_arrow_table()
    finally:
        connection.unregister("asked")


def _column(table: pa.Table, name: str) -> Numbers:
    return np.asarray(table.column(name).to_numpy(), np.float64)
