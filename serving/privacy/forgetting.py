"""What a profile still says of somebody who was erased is not used: to a decision, nobody is known by that name."""

from collections.abc import Mapping
from datetime import datetime

import numpy as np

from regua.columns import Array, Columns


def forgotten(profile: Columns, erased_at: Mapping[str, datetime]) -> dict[str, Array]:
    """Take away the rows of people who were erased after their profile was made.

    Parameters
    ----------
    profile
        What was read, ``(n,)`` columns with ``customer_id``, ``profile_at`` and ``has_profile``.
    erased_at
        Who was erased, and when that was last.
    """
    customers, stamps = profile["customer_id"].tolist(), profile["profile_at"]
    gone = np.zeros(len(customers), dtype=bool)
    for row, customer_id in enumerate(customers):
        if customer_id in erased_at:
            until = np.datetime64(erased_at[customer_id].replace(tzinfo=None), "us")
            gone[row] = bool(np.isnat(stamps[row]) or stamps[row] <= until)
    return {name: _without(column, gone) if name != "customer_id" else column for name, column in profile.items()} | {
        "has_profile": np.where(gone, 0.0, profile["has_profile"])
    }


def _without(column: Array, gone: Array) -> Array:
    kept = column.copy()
    if kept.dtype.kind == "M":
        kept[gone] = np.datetime64("NaT")
    else:
        kept[gone] = None if kept.dtype == object else np.nan
    return kept
