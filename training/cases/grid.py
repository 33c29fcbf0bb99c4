"""Whom is a model asked about at the moments of the plan's grid, before anybody computes a profile?

The profile is dear and the arrears of a contract are not: contracts are found by what they owed, so that a profile is
computed of those that are learned from and of nobody else.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from models.base import ModelSpec
from regua.columns import Array, Columns, Numbers, from_arrow
from training.cases import arrears
from training.cases.case import Cases, History, counted, labelled, within_rows
from training.cases.labels import Labels, Window, asked, instant, local_days, numbers
from training.plan import DEEPEST

# An invoice that payments naming it have paid is over; money that names none may have paid others, which `arrears`
# alone knows. So this finds all that may be meant, and few besides.
_OPEN_INVOICES = """
WITH direct AS (
    SELECT i.invoice_id, i.amount_cents, greatest(p.known_at, p.happened_at) AS known,
           sum(p.amount_cents) OVER (PARTITION BY i.invoice_id
             ORDER BY greatest(p.known_at, p.happened_at), p.payment_id) AS paid_through
    FROM invoices AS i JOIN payments AS p ON p.invoice_id = i.invoice_id AND p.contract_id = i.contract_id
),
settled AS (SELECT invoice_id, min(known) AS settled_known FROM direct WHERE paid_through >= amount_cents GROUP BY ALL)
SELECT i.customer_id, i.contract_id, g.at, min(i.due_on) AS due_on
FROM invoices AS i LEFT JOIN settled USING (invoice_id)
JOIN grid AS g ON i.due_on > g.after AND i.due_on <= g.until
 AND greatest(i.known_at, i.happened_at) <= g.at AND (i.cancelled_at IS NULL OR i.cancelled_at > g.at)
 AND (settled_known IS NULL OR settled_known > g.at)
GROUP BY ALL ORDER BY g.at, i.contract_id
"""


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """Contracts at moments of the grid, ``(n,)`` each, with what they owed overdue; ``counts``: who fell out and why.

    ``due_on`` is the day the oldest invoice asked about falls due.
    """

    customer: Array
    contract: Array
    moment: Array
    due_on: Array
    days_past_due: Numbers
    overdue_cents: Numbers
    counts: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.contract)

    def cases(self, labels: Labels, extras: Columns | None = None) -> Cases:
        """Make cases of the observations and their labels, known as of the moment itself."""
        return labelled(
            labels,
            customer=self.customer,
            contract=self.contract,
            moment=self.moment,
            extras=extras,
            lost=self.counts,
        )

    def drawn(self, history: History, spec: ModelSpec) -> "Observed":
        """Keep a model within its rows, so that no answer is looked up that nobody will learn from."""
        rows = within_rows(history.plan, spec, self.customer, history.seed)
        return self.take(rows, {"not_drawn": len(self) - len(rows)})

    def take(self, rows: Array, lost: Mapping[str, int]) -> "Observed":
        """Pick observations by mask or position, counting what became of the others."""
        return Observed(
            self.customer[rows],
            self.contract[rows],
            self.moment[rows],
            self.due_on[rows],
            self.days_past_due[rows],
            self.overdue_cents[rows],
            counted(self.counts, lost),
        )


def in_arrears(history: History, spec: ModelSpec) -> Observed:
    """List contracts with something overdue at the moments of the grid, those aside whose window was still open.

    A model that observes a stretch of days past due alone is asked about that stretch.
    """
    first, last = history.plan.models[spec.name].observed_days_past_due or (1, DEEPEST)
    found = _open_invoices(history, -history.plan.longest_days_past_due - 1, -1)
    overdue = found.take(found.days_past_due >= 1, {})
    is_meant = (overdue.days_past_due >= first) & (overdue.days_past_due <= last)
    return _closed(overdue.take(is_meant, {"out_of_range": int((~is_meant).sum())}), history, spec)


def due_soon(history: History, spec: ModelSpec, first: int, last: int) -> Observed:
    """List contracts with an invoice due in ``first`` to ``last`` days and nothing overdue, at the moments of the grid.

    An invoice that was paid before it is due may be among them. Customers with another contract in arrears are asked
    about those arrears instead.
    """
    found = _open_invoices(history, first - 1, last)
    late = _open_invoices(history, -history.plan.longest_days_past_due - 1, -1)
    is_late = late.days_past_due >= 1
    behind = set(zip(late.customer[is_late].tolist(), late.moment[is_late].tolist(), strict=True))
    in_time = found.take(found.days_past_due < 1, {})
    asked_about = zip(in_time.customer.tolist(), in_time.moment.tolist(), strict=True)
    elsewhere = np.fromiter((one in behind for one in asked_about), bool, len(in_time))
    in_time = in_time.take(~elsewhere, {"in_arrears_elsewhere": int(elsewhere.sum())})
    return _closed(in_time, history, spec)


def _closed(found: Observed, history: History, spec: ModelSpec) -> Observed:
    closed = Window.of(spec).closed_each(found.moment, history.as_of)
    return found.take(closed, {"window_open": int((~closed).sum())})


def _open_invoices(history: History, after: int, until: int) -> Observed:
    """Find contracts with an unpaid invoice due in ``(after, until]`` days from the day of each moment, once."""
    key = f"open invoices due in ({after}, {until}] at {history.plan.moments}"
    if key not in history.remembered:
        history.remembered[key] = _found(history, after, until)
    found = history.remembered[key]
    assert isinstance(found, Observed)  # noqa: S101 - under this key there is nothing else
    return found


def _found(history: History, after: int, until: int) -> Observed:
    moments = np.array([instant(moment) for moment in history.plan.grid(history.as_of)], "datetime64[us]")
    today = local_days(moments, history.zone)
    span = {"at": moments, "after": today + np.timedelta64(after, "D"), "until": today + np.timedelta64(until, "D")}
    history.connection.register("grid", pa.table({name: pa.array(column) for name, column in span.items()}))
    try:
        rows = from_arrow(history.connection.sql(_OPEN_INVOICES).to_arrow_table())
    finally:
        history.connection.unregister("grid")
    moment = rows["at"].astype("datetime64[us]")
    owed = arrears.at(history.connection, asked(rows["contract_id"], moment, 0, history.zone))
    return Observed(
        rows["customer_id"],
        rows["contract_id"],
        moment,
        rows["due_on"].astype("datetime64[D]"),
        numbers(owed, "days_past_due"),
        numbers(owed, "overdue_cents"),
        {},
    )
