"""Who was asked about when the champion was trained, and who is asked about now: the same road back for both.

The profiles of four weekly mornings before each moment are computed anew from history, so that what is compared differs
in time alone; weeks of four on both sides keep the days of the week and of the month alike.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from features import catalog, pairs, sources
from models.bundle import Bundle
from models.families import FAMILY_OF
from models.stability import Shift, between
from regua.clock import utc
from regua.columns import Columns, from_arrow, height, take
from regua.settings import Settings
from training.examples import drawn_by_customer

WEEKS = 4
COMMON = frozenset({"pay_day", "economy"})
"""Families that move with the calendar and with the region's economy, the same for everybody; it means nothing here."""

_CUSTOMERS = 4_000


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Profiles in arrears at four mornings before two moments."""

    before: Columns
    now: Columns

    def features(self) -> list[Shift]:
        """Measure how far each feature that predicts moved, the farthest first; those common to everybody left out."""
        names = [name for name in catalog.predictors() if name in FAMILY_OF and FAMILY_OF[name] not in COMMON]
        return _ranked([between(name, self.before[name], self.now[name]) for name in names])

    def scores(self, champion: Bundle) -> list[Shift]:
        """Measure how far the champion's scores moved, by artifact."""
        before, now = champion.predict(self.before), champion.predict(self.now)
        return _ranked([between(name, before[name], now[name]) for name in before if champion.models[name].booster])


def of(settings: Settings, trained_as_of: datetime, as_of: datetime, *, seed: int = 7) -> Population:
    """Compute both populations for the same customers, at most 4,000, drawn by key."""
    with sources.open_tables(settings) as connection:
        table = connection.sql("SELECT customer_id FROM customers ORDER BY customer_id").to_arrow_table()
    everyone = np.array(table.column("customer_id").to_pylist(), object)
    some = [str(name) for name in everyone[drawn_by_customer(everyone, _CUSTOMERS, "watch", seed)]]
    return Population(_profiles(settings, trained_as_of, some), _profiles(settings, as_of, some))


def _profiles(settings: Settings, moment: datetime, customers: list[str]) -> Columns:
    mornings = [utc(moment) - timedelta(weeks=week) for week in range(WEEKS)]
    columns = from_arrow(pairs.at(settings, pairs.in_arrears(settings, mornings, customers)))
    return take(columns, np.flatnonzero(columns["days_past_due"] >= 1)) if height(columns) else columns


def _ranked(shifts: list[Shift]) -> list[Shift]:
    return sorted(shifts, key=lambda shift: (-(shift.index - min(shift.by_chance, shift.index)), shift.name))
