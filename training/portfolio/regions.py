"""Monthly unemployment, SELIC and disasters by state, as they become known."""

from datetime import timedelta

import numpy as np
import pyarrow as pa

from training.portfolio.behaviour import disaster_regions
from training.portfolio.days import HOUR_US, first_of_month, midnight_us, number
from training.portfolio.world import World


def region_months(world: World, origin: int, months: int) -> pa.Table:
    """Return one row a state and month; each is known some weeks after the month ended.

    Parameters
    ----------
    origin, months
        The counted month to begin with, and how many.
    """
    given, rows = world.regions, []
    for step in range(months):
        month = first_of_month(origin + step)
        ends = first_of_month(origin + step + 1)
        known = midnight_us(number(ends + timedelta(days=given.publication_lag_days))) + 12 * HOUR_US
        season = given.unemployment_swing_percent * float(np.cos(2 * np.pi * (month.month - 3) / 12)) / 2
        struck = disaster_regions(world, origin + step)
        for place, (state, level) in enumerate(given.unemployment_percent.items()):
            rate = round(level + season + given.unemployment_drift_percent * step, 2)
            rows.append(
                {
                    "region": state,
                    "month": month,
                    "unemployment_rate": max(rate, 0.5),
                    "selic_rate": world.selic_percent(month),
                    "is_disaster": place in struck,
                    "happened_at": midnight_us(number(ends)),
                    "known_at": known,
                }
            )
    instant = pa.timestamp("us", "UTC")
    table = pa.Table.from_pylist(rows)
    for name in ("happened_at", "known_at"):
        at = table.schema.get_field_index(name)
        table = table.set_column(at, name, table.column(name).cast(instant))
    return table
