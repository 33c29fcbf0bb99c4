"""What a decision stands on, told with it: whose profile stands in, how much of it is missing, what stops contacts."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from features import catalog
from regua.columns import Array, Columns
from serving.deciding.inputs import CODES
from serving.degrading.codes import FEATURES_MISSING, FEATURES_UNAVAILABLE, LAST_SNAPSHOT, bits_of
from serving.degrading.profiles import AWAY, FROM_SNAPSHOT

MOST_MISSING = 0.3
"""Beyond this share of what models read, none is asked."""
STOPS = "service_stops"
FEW_STALE = 5
"""Up to here stale features of a view are told one by one; beyond, the view is told as one."""
_PREDICTORS = frozenset(catalog.predictors())
_OF_VIEW = {view.name: frozenset(one.name for one in view.features) & _PREDICTORS for view in catalog.VIEWS.values()}


def stale_codes(profile: Columns) -> Array:
    """Tell of each row which features were older than their own limit, and so are NULL."""
    codes = np.full(len(profile["customer_id"]), None, dtype=object)
    for row, names in enumerate(profile.get("stale", ())):
        if names:
            codes[row] = _stale_codes(tuple(names))
    return codes


@lru_cache(maxsize=256)
def _stale_codes(names: tuple[str, ...]) -> tuple[str, ...]:
    old, codes = set(names), []
    for view in catalog.VIEWS.values():
        members = sorted(old.intersection(feature.name for feature in view.features))
        codes += [f"stale_{view.name}"] if len(members) > FEW_STALE else [f"stale_{name}" for name in members]
    return tuple(codes)


def tell(columns: dict[str, Array], profile: Columns, everywhere: Sequence[str], critical: Collection[str]) -> None:
    """Write into the codes and :data:`STOPS` of each row what is amiss with it, in place.

    Parameters
    ----------
    columns
        All columns of :data:`serving.deciding.inputs.SHAPE`, ``(n,)`` each.
    profile
        What was read: ``stale`` and ``absent`` name features and views that are not there, :data:`AWAY` and
        :data:`FROM_SNAPSHOT` say what stands in.
    everywhere
        Codes that hold for the whole portfolio now.
    critical
        The columns without which nobody is contacted: a snapshot that is too old for one is no profile.
    """
    for row in _amiss(profile, everywhere):
        told = [*(columns[CODES][row] or ()), *_own(profile, row, critical), *everywhere]
        columns[CODES][row] = tuple(dict.fromkeys(told))
        if stops := bits_of(told):
            columns[STOPS][row] = float(stops)


def add_code(columns: Columns, code: str) -> None:
    """Tell something of every row, in place."""
    told = columns[CODES]
    for row, codes in enumerate(told.tolist()):
        told[row] = tuple(dict.fromkeys((*(codes or ()), code)))


def is_unknown(profile: Columns, row: int, critical: Collection[str]) -> bool:
    """Say whether nothing stands in for a profile that could not be read, or only what is too old to be trusted."""
    if AWAY not in profile:
        return False
    return bool(profile[AWAY][row] > 0) or not set(critical).isdisjoint(_named(profile, "stale", row))


def missing_share(stale: Collection[str], absent: Collection[str]) -> float:
    """Return how much of what models read is not there: too old, or of a view without a row.

    Examples
    --------
    >>> missing_share((), ())
    0.0
    """
    gone = _PREDICTORS.intersection(stale).union(*(_OF_VIEW[view] for view in absent))
    return len(gone) / len(_PREDICTORS)


def _amiss(profile: Columns, everywhere: Sequence[str]) -> list[int]:
    """List the rows there is something to tell of: none, on most days."""
    count = len(profile["has_profile"])
    if everywhere:
        return list(range(count))
    flags = np.zeros(count, dtype=bool)
    for name in ("stale", "absent"):
        flags |= np.array([bool(one) for one in profile.get(name, ())] or [False] * count, dtype=bool)
    for name in (AWAY, FROM_SNAPSHOT):
        if name in profile:
            flags |= profile[name] > 0
    return [int(row) for row in flags.nonzero()[0]]


def _own(profile: Columns, row: int, critical: Collection[str]) -> list[str]:
    stale, absent = _named(profile, "stale", row), _named(profile, "absent", row)
    codes = [f"absent_{view}" for view in absent]
    if missing_share(stale, absent) > MOST_MISSING:
        codes.append(FEATURES_MISSING)
    if FROM_SNAPSHOT in profile and profile[FROM_SNAPSHOT][row] > 0:
        codes.append(LAST_SNAPSHOT)
    if is_unknown(profile, row, critical):
        codes.append(FEATURES_UNAVAILABLE)
    return codes


def _named(profile: Columns, name: str, row: int) -> tuple[Any, ...]:
    return (profile[name][row] or ()) if name in profile else ()
