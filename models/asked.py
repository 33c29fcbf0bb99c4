"""Of whom is a question asked? Serving, training and the gates ask the same customers."""

from collections.abc import Callable, Mapping

import numpy as np

from models.base import AskedOf
from regua.columns import Columns, Flags, flag, number


def in_arrears(columns: Columns) -> Flags:
    """Return where something is overdue and there is a profile to say so."""
    overdue = number(columns, "customer_balance_overdue_cents") > 0
    return np.asarray(overdue & (number(columns, "days_past_due") > 0) & flag(columns, "has_profile"))


def before_due(columns: Columns) -> Flags:
    """Return where nothing is overdue and an invoice falls due within a week."""
    overdue, days = number(columns, "customer_balance_overdue_cents") > 0, number(columns, "days_past_due")
    return np.asarray(~overdue & (days >= -7) & (days <= -1) & flag(columns, "has_profile"))


def with_promise(columns: Columns) -> Flags:
    """Return where a promise is open."""
    return np.asarray(flag(columns, "has_open_promise") & flag(columns, "has_profile"))


def in_arrangement(columns: Columns) -> Flags:
    """Return where an arrangement is in force."""
    return np.asarray(flag(columns, "has_arrangement") & flag(columns, "has_profile"))


WHO: Mapping[AskedOf, Callable[[Columns], Flags]] = {
    "arrears": in_arrears,
    "before_due": before_due,
    "open_promise": with_promise,
    "in_arrangement": in_arrangement,
}
"""Whom each kind of question is asked of."""
