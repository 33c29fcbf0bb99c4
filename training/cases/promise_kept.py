"""Which promises are kept? Each is asked about at the first dawn after it was made, and settled by its own day."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from models.base import ModelSpec
from models.promise_kept import ENOUGH, GRACE_BUSINESS_DAYS
from regua.clock import start_of_day
from regua.columns import Array, Columns, from_arrow
from training.cases.business_days import BusinessDays
from training.cases.case import Cases, History, labelled
from training.cases.labels import KEPT, Labels, answer, instant, later, numbers, unweighted
from training.cases.treatments import dawns

if TYPE_CHECKING:
    import duckdb

_PROMISES = """
SELECT p.promise_id, p.customer_id, p.contract_id, p.amount_cents, p.promised_for, c.region,
       p.happened_at AS made_at, greatest(p.known_at, p.happened_at) AS told_at
FROM promises AS p LEFT JOIN customers AS c USING (customer_id)
ORDER BY told_at, p.promise_id
"""

_OUTCOMES = """
SELECT q.row,
       coalesce(sum(m.amount_cents) FILTER (greatest(m.known_at, m.happened_at) <= q.moment), 0)::DOUBLE AS at_once,
       coalesce(sum(m.amount_cents), 0)::DOUBLE AS paid,
       any_value(p.resolved_at <= q.moment)::DOUBLE AS is_over,
       any_value(p.resolution = 'cancelled' AND p.resolved_at <= q.until)::DOUBLE AS is_cancelled
FROM asked AS q JOIN promises AS p USING (promise_id)
LEFT JOIN payments AS m
  ON m.contract_id = p.contract_id AND m.happened_at > p.happened_at AND greatest(m.known_at, m.happened_at) <= q.until
GROUP BY q.row ORDER BY q.row
"""


def cases(history: History, spec: ModelSpec) -> Cases:
    """List promises and whether each was kept; one that runs on beyond the model's window is ``promised_too_far``."""
    found = from_arrow(history.connection.sql(_PROMISES).to_arrow_table())
    told = found["told_at"].astype("datetime64[us]")
    moment = next_dawns(told, history.zone)
    until = deadlines(found["promised_for"], found["region"], history.zone)
    labels = label(history.connection, found, moment, until)
    window = np.timedelta64(spec.window_days, "D")
    early = np.select(
        [until > instant(history.as_of), until <= moment, until > moment + window],
        ["window_open", "promised_for_the_past", "promised_too_far"],
        KEPT,
    )
    excluded = np.where(early == KEPT, labels.excluded, early).astype(object)
    return labelled(
        unweighted(labels.label, excluded),
        customer=found["customer_id"],
        contract=found["contract_id"],
        moment=moment,
    )


def label(connection: "duckdb.DuckDBPyConnection", promises: Columns, moment: Array, until: Array) -> Labels:
    """Label with 1 a promise of which nine tenths were paid by its deadline, in money that came after it was made.

    Parameters
    ----------
    promises
        ``promise_id`` and ``amount_cents``.
    moment, until
        ``(n,)`` when it is asked about, and its deadline.

    Returns
    -------
    What was over before it could be asked about is ``settled_at_once``; what the customer withdrew, ``cancelled``.
    """
    rows = pa.table(
        {
            "row": pa.array(np.arange(len(moment))),
            "promise_id": pa.array(promises["promise_id"], pa.string()),
            "moment": pa.array(later(moment, 0)),
            "until": pa.array(later(until, 0)),
        }
    )
    told = answer(connection, _OUTCOMES, rows)
    enough = ENOUGH * promises["amount_cents"]
    over = (numbers(told, "is_over") == 1) | (numbers(told, "at_once") >= enough)
    cancelled = numbers(told, "is_cancelled") == 1
    excluded = np.select([over, cancelled], ["settled_at_once", "cancelled"], KEPT)
    return unweighted((numbers(told, "paid") >= enough).astype(np.float64), excluded)


def next_dawns(at: Array, zone: str) -> Array:
    """Return the first dawn at or after each instant, ``datetime64[us]``.

    Examples
    --------
    >>> noon = np.array(["2026-07-01T15:00"], "datetime64[us]")
    >>> next_dawns(noon, "America/Sao_Paulo").tolist()
    [datetime.datetime(2026, 7, 2, 8, 0)]
    """
    # A day and an hour on, the dawn strictly before is the next one, whatever the clocks do in between.
    nearly = dawns(at + np.timedelta64(1, "D"), zone)
    return np.asarray(np.where(nearly >= at, nearly, dawns(at + np.timedelta64(2, "D"), zone)))


def deadlines(promised_for: Array, region: Array, zone: str) -> Array:
    """Return the instant at which each promise is over: the end of the second business day after the day promised."""
    calendar = BusinessDays.shipped()
    days = promised_for.astype("datetime64[D]")
    ends: dict[tuple[date, str | None], np.datetime64] = {}
    for key in set(zip(days.tolist(), region.tolist(), strict=True)):
        last = calendar.after(*key, GRACE_BUSINESS_DAYS)
        ends[key] = instant(start_of_day(last + timedelta(days=1), zone))
    every = [ends[key] for key in zip(days.tolist(), region.tolist(), strict=True)]
    return np.array(every, "datetime64[us]")
