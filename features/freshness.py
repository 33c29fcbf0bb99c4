"""How old may a value be? Past its own limit it counts as missing, and is named.

Feast's ``ttl`` does not reach online reads: a value hours past it comes back as present. So each feature is held to
``limit_days`` of the catalogue by the event timestamp of its row.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from features.catalog import VIEWS, Feature
from regua.columns import Array, Flags, Numbers

_DAY = np.timedelta64(86_400_000_000, "us")
_SOONEST_DAYS = np.array([[min(feature.limit_days for feature in view.features)] for view in VIEWS.values()])
"""Up to this age no feature of a view is too old."""


def drop_stale(
    columns: Mapping[str, Array], stamps: Mapping[str, NDArray[np.datetime64]], at: np.datetime64
) -> tuple[dict[str, Array], NDArray[np.object_]]:
    """Make NULL of every value older than its feature's limit, and name it.

    Parameters
    ----------
    columns
        ``(n,)`` features by name.
    stamps
        ``(n,)`` event timestamps by view (NaT: no row, nothing to be stale).
    at
        The moment of reading, UTC.

    Returns
    -------
    The columns, and ``(n,)`` tuples of the names of stale features. Exactly at the limit a value still counts.
    """
    fresh = dict(columns)
    height = len(next(iter(stamps.values())))
    named: list[list[str]] = [[] for _ in range(height)]
    for feature, old in too_old(stamps, at):
        values = fresh[feature.name].copy()
        values[old] = None if feature.kind == "text" else np.nan
        fresh[feature.name] = values
        for row in np.flatnonzero(old):
            named[row].append(feature.name)
    stale = np.empty(height, dtype=object)
    stale[:] = [tuple(names) for names in named]
    return fresh, stale


def too_old(stamps: Mapping[str, NDArray[np.datetime64]], at: np.datetime64) -> Iterator[tuple[Feature, Flags]]:
    """Tell which features are too old, and in which rows: none, on most days."""
    taken: NDArray[np.datetime64] = np.array([stamps[name] for name in VIEWS], "datetime64[us]")
    ages: Numbers = (at - taken) / _DAY
    late = np.any(ages > _SOONEST_DAYS, axis=1)
    if not late.any():
        return
    for place, view in enumerate(VIEWS.values()):
        for feature in view.features if late[place] else ():
            old = np.asarray(ages[place] > feature.limit_days)
            if old.any():
                yield feature, old
