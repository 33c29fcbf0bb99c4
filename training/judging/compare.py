"""Two strategies on the same customers and days: what each customer brought, and the difference with its interval.

Net value is what a customer paid less what contacting that customer cost. The pairing is by customer: both strategies
are lived by the same people with the same luck, so the difference holds the effect of the decisions alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.resample import draws
from regua.columns import Numbers


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and the interval that holds it with 95 % confidence."""

    point: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one strategy came to; all money in whole cents."""

    collected_cents: int
    cost_cents: int
    contacts: int
    net_by_customer: Numbers

    @property
    def net_cents(self) -> int:
        """Collected less cost."""
        return self.collected_cents - self.cost_cents


def outcome(customers: Sequence[str], payments: Iterable[pa.Table], contacts: Iterable[pa.Table]) -> Outcome:
    """Add up what was collected and spent on each customer.

    Parameters
    ----------
    customers
        ``(n,)`` everybody compared, whether or not anything happened to them.
    payments, contacts
        Canonical rows of the days compared, one table a day.
    """
    place = {name: row for row, name in enumerate(customers)}
    collected = _by_customer(place, payments, "amount_cents")
    spent = _by_customer(place, tables := list(contacts), "cost_cents")
    return Outcome(
        collected_cents=int(collected.sum()),
        cost_cents=int(spent.sum()),
        contacts=sum(table.num_rows for table in tables),
        net_by_customer=collected - spent,
    )


def difference(
    first: Outcome, second: Outcome, customers: Sequence[str], *, seed: int = 7, rounds: int = 1000
) -> Interval:
    """Estimate how much more the first strategy brought in all, in cents, by a paired bootstrap over customers.

    Whole customers are drawn, keyed by customer and round (:mod:`models.resample`), so the interval does not depend on
    the order of rows.
    """
    gain = first.net_by_customer - second.net_by_customer
    touched = np.flatnonzero(gain)
    who = [customers[int(row)] for row in touched]
    totals = np.array([gain[touched] @ times for times in draws(who, rounds, seed=seed)])
    low, high = np.quantile(totals, [0.025, 0.975]) if touched.size else (0.0, 0.0)
    return Interval(float(gain.sum()), float(low), float(high))


def _by_customer(place: dict[str, int], tables: Iterable[pa.Table], amount: str) -> Numbers:
    totals = np.zeros(len(place))
    for table in tables:
        known = table.filter(pc.is_valid(table.column(amount)))
        rows = np.array([place[name] for name in known.column("customer_id").to_pylist()], dtype=np.int64)
        np.add.at(totals, rows, known.column(amount).to_numpy().astype(np.float64))
    return totals
