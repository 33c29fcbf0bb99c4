"""Which arrangements in force failed within two months: an instalment left unpaid, or the whole broken?"""

from datetime import timedelta

import numpy as np
import pyarrow as pa

from models.arrangement_break import AHEAD_DAYS, GRACE_DAYS
from models.base import ModelSpec
from regua.clock import start_of_day, utc
from regua.columns import from_arrow
from training.cases.case import Cases, History, labelled
from training.cases.labels import Window, instant, local_days, unweighted

# What an arrangement was, and what of it was still to pay, is taken as it was known at the moment.
_FOLLOWED = """
WITH in_force AS (
    SELECT g.moment, g.ends, g.today, a.arrangement_id, a.customer_id, a.contract_id, a.resolution, a.resolved_at
    FROM arrangements AS a JOIN grid AS g ON greatest(a.known_at, a.happened_at) <= g.moment
    WHERE a.resolved_at IS NULL OR a.resolved_at > g.moment
),
ahead AS (
    SELECT f.moment, f.arrangement_id, count(*) AS instalments,
           bool_or(coalesce(i.paid_at >= c.late_from, true)
                   AND coalesce(f.resolved_at > c.late_from, true)) AS is_missed
    FROM in_force AS f JOIN arrangement_instalments AS i USING (arrangement_id) JOIN calendar AS c USING (due_on)
    WHERE greatest(i.known_at, i.happened_at) <= f.moment AND (i.paid_at IS NULL OR i.paid_at > f.moment)
      AND i.due_on > f.today AND i.due_on <= f.today + $ahead::INTEGER
    GROUP BY ALL
)
SELECT f.customer_id, f.contract_id, f.moment,
       (coalesce(h.is_missed, false)
        OR coalesce(f.resolution = 'broken' AND f.resolved_at <= f.ends, false))::DOUBLE AS label,
       (coalesce(h.instalments, 0) = 0)::DOUBLE AS has_nothing_due,
       coalesce(f.resolution = 'cancelled' AND f.resolved_at <= f.ends, false)::DOUBLE AS is_cancelled
FROM in_force AS f LEFT JOIN ahead AS h USING (moment, arrangement_id)
ORDER BY f.moment, f.arrangement_id
"""


def cases(history: History, spec: ModelSpec) -> Cases:
    """List arrangements in force on the grid and whether each failed.

    Left out and counted: those with no instalment ahead and unbroken (``nothing_due``), those that were cancelled
    before anything was missed (``cancelled``), and those whose window had not closed (``window_open``).
    """
    window = Window.of(spec)
    moments = np.array([instant(moment) for moment in history.plan.grid(history.as_of)], "datetime64[us]")
    today = local_days(moments, history.zone)
    grid = {"moment": moments, "ends": moments + np.timedelta64(window.days, "D"), "today": today}
    history.connection.register("grid", pa.table({name: pa.array(column) for name, column in grid.items()}))
    history.connection.register("calendar", _calendar(history))
    try:
        told = history.connection.sql(_FOLLOWED, params={"ahead": AHEAD_DAYS})
        found = from_arrow(told.to_arrow_table())
    finally:
        history.connection.unregister("grid")
        history.connection.unregister("calendar")
    moment = found["moment"].astype("datetime64[us]")
    failed = found["label"] > 0
    why = np.select(
        [
            ~window.closed_each(moment, history.as_of),
            ~failed & (found["is_cancelled"] > 0),
            ~failed & (found["has_nothing_due"] > 0),
        ],
        ["window_open", "cancelled", "nothing_due"],
        "",
    )
    return labelled(
        unweighted(found["label"], why),
        customer=found["customer_id"],
        contract=found["contract_id"],
        moment=moment,
    )


def _calendar(history: History) -> pa.Table:
    """Say of each day on which an instalment falls due from when on it counts as missed."""
    days = [row[0] for row in history.connection.sql("SELECT DISTINCT due_on FROM arrangement_instalments").fetchall()]
    late = [start_of_day(day + timedelta(days=GRACE_DAYS + 1), history.zone) for day in days]
    instants = pa.array([utc(one).replace(tzinfo=None) for one in late], pa.timestamp("us"))
    return pa.table({"due_on": pa.array(days, pa.date32()), "late_from": instants})
