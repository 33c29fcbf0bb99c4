"""Which contracts cure by themselves? Each is followed while it is left in peace; the cut short are completed."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from models.base import ModelSpec
from regua.columns import Array, Columns
from training.cases import arrears, grid, peace
from training.cases.case import KEPT_NAME, Cases, History, counted
from training.cases.labels import KEPT, Labels, Window, answer, asked, later, local_days, numbers, unweighted

if TYPE_CHECKING:
    import duckdb

CONTACTED = "contacted"
_NO_CHANCE = 0.005
"""An answer less likely than this is left out rather than carried with next to no weight."""

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


def cases(history: History, spec: ModelSpec) -> Cases:
    """List contracts in arrears with how long each was followed; one cut short by a contact has no label yet."""
    seen = grid.in_arrears(history, spec).drawn(history, spec)
    found = label(history.connection, seen.contract, seen.customer, seen.moment, Window.of(spec), history.zone)
    assert found.followed_days is not None  # noqa: S101 - said just below
    extras = {"followed_days": found.followed_days, "window_days": np.full(len(found.label), spec.performance_days)}
    cut_short = np.where(found.excluded == CONTACTED, KEPT, found.excluded)
    return seen.cases(Labels(found.label, found.weight, cut_short), extras)


def complete(cases: Cases, profile: Columns) -> Cases:
    """Give each case that a contact cut short both answers, weighted by their chances had it been left in peace."""
    cut_short = np.isnan(cases.label)
    chance = peace.chance_of_cure(
        profile["days_past_due"],
        cases.extras["followed_days"],
        cases.label == 1,
        cut_short,
        peace.habits(profile["on_time_share_12m"]),
        int(cases.extras["window_days"][0]) if len(cases) else 0,
    )
    yes, no = np.flatnonzero(chance > _NO_CHANCE), np.flatnonzero(chance < 1 - _NO_CHANCE)
    both = np.concatenate([yes, no])
    order = np.argsort(both, kind="stable")
    label = np.concatenate([np.ones(len(yes)), np.zeros(len(no))])[order]
    weight = np.concatenate([chance[yes], 1 - chance[no]])[order]
    counts = {KEPT_NAME: int((~cut_short).sum()), CONTACTED: int(cut_short.sum())}
    told = {name: count for name, count in cases.counts.items() if name != KEPT_NAME}
    return replace(cases.take(both[order]), label=label, weight=weight, counts=counted(told, counts))


def label(
    connection: "duckdb.DuckDBPyConnection",
    contract_id: Array,
    customer_id: Array,
    moment: Array,
    window: Window,
    zone: str,
) -> Labels:
    """Label with 1 a contract whose arrears at the start were all paid in the window, as long as it was left alone.

    A case is followed until it is cured, contacted, or the window ends; ``followed_days`` says how long. One that was
    contacted before has no label: ``excluded`` says ``contacted``, and :func:`complete` may complete it.
    """
    start = arrears.at(connection, asked(contract_id, moment, window.gap_days, zone))
    ends = asked(contract_id, moment, window.days, zone)
    end = arrears.at(
        connection, ends.set_column(4, "due_before", pa.array(local_days(later(moment, window.gap_days), zone)))
    )
    owed, left = numbers(start, "overdue_cents"), numbers(end, "overdue_cents")
    followed = ends.append_column("customer_id", pa.array(customer_id, pa.string()))
    followed = followed.append_column("since", pa.array(later(moment, window.gap_days)))
    followed = followed.append_column("owed_cents", pa.array(owed)).append_column("is_cured", pa.array(left <= 0))
    facts = answer(connection, _PEACE, followed)
    paid, touched = numbers(facts, "paid_cents") > 0, numbers(facts, "is_contacted") > 0
    excluded = np.select([owed <= 0, (left <= 0) & ~paid, touched], ["not_in_arrears", "written_off", CONTACTED], KEPT)
    made = unweighted((left <= 0).astype(np.float64), excluded)
    return replace(made, followed_days=np.maximum(numbers(facts, "followed_days"), 0.0))
