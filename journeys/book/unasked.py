"""What is a balance worth if nothing is offered? The better of two estimates, at today's worth."""

from dataclasses import dataclass
from math import isnan
from typing import Any

import numpy as np

from journeys.book.present_value import spread_over


@dataclass(frozen=True, slots=True)
class Money:
    """What a balance recovered over three months, over the nine after them, and over all twelve is worth today."""

    soon: float
    later: float
    year: float

    @classmethod
    def of(cls, rate: float) -> "Money":
        """Discount by what money costs the house in a month."""
        return cls(spread_over(rate, 1, 3), spread_over(rate, 4, 12), spread_over(rate, 1, 12))


def expected(money: Money, cures: Any, soon: Any, year: Any) -> Any:
    """Return the share of a balance that is expected without an offer, at today's worth, of one or of many.

    ``max(p, R3 · d(1..3) + (R12 - R3) · d(4..12))`` for ``p = p_self_cure``, the shares ``R3 = recovery_3m`` and
    ``R12 = recovery_12m`` that have come in by then, and ``d`` the mean discount of the months in which they do;
    without ``R3``, ``R12 · d(1..12)``. Both are estimates of the same money, so that the larger counts, not their
    sum: an offer must be worth more than the better way of leaving it unmade. What is not known brings nothing.
    Source: net present value of expected cash flows against the best alternative (Brealey, Myers and Allen,
    *Principles of Corporate Finance*).
    """
    if isinstance(cures, float):
        return _expected_of_one(money, cures, soon, year)
    recovered = np.where(
        np.isnan(soon), year * money.year, soon * money.soon + np.maximum(year - soon, 0.0) * money.later
    )
    return np.fmax(np.nan_to_num(cures), np.nan_to_num(recovered))


def _expected_of_one(money: Money, cures: float, soon: float, year: float) -> float:
    """Return the same without arrays, which cost more to start than one customer costs to add up."""
    recovered = year * money.year if isnan(soon) else soon * money.soon + max(year - soon, 0.0) * money.later
    return max(0.0 if isnan(cures) else cures, 0.0 if isnan(recovered) else recovered)
