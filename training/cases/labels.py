"""What happened after each observation, as far as it was known when its window closed: the words labels are told in.

An observation at ``t`` is followed through ``(t + gap, t + gap + performance]``. A label uses only rows known by the
end of the window, and may be learned from only when that end has passed: what training as of ``T`` knows depends
on nothing after ``T``. Every observation is kept, excluded for a named reason, or still open: none disappears.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from models.base import ModelSpec
from regua.clock import local_date, utc
from regua.columns import Array, Numbers

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

    @classmethod
    def of(cls, spec: ModelSpec) -> "Window":
        """Return the window of a model."""
        return cls(spec.gap_days, spec.performance_days)

    @property
    def days(self) -> int:
        """Days from the observation until the label is known."""
        return self.gap_days + self.performance_days

    def closed(self, moment: datetime, as_of: datetime) -> bool:
        """Say whether the label of an observation at ``moment`` is known at ``as_of``."""
        return utc(moment) + timedelta(days=self.days) <= utc(as_of)

    def closed_each(self, moment: Array, as_of: datetime) -> Array:
        """Say the same of many observations, ``(n,)``."""
        return np.asarray(moment + np.timedelta64(self.days, "D") <= instant(as_of))


def unweighted(label: Numbers, excluded: Array) -> Labels:
    """Make labels of equal weight; what is excluded has none."""
    return Labels(np.where(excluded == KEPT, label, np.nan), np.ones(len(label)), excluded.astype(object))


def instant(moment: datetime) -> np.datetime64:
    """Return a moment as arrays hold it: UTC, without a zone."""
    return np.datetime64(utc(moment).replace(tzinfo=None), "us")


def asked(contract: Array, moment: Array, days: int | Array = 0, zone: str | None = None) -> pa.Table:
    """Name contracts and an instant some days after each moment, as :func:`training.cases.arrears.at` wants them.

    Parameters
    ----------
    days
        Days of 24 hours after the moment, one number or ``(n,)``.
    zone
        Whose days are meant; without one the days stay NULL.
    """
    at = later(moment, days)
    day = pa.array(local_days(at, zone)) if zone else pa.nulls(len(moment), pa.date32())
    return pa.table(
        {
            "row": pa.array(np.arange(len(moment))),
            "contract_id": pa.array(contract, pa.string()),
            "at": pa.array(at),
            "today": day,
            "due_before": day,
        }
    )


def later(moment: Array, days: int | Array) -> Array:
    """Return the instants so many days of 24 hours after, ``datetime64[us]``."""
    return np.asarray(moment.astype("datetime64[us]") + np.asarray(days).astype("timedelta64[D]"))


def local_days(at: Array, zone: str) -> Array:
    """Return the calendar day of each instant, ``datetime64[D]``."""
    # Few distinct moments, many rows: the calendar is asked once for each.
    distinct, position = np.unique(at, return_inverse=True)
    local = np.array([local_date(one, zone) for one in distinct.tolist()], "datetime64[D]")
    return local[position] if len(local) else np.empty(0, "datetime64[D]")


def answer(connection: "duckdb.DuckDBPyConnection", sql: str, rows: pa.Table) -> pa.Table:
    """Put a question about the rows of ``asked`` to the tables."""
    connection.register("asked", rows)
    try:
        return connection.sql(sql).to_arrow_table()
    finally:
        connection.unregister("asked")


def numbers(table: pa.Table, name: str) -> Numbers:
    """Return a column of an answer as float64, NaN for NULL."""
    return np.asarray(table.column(name).to_numpy(), np.float64)
