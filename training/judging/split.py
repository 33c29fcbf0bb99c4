"""Cut cases into learning, calibrating and testing so that a test is what it claims: later, and other people.

A random split flatters: a customer's other months, or the same weeks of others, give the answer away. Here every
customer belongs to one fold. One seen in a single period belongs to it; one seen in several is given to one of them
by keyed dice, and his cases in the others are set aside; those kept weigh the more, the less likely the dice were to
keep them. Without that, whoever pays and leaves would be learned from in full and whoever stays in arrears by half,
and every chance of paying would come out too high (inverse probability weights, Horvitz & Thompson 1952, JASA 47).
Cases of the first two folds whose window was still open when testing begins are set aside too, since nobody could
have learned from them by then.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import numpy as np

from regua.columns import Array, Flags, Numbers
from regua.dice import draw, identity
from training.examples import Examples
from training.plan import Split

FOLDS = ("train", "calibrate", "test")
_LEAST_POINTS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Folds:
    """Who learns, who calibrates, who tests: ``(n,)`` masks that never share a customer.

    ``how`` is ``dates``, ``shares`` or, where history is too short to cut by time, ``customers``.
    ``set_aside`` counts the cases in no fold. ``weight`` is ``(n,)``: one over the chance that the dice gave
    the customer to the period of the case; None where there was nothing to throw for.
    """

    train: Flags
    calibrate: Flags
    test: Flags
    how: str
    calibrate_from: datetime | None
    test_from: datetime | None
    weight: Numbers | None = None

    def weighted(self, examples: Examples) -> Examples:
        """Weigh cases, ``(n,)`` and in the order of the folds, so that each fold stands for its whole period."""
        return examples if self.weight is None else replace(examples, weight=examples.weight * self.weight)

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
    fold, weight = _fold_of_customer(customer, period, luck, shares)
    known = (moment + np.timedelta64(window_days, "D") <= cut[1]) | (period == 2)
    mine = (fold == period) & known
    begins = [datetime.fromisoformat(str(edge.astype("datetime64[s]"))).replace(tzinfo=UTC) for edge in cut]
    train, calibrate, test = (mine & (fold == place) for place in range(len(FOLDS)))
    return Folds(train, calibrate, test, how, begins[0], begins[1], np.where(mine, weight, 1.0))


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


def _fold_of_customer(customer: Array, period: Array, luck: Array, shares: Array) -> tuple[Array, Numbers]:
    """Give each customer one of the periods he is seen in, by their shares; and one over the chance of each case."""
    _, who = np.unique(customer.astype(str), return_inverse=True)
    seen = np.zeros((int(who.max(initial=-1)) + 1, len(FOLDS)))
    seen[who, period] = 1.0
    # A fold of share zero may still be the only place a customer is seen in.
    chance = np.cumsum(seen * np.maximum(shares, 1e-9), axis=1)
    chance /= chance[:, -1:]
    own = np.diff(chance, axis=1, prepend=0.0)[who, period]
    return np.asarray((luck[:, None] >= chance[who]).sum(axis=1)), 1.0 / np.maximum(own, 1e-9)


def _midnight(day: date) -> np.datetime64:
    return np.datetime64(day, "us")
