"""Cut cases into learning, calibrating and testing so that a test is what it claims: later, and other people.

A random split flatters: a customer's other months, or the same weeks of others, give the answer away. Here every
customer belongs to one fold. One seen in a single period belongs to it; one seen in several is given to one of them
by keyed dice, and his cases in the others are set aside. Cases of the first two folds whose window was still open
when testing begins are set aside too, since nobody could have learned from them by then.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np

from regua.columns import Array, Flags
from regua.dice import draw, identity
from training.plan import Split

FOLDS = ("train", "calibrate", "test")
_LEAST_POINTS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Folds:
    """Who learns, who calibrates, who tests: ``(n,)`` masks that never share a customer.

    ``how`` is ``dates``, ``shares`` or, where history is too short to cut by time, ``customers``.
    ``set_aside`` counts the cases in no fold.
    """

    train: Flags
    calibrate: Flags
    test: Flags
    how: str
    calibrate_from: datetime | None
    test_from: datetime | None

    @property
    def set_aside(self) -> int:
        """Cases that no fold may use."""
        return int((~(self.train | self.calibrate | self.test)).sum())

    @property
    def rows(self) -> Mapping[str, int]:
        """Cases by fold."""
        return {fold: int(getattr(self, fold).sum()) for fold in FOLDS}


def out_of_time(moment: Array, customer: Array, window_days: int, split: Split, *, seed: int) -> Folds:
    """Split cases by time and by customer.

    Parameters
    ----------
    moment
        ``(n,)`` observations, ``datetime64[us]``.
    customer
        ``(n,)`` whose cases they are.
    window_days
        Days until a label is known.
    split
        Dates, or shares of the distinct days observed where the dates leave a fold without cases.
    """
    shares = np.array(split.customers) / sum(split.customers)
    luck = draw(identity(customer), "fold", 0, seed)
    cut, how = _cut(moment, split)
    if cut is None:
        fold = np.searchsorted(np.cumsum(shares)[:-1], luck, side="right")
        return Folds(fold == 0, fold == 1, fold == 2, how, None, None)
    period = np.searchsorted(cut, moment, side="right")
    fold = _fold_of_customer(customer, period, luck, shares)
    known = (moment + np.timedelta64(window_days, "D") <= cut[1]) | (period == 2)
    mine = (fold == period) & known
    begins = [datetime.fromisoformat(str(edge.astype("datetime64[s]"))).replace(tzinfo=UTC) for edge in cut]
    return Folds(mine & (fold == 0), mine & (fold == 1), mine & (fold == 2), how, begins[0], begins[1])


def _cut(moment: Array, split: Split) -> tuple[Array | None, str]:
    """Choose where calibrating and testing begin."""
    if split.calibrate_from and split.test_from:
        cut = np.array([_midnight(split.calibrate_from), _midnight(split.test_from)])
        if len(np.unique(np.searchsorted(cut, moment, side="right"))) == len(FOLDS):
            return cut, "dates"
    days = np.unique(moment.astype("datetime64[D]"))
    if len(days) < _LEAST_POINTS:
        return None, "customers"
    test = min(max(round(len(days) * (1 - split.test_share)), 2), len(days) - 1)
    calibrate = min(max(round(len(days) * (1 - split.test_share - split.calibrate_share)), 1), test - 1)
    return days[[calibrate, test]].astype("datetime64[us]"), "shares"


def _fold_of_customer(customer: Array, period: Array, luck: Array, shares: Array) -> Array:
    """Give each customer one of the periods he is seen in, by the shares of those periods."""
    _, who = np.unique(customer.astype(str), return_inverse=True)
    seen = np.zeros((int(who.max(initial=-1)) + 1, len(FOLDS)))
    seen[who, period] = 1.0
    # A fold of share zero may still be the only place a customer is seen in.
    chance = np.cumsum(seen * np.maximum(shares, 1e-9), axis=1)
    chance /= chance[:, -1:]
    return np.asarray((luck[:, None] >= chance[who]).sum(axis=1))


def _midnight(day: date) -> np.datetime64:
    return np.datetime64(day, "us")
