"""How sure may we be of a figure? Draw whole customers again and again, and see how much it moves.

Two cases of one customer are not two pieces of evidence, so customers are drawn and not cases. Each replicate gives
every customer a Poisson(1) weight (Chamandy et al. 2012, "Estimating uncertainty for massive data streams"), keyed by
customer and replicate: the same data give the same interval in any order.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from regua.columns import Array, Numbers
from regua.dice import draw, identity

_POISSON_STEPS = np.exp(-1.0) * np.cumsum(1.0 / np.array([1.0, 1.0, 2.0, 6.0, 24.0, 120.0, 720.0]))


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and the interval that holds it with 95 % confidence.

    Examples
    --------
    >>> Estimate(0.2, 0.1, 0.3).excludes(0.0), Estimate(0.2, -0.1, 0.5).excludes(0.0)
    (True, False)
    """

    point: float
    low: float
    high: float

    def excludes(self, value: float) -> bool:
        """Say whether the interval leaves a value out."""
        return not self.low <= value <= self.high


def draws(
    customer: Sequence[str] | Array, replicates: int, purpose: str = "bootstrap", seed: int = 0
) -> Iterator[Numbers]:
    """Yield one replicate after the other: ``(n,)``, how often each case's customer was drawn in it."""
    who = identity(customer)
    for turn in range(replicates):
        yield np.searchsorted(_POISSON_STEPS, draw(who, purpose, turn, seed)).astype(np.float64)


def times_drawn(customer: Sequence[str] | Array, replicates: int, purpose: str = "bootstrap", seed: int = 0) -> Numbers:
    """Return ``(replicates, n)``: how often each case's customer was drawn in each replicate.

    Examples
    --------
    >>> times = times_drawn(["a", "b", "a"], 50)
    >>> times.shape, bool(np.array_equal(times[:, 0], times[:, 2]))
    ((50, 3), True)
    """
    return np.stack(list(draws(customer, replicates, purpose, seed)))


def weighted_mean(
    values: Numbers, weight: Numbers, customer: Sequence[str] | Array, *, replicates: int = 400, seed: int = 0
) -> Estimate:
    """Estimate a weighted mean over cases, ``(n,)`` each, with its interval by customer.

    Examples
    --------
    >>> weighted_mean(np.ones(3), np.ones(3), ["a", "b", "c"], replicates=20)
    Estimate(point=1.0, low=1.0, high=1.0)
    """
    names, place = np.unique(np.asarray(customer).astype(str), return_inverse=True)
    total = np.bincount(place, weights=weight * values, minlength=len(names))
    mass = np.bincount(place, weights=weight, minlength=len(names))
    times = times_drawn(names.astype(object), replicates, "mean", seed)
    drawn = times @ mass
    means = (times @ total)[drawn > 0] / drawn[drawn > 0]
    low, high = np.quantile(means, [0.025, 0.975]) if len(means) else (np.nan, np.nan)
    return Estimate(float(total.sum() / mass.sum()), float(low), float(high))
