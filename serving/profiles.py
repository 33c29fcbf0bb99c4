"""Where a decision's profile comes from: the online store for a few customers, the snapshot for the whole book."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

import numpy as np

from features import catalog
from regua.clock import utc
from regua.columns import Array, Columns, height, take
from regua.settings import Settings


class Profiles(Protocol):
    """Anything that knows customers as of a moment."""

    def read(self, customer_ids: Sequence[str], at: datetime) -> dict[str, Array]:
        """Return one row a customer in the order asked: the profile, ``has_profile``, ``stale`` and ``profile_at``.

        ``profile_at`` (datetime64, NaT where there is none) is the instant up to which the profile knows; what
        happened later is laid over it from the events.
        """
        ...


class TableProfiles:
    """Profiles held in memory: one row a customer, all as of one instant."""

    def __init__(self, columns: Columns, profile_at: datetime) -> None:
        self._columns = dict(columns)
        self._rows = {customer_id: row for row, customer_id in enumerate(columns["customer_id"])}
        self._profile_at = np.datetime64(profile_at.replace(tzinfo=None), "us")

    @property
    def customer_ids(self) -> list[str]:
        """Everyone there is a row for."""
        return list(self._rows)

    def read(self, customer_ids: Sequence[str], at: datetime) -> dict[str, Array]:
        """Return one row a customer in the order asked."""
        del at
        rows = np.array([self._rows.get(customer_id, -1) for customer_id in customer_ids], dtype=np.int64)
        return found(customer_ids, self._columns, rows, np.full(len(rows), self._profile_at))


class SnapshotProfiles:
    """Profiles straight from the snapshot files: for batches."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def read(self, customer_ids: Sequence[str], at: datetime) -> dict[str, Array]:
        """Return one row a customer in the order asked, from the latest snapshot at or before the moment.

        A feature older than its own limit is NULL and named in ``stale``. Before the first snapshot nobody has a
        profile.
        """
        from features import profile, snapshots

        moment = utc(at)
        stamp = max((built for built in snapshots.built(self._settings) if built <= moment), default=None)
        if stamp is None:
            nobody = np.full(len(customer_ids), -1, dtype=np.int64)
            return found(customer_ids, {}, nobody, np.full(len(customer_ids), np.datetime64("NaT"), "datetime64[us]"))
        columns = profile.at(self._settings, stamp, list(customer_ids))
        row_of = {customer_id: row for row, customer_id in enumerate(columns["customer_id"])}
        rows = np.array([row_of.get(customer_id, -1) for customer_id in customer_ids], dtype=np.int64)
        _forget(columns, old := aged(stamp, moment))
        lined = found(customer_ids, columns, rows, np.full(len(rows), stamp.replace(tzinfo=None), "datetime64[us]"))
        if old:
            lined["stale"] = np.full(len(rows), None, dtype=object)
            for row in np.flatnonzero(rows >= 0):
                lined["stale"][row] = old
        return lined


def aged(stamp: datetime, moment: datetime) -> tuple[str, ...]:
    """Name the features that a snapshot of one instant no longer vouches for at another."""
    age_days = np.array((moment - stamp) / timedelta(days=1))
    return tuple(feature.name for feature in catalog.FEATURES if catalog.stale(feature.name, age_days))


def _forget(columns: dict[str, Array], names: Sequence[str]) -> None:
    for name in names:
        columns[name] = np.full_like(columns[name], None if columns[name].dtype == object else np.nan)


def found(customer_ids: Sequence[str], columns: Columns, rows: Array, profile_at: Array) -> dict[str, Array]:
    """Line rows up with the customers asked for; row -1 is a customer without a profile."""
    absent = rows < 0
    if height(columns):
        lined = take(columns, rows)
    else:
        lined = {name: np.resize(array, len(rows)) for name, array in columns.items()}
    if absent.any():
        for array in lined.values():
            array[absent] = np.nan if array.dtype == np.float64 else None
    lined["customer_id"] = np.array(list(customer_ids), dtype=object)
    lined["has_profile"] = (~absent).astype(np.float64)
    stamps = np.full(len(rows), np.datetime64("NaT"), "datetime64[us]")
    stamps[~absent] = profile_at[~absent]
    lined["profile_at"] = stamps
    return lined
