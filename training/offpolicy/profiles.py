"""What was known of each choice before it was made: the profile of the dawn before, for models of the reward.

The same join as of learning: a profile knows only what was known at its dawn, and a choice of the day comes after it.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import pyarrow as pa

from features import pairs
from models.families import FAMILIES, features_of
from regua.columns import Array, Columns, from_arrow, take
from regua.settings import Settings
from training import own_table
from training.own_table import Facts

LEAST_KNOWN = 0.95
"""Where fewer of the choices than this have a profile, no reward model is learned from those that have."""


def facts(
    settings: Settings,
    customer: Array,
    contract: Array,
    dawn: Array,
    profiles: Callable[[pa.Table], pa.Table] | None = None,
) -> tuple[Facts, str]:
    """Return what was known at each dawn of the contract and its customer, ``(n, features)``, NaN where nothing was.

    Parameters
    ----------
    dawn
        ``(n,)`` ``datetime64[us]`` in UTC.
    profiles
        Answers as :func:`features.pairs.at` does; that itself when None.

    Returns
    -------
    The facts, and why there are none: empty where at least :data:`LEAST_KNOWN` of the choices have a profile.
    """
    stamps = pa.array(dawn.astype("datetime64[us]")).cast(pa.timestamp("us", "UTC"))
    asked = pa.table({"customer_id": pa.array(customer, pa.string()), "event_timestamp": stamps})
    found = from_arrow((profiles or partial(pairs.at, settings))(asked))
    row = _rows(found, contract, dawn)
    known = float((row >= 0).mean())
    if known < LEAST_KNOWN:
        return Facts(np.empty((len(row), 0)), (), ()), (
            f"{100 * (1 - known):.0f} % of the choices have no profile of the dawn before: "
            "invoices and payments of that time are missing, or the contracts were not in arrears"
        )
    # Protected facts are in no family, so they cannot be here either.
    laid = own_table.facts(_missing_where(take(found, np.maximum(row, 0)), row < 0), features_of(FAMILIES))
    return laid, ""


def _rows(found: Columns, contract: Array, dawn: Array) -> Array:
    stamp = found["event_timestamp"].astype("datetime64[us]").astype(np.int64).tolist()
    place = {key: at for at, key in enumerate(zip(found["contract_id"].tolist(), stamp, strict=True))}
    asked = zip(contract.tolist(), dawn.astype("datetime64[us]").astype(np.int64).tolist(), strict=True)
    return np.fromiter((place.get(key, -1) for key in asked), np.int64, len(contract))


def _missing_where(columns: Columns, missing: Array) -> Columns:
    """Blank out rows; instants, which are no features, are left out."""
    told = {name: column.copy() for name, column in columns.items() if column.dtype.kind in "Of"}
    for column in told.values():
        column[missing] = None if column.dtype == object else np.nan
    return told
