"""Monthly unemployment, SELIC and disasters by state, as they become known."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from training.portfolio.behaviour import disaster_regions
from training.portfolio.days import HOUR_US, first_of_month, midnight_us, month_number, number
from training.portfolio.world import World

MONTHS_BEFORE = 12
"""Months of context before the history begins."""

_SCHEMA = pa.schema(
    [
        ("region", pa.string()),
        ("month", pa.date32()),
        ("unemployment_rate", pa.float64()),
        ("selic_rate", pa.float64()),
        ("is_disaster", pa.bool_()),
        ("happened_at", pa.timestamp("us", "UTC")),
        ("known_at", pa.timestamp("us", "UTC")),
    ]
)


def months_known_by(world: World, origin: int, until: date) -> pa.Table:
    """Return one row a state and month, from a year before the history to the last one known by the end of a day."""
    months = range(origin - MONTHS_BEFORE, month_number(until))
    return _table(world, origin, [month for month in months if _known_on(world, month) <= until])


def months_known_on(world: World, origin: int, day: date) -> pa.Table:
    """Return the months published on a day: most days none, now and then one."""
    months = range(month_number(day) - 6, month_number(day))
    return _table(world, origin, [month for month in months if _known_on(world, month) == day])


def _known_on(world: World, month: int) -> date:
    return first_of_month(month + 1) + timedelta(days=world.regions.publication_lag_days)


def _table(world: World, origin: int, months: list[int]) -> pa.Table:
    """Write months out; rates are shares of one."""
    given, rows = world.regions, []
    for counted in months:
        month, ends = first_of_month(counted), first_of_month(counted + 1)
        season = given.unemployment_swing_percent * float(np.cos(2 * np.pi * (month.month - 3) / 12)) / 2
        drift = given.unemployment_drift_percent * (counted - origin + MONTHS_BEFORE)
        struck = disaster_regions(world, counted)
        for place, (state, level) in enumerate(given.unemployment_percent.items()):
            rows.append(
                {
                    "region": state,
                    "month": month,
                    "unemployment_rate": round(max(level + season + drift, 0.5) / 100, 4),
                    "selic_rate": round(world.selic_percent(month) / 100, 4),
                    "is_disaster": place in struck,
                    "happened_at": midnight_us(number(ends)),
                    "known_at": midnight_us(number(_known_on(world, counted))) + 12 * HOUR_US,
                }
            )
    return pa.Table.from_pylist(rows, schema=_SCHEMA)
