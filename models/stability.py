"""How far has a distribution moved: the population stability index, and how much of it chance alone would give.

The index adds up ``(now - then) × ln(now / then)`` over bins cut at the tenths of then, with NULL as a bin of its own.
Without any change it is, times the harmonic sample size, about chi-square with as many degrees of freedom as bins less
one (Yurdakul & Naranjo 2020, "Statistical properties of the population stability index", J. Risk Model Validation 14),
so a threshold without the number of cases cries wolf on small books.
"""

from dataclasses import dataclass

import numpy as np

from regua.columns import Array, Numbers

_BINS = 10
_HALF_A_CASE = 0.5
_SURE = 0.999


@dataclass(frozen=True, slots=True)
class Shift:
    """How far one column moved: its index, the largest that chance would give, and the shares of NULL then and now."""

    name: str
    index: float
    by_chance: float
    missing_before: float
    missing_now: float

    def exceeds(self, threshold: float) -> bool:
        """Say whether it moved by more than a threshold and by more than chance."""
        return self.index > max(threshold, self.by_chance)


def between(name: str, before: Array, now: Array) -> Shift:
    """Measure how far a column moved.

    Parameters
    ----------
    before, now
        ``(n,)`` and ``(m,)``: numbers, NaN for NULL, or words, None for NULL.

    Examples
    --------
    >>> same = np.arange(1000.0)
    >>> between("amount", same, same).index
    0.0
    >>> between("amount", same, same + 500).exceeds(0.25)
    True
    """
    first, second = (_words if before.dtype == object else _numbers)(before, now)
    seen = (first > 0) | (second > 0)
    expected, found = (_shares(part[seen]) for part in (first, second))
    index = float(np.sum((found - expected) * np.log(found / expected)))
    return Shift(name, index, _by_chance(first, second), _share(first), _share(second))


def psi(expected: Array, actual: Array) -> float:
    """Return the population stability index alone; see :func:`between`.

    Examples
    --------
    >>> psi(np.arange(100.0), np.arange(100.0))
    0.0
    """
    return between("", expected, actual).index


def _numbers(before: Numbers, now: Numbers) -> tuple[Numbers, Numbers]:
    known = before[~np.isnan(before)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1)[1:-1])) if len(known) else np.empty(0)

    def count(column: Numbers) -> Numbers:
        places = np.where(np.isnan(column), len(edges) + 1, np.searchsorted(edges, column, side="left"))
        return np.bincount(places, minlength=len(edges) + 2).astype(np.float64)

    return count(before), count(now)


def _words(before: Array, now: Array) -> tuple[Numbers, Numbers]:
    known = sorted({word for column in (before, now) for word in column if word is not None})
    place = {word: position for position, word in enumerate(known)} | {None: len(known)}

    def count(column: Array) -> Numbers:
        return np.bincount([place[word] for word in column], minlength=len(known) + 1).astype(np.float64)

    return count(before), count(now)


def _shares(counts: Numbers) -> Numbers:
    # Half a case in every bin (Jeffreys), so that an empty bin of a small sample is no infinite surprise.
    return np.asarray((counts + _HALF_A_CASE) / (counts.sum() + _HALF_A_CASE * len(counts)), np.float64)


def _by_chance(first: Numbers, second: Numbers) -> float:
    from scipy.stats import chi2

    bins = int(np.sum((first > 0) | (second > 0)))
    if bins < 2 or not first.sum() or not second.sum():
        return float("inf") if not first.sum() or not second.sum() else 0.0
    return float(chi2.ppf(_SURE, bins - 1) * (1 / first.sum() + 1 / second.sum()))


def _share(counts: Numbers) -> float:
    return float(counts[-1] / counts.sum()) if counts.sum() else 0.0
