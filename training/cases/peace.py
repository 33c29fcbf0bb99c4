"""What those who were contacted would have done in peace, as far as those left in peace can tell.

A ladder that writes on day 3 leaves nobody of day 1 untouched for a fortnight but those who paid before: dropping
the contacted would make everyone a payer, and no weight can restore cases that do not exist. But day by day there
are always some who are left alone. So the daily chance of paying up is estimated from all untouched days, on the
scale of days past due, for customers of like habits; it then completes the cases that a contact cut short.

This is the Kaplan-Meier estimate with late entry and censoring (Kaplan & Meier 1958, JASA 53; Tsai, Jewell & Wang
1987, Biometrika 74). It is right where, among customers equally late and of like habits, contact is a matter of the
calendar and of chance: a ladder and its randomised share, not an agent's hunch.
"""

import numpy as np

from regua.columns import Array, Flags, Numbers

_LAST_DAY = 400
_LIKE_CASES = 10.0
_NEIGHBOURS = 2


def chance_of_cure(
    days_past_due: Numbers,
    followed_days: Numbers,
    is_cured: Flags,
    is_contacted: Flags,
    habit: Array,
    performance_days: int,
) -> Numbers:
    """Return the chance that each case is cured by the end of its window, had nobody contacted it.

    Parameters
    ----------
    days_past_due
        ``(n,)`` at the observation.
    followed_days
        ``(n,)`` days in peace until cure, contact or the end of the window.
    is_cured, is_contacted
        ``(n,)`` how following ended; neither: the window ended.
    habit
        ``(n,)`` small whole numbers: customers of like habits.
    performance_days
        Length of the window.

    Returns
    -------
    ``(n,)``: 1 for the cured, 0 for those in peace and uncured to the end, a chance for those contacted before.
    """
    begins = np.clip(days_past_due, 0, _LAST_DAY).astype(np.int64)
    ends = np.clip(days_past_due + np.floor(followed_days), begins, _LAST_DAY).astype(np.int64)
    alive = np.cumsum(np.log1p(-_hazard(begins, ends, is_cured, habit)), axis=1)
    last = np.clip(begins + performance_days - 1, 0, _LAST_DAY)
    # The day of the contact itself still counts: most of it lay ahead.
    before = np.where(ends > 0, alive[habit, np.maximum(ends - 1, 0)], 0.0)
    survives = np.exp(np.minimum(alive[habit, np.maximum(last, ends)] - before, 0.0))
    return np.where(is_cured, 1.0, np.where(is_contacted, 1 - survives, 0.0))


def habits(on_time_share: Numbers) -> Array:
    """Group customers by how often they paid on time: rarely, at times, mostly, unknown.

    Examples
    --------
    >>> habits(np.array([0.1, 0.5, 0.9, np.nan])).tolist()
    [0, 1, 2, 3]
    """
    return np.where(np.isnan(on_time_share), 3, np.searchsorted([0.4, 0.75], on_time_share, side="right"))


def _hazard(begins: Array, ends: Array, is_cured: Flags, habit: Array) -> Numbers:
    """Estimate the chance of cure on each day past due, ``(habits, days)``; few cases lean on all habits together."""
    shape = (int(habit.max(initial=0)) + 1, _LAST_DAY + 2)
    enters, leaves, cures = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    np.add.at(enters, (habit, begins), 1.0)
    np.add.at(leaves, (habit, ends + 1), 1.0)
    np.add.at(cures, (habit[is_cured], ends[is_cured]), 1.0)
    at_risk = np.cumsum(enters - leaves, axis=1)
    width = np.ones(2 * _NEIGHBOURS + 1)
    together = np.convolve(cures.sum(axis=0), width, "same") / np.maximum(
        np.convolve(at_risk.sum(axis=0), width, "same"), 1.0
    )
    return np.clip((cures + _LIKE_CASES * together) / (at_risk + _LIKE_CASES), 0.0, 0.999)
