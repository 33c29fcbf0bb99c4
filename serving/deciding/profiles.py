"""Where a decision's profile comes from: the online store for a few customers, the snapshot for the whole book."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import numpy as np

from features import catalog
from features.freshness import drop_stale
from features.online import OnlineProfiles
from regua.clock import utc
from regua.columns import Array, Columns, height, take
from regua.errors import DataError, NotFoundError, ReguaError, UnavailableError
from regua.settings import Settings

if TYPE_CHECKING:
    from features.profile import Snapshot


class Profiles(Protocol):
    """Anything that knows customers as of a moment."""

    def read(self, customer_ids: Sequence[str], at: datetime) -> Columns:
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

    def read(self, customer_ids: Sequence[str], at: datetime) -> Columns:
        """Return one row a customer in the order asked."""
        del at
        rows = np.array([self._rows.get(customer_id, -1) for customer_id in customer_ids], dtype=np.int64)
        return found(customer_ids, self._columns, rows, np.full(len(rows), self._profile_at))


class SnapshotProfiles:
    """Profiles straight from the snapshot files, read from the disk once for all chunks of a batch."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._held: tuple[object, Snapshot] | None = None

    def read(self, customer_ids: Sequence[str], at: datetime) -> Columns:
        """Return one row a customer in the order asked, from the latest snapshot at or before the moment.

        A feature older than its own limit is NULL and named in ``stale``. Before the first snapshot nobody has a
        profile.
        """
        from features import snapshots

        moment = utc(at)
        stamp = max((built for built in snapshots.built(self._settings) if built <= moment), default=None)
        if stamp is None:
            nobody = np.full(len(customer_ids), -1, dtype=np.int64)
            return found(customer_ids, {}, nobody, np.full(len(customer_ids), np.datetime64("NaT"), "datetime64[us]"))
        columns = self._snapshot(stamp).read(customer_ids)
        row_of = {customer_id: row for row, customer_id in enumerate(columns["customer_id"])}
        rows = np.array([row_of.get(customer_id, -1) for customer_id in customer_ids], dtype=np.int64)
        stamps = np.full(len(rows), stamp.replace(tzinfo=None), "datetime64[us]")
        lined = found(customer_ids, columns, rows, stamps)
        return _fresh(lined, moment)

    def _snapshot(self, stamp: datetime) -> "Snapshot":
        """Hold the snapshot that was read last, until another moment is asked for or its files are replaced."""
        from features import profile, snapshots

        files = [snapshots.path(self._settings, view, stamp) for view in catalog.VIEWS]
        written = (stamp, *((file.stat().st_ino, file.stat().st_mtime_ns) for file in files if file.exists()))
        if self._held is None or self._held[0] != written:
            self._held = None  # two snapshots need not be in memory at once
            self._held = written, profile.Snapshot(self._settings, stamp)
        return self._held[1]


class OnlineStore:
    """Profiles from the online store: for a few customers at a time, by the thousand a second.

    It may be put in place, or replaced, after the service has started.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._online: OnlineProfiles | None = None

    def read(self, customer_ids: Sequence[str], at: datetime) -> Columns:
        """Return one row a customer in the order asked.

        Raises
        ------
        UnavailableError
            Nothing was ever put online, or other features than this version's.
        """
        try:
            self._online = self._online or OnlineProfiles(self._settings)
            return self._online.read(customer_ids, at)
        except (NotFoundError, DataError, sqlite3.Error) as problem:
            found = problem if isinstance(problem, ReguaError) else ReguaError(f"the online rows: {problem}")
            raise UnavailableError(found.found, expected=found.expected, remedy=found.remedy) from problem


def _fresh(columns: dict[str, Array], moment: datetime) -> dict[str, Array]:
    has_contract = np.array([name is not None for name in columns["contract_id"]], dtype=bool)
    never = np.datetime64("NaT")
    stamps = {
        view.name: columns["profile_at"]
        if view.entity == "customer"
        else np.where(has_contract, columns["profile_at"], never)
        for view in catalog.VIEWS.values()
    }
    fresh, stale = drop_stale(columns, stamps, np.datetime64(moment.replace(tzinfo=None), "us"))
    return {**fresh, "stale": stale}


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
