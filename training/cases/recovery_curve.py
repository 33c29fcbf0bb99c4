"""How much of the arrears of a day came in, month by month? Contracts on the grid, followed for as long as was seen.

Each month in which something was still left is a case: its label is the share of that rest which was paid in the month.
A contract whose twelve months have not passed tells of those that have; the month not yet over is counted
(``window_open``), as are months whose invoices were cancelled rather than paid (``written_off``): following ends there.
"""

from dataclasses import replace

import numpy as np
import pyarrow as pa

from models.base import ModelSpec
from models.curve import MONTHS
from models.timing import MONTH_DAYS
from regua.columns import Array, Numbers
from training.cases import arrears, grid
from training.cases.case import Cases, History, labelled
from training.cases.labels import KEPT, answer, asked, instant, later, local_days, numbers, unweighted
from training.examples import drawn_by_customer
from training.plan import Moments

_BACK_DAYS = 540
_MONTHS_A_CASE = 4
"""How many months a contract is followed on average: the rest is paid up, or not yet seen."""

_PAID = """
SELECT q.row, coalesce(sum(p.amount_cents), 0)::DOUBLE AS paid_cents
FROM asked AS q LEFT JOIN payments AS p
  ON p.contract_id = q.contract_id AND greatest(p.known_at, p.happened_at) > q.since
 AND greatest(p.known_at, p.happened_at) <= q.at
GROUP BY q.row ORDER BY q.row
"""


def cases(history: History, spec: ModelSpec) -> Cases:
    """List the months of contracts in arrears with the share paid in each.

    ``extras``: ``month`` (1 to 12), ``followed`` (a whole number: cases of one number are one contract at one moment)
    and ``months_over`` (how many of its months had passed when training began).
    """
    moments = Moments(every_days=MONTH_DAYS, back_days=max(_BACK_DAYS, history.plan.moments.back_days))
    longer = replace(history, plan=history.plan.model_copy(update={"moments": moments}))
    seen = grid.in_arrears(longer, spec)
    room = history.plan.rows_of(spec.name) // _MONTHS_A_CASE
    drawn = drawn_by_customer(seen.customer, room, "cases", history.seed)
    seen = seen.take(drawn, {"not_drawn": len(seen) - len(drawn)} if len(drawn) < len(seen) else {})
    left, paid = follow(history, seen.contract, seen.moment)
    is_over = later(seen.moment[:, None], MONTH_DAYS * np.arange(1, MONTHS + 1)) <= instant(history.as_of)
    label, why = monthly(left, paid, is_over)
    place, month = np.nonzero(why != _NOTHING)
    return labelled(
        unweighted(label[place, month], why[place, month]),
        customer=seen.customer[place],
        contract=seen.contract[place],
        moment=seen.moment[place],
        extras={
            "month": month + 1.0,
            "followed": place.astype(np.float64),
            "months_over": is_over.sum(axis=1)[place].astype(np.float64),
        },
        lost=seen.counts,
    )


_NOTHING = "nothing"
"""Of a month after the last that can tell anything: no observation at all."""


def follow(history: History, contract: Array, moment: Array) -> tuple[Numbers, Numbers]:
    """Follow what was overdue at each moment.

    Returns
    -------
    ``left``, ``(n, 13)``: cents still left of it at the moment and after each month; ``paid``, ``(n, 12)``: cents that
    became known as paid on the contract in each month.
    """
    n, steps = len(contract), MONTHS + 1
    days = np.tile(np.arange(steps) * MONTH_DAYS, n)
    many, since = np.repeat(contract, steps), np.repeat(moment, steps)
    rows = asked(many, since, days, history.zone)
    # Only what was due at the moment is followed, not what falls due later.
    due_before = pa.array(np.repeat(local_days(moment, history.zone), steps))
    rows = rows.set_column(rows.column_names.index("due_before"), "due_before", due_before)
    left = numbers(arrears.at(history.connection, rows), "overdue_cents").reshape(n, steps)
    began = pa.array(later(since, np.maximum(days - MONTH_DAYS, 0)))
    paid = numbers(answer(history.connection, _PAID, rows.append_column("since", began)), "paid_cents")
    return left, paid.reshape(n, steps)[:, 1:]


def monthly(left: Numbers, paid: Numbers, is_over: Array) -> tuple[Numbers, Array]:
    """Turn what was left after each month into shares paid.

    Parameters
    ----------
    left
        ``(n, 13)`` cents.
    paid, is_over
        ``(n, 12)``: cents paid in each month, and whether the month had ended.

    Returns
    -------
    ``label``, ``(n, 12)`` shares in [0, 1], and ``why``: ``""``, ``written_off``, ``window_open``, or ``nothing`` where
    nothing was left or following had ended.

    Examples
    --------
    >>> left, paid = np.full((1, 13), 0.0), np.zeros((1, 12))
    >>> left[0, :3], paid[0, :3] = [100, 40, 40], [60, 0, 40]
    >>> label, why = monthly(left, paid, np.ones((1, 12), bool))
    >>> label[0, :3].tolist(), why[0, :4].tolist()
    ([0.6, 0.0, 1.0], ['', '', '', 'nothing'])
    """
    before, fell = left[:, :-1], left[:, :-1] - left[:, 1:]
    label = np.clip(np.minimum(fell, paid) / np.maximum(before, 1.0), 0.0, 1.0)
    is_cancelled = (fell > 0) & (paid <= 0)
    why = np.select([~is_over, is_cancelled], ["window_open", "written_off"], KEPT).astype(object)
    ended = np.cumsum(why != KEPT, axis=1) - (why != KEPT) > 0
    why[ended | (np.minimum.accumulate(before, axis=1) <= 0)] = _NOTHING
    return label, why
