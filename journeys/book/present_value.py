"""What is a promised row of payments worth today? Whole cents paid later, discounted and expected, by customer."""

from dataclasses import dataclass
from functools import cache
from math import floor
from typing import Generic, TypeVar

import numpy as np

from regua.columns import Numbers

DAYS_IN_MONTH = 30.0

Amount = TypeVar("Amount", float, Numbers)
"""Whole cents of one customer, or of many, ``(n,)``: the same arithmetic serves both."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is agreed, as bare figures; shares and rates per month are fractions of one.

    ``count`` instalments follow the first payment, which takes ``first_share`` of what is to be paid after
    ``first_days``; ``count`` is 0 where all is paid at once.
    """

    discount: float
    first_share: float
    first_days: int
    count: int
    interest: float


@dataclass(frozen=True, slots=True)
class Schedule(Generic[Amount]):
    """The payments of a plan, whole cents each; the last instalment takes the cents that do not divide."""

    saved: Amount
    first: Amount
    instalment: Amount
    last: Amount

    @property
    def largest(self) -> Amount:
        """The largest payment of the plan."""
        if isinstance(self.first, float):
            return max(self.first, self.last)
        return np.maximum(self.first, self.last)


@dataclass(frozen=True, slots=True)
class Factors(Generic[Amount]):
    """What one cent of the first payment, of each instalment together and of the last instalment's rest is worth."""

    first: Amount
    instalments: Amount
    last: Amount


def schedule(terms: Terms, balances: Amount) -> Schedule[Amount]:
    """Lay out the payments of a plan.

    The first payment is a share of the balance less the discount. The rest ``P`` is paid in ``n`` equal instalments,
    the first of them a month after it, at a monthly interest ``i`` by the constant annuity ("tabela Price"):

    ``A = P · i / (1 - (1 + i)^-n)``, and ``A = P / n`` without interest.

    Parameters
    ----------
    terms
        What is agreed.
    balances
        What is owed today, whole cents, of one or of many.

    Returns
    -------
    Whole cents: the instalments together are ``n · A`` rounded to a cent, spread evenly and rounded down, and the last
    instalment takes what is left.
    """
    saved = rounded(balances * terms.discount)
    due = balances - saved
    if not terms.count:
        return Schedule(saved, due, balances * 0.0, balances * 0.0)
    first = rounded(due * terms.first_share)
    total = rounded((due - first) * (terms.count * annuity(terms.count, terms.interest)))
    instalment = _floor(total / terms.count)
    return Schedule(saved, first, instalment, total - (terms.count - 1) * instalment)


@cache
def annuity(count: int, interest: float) -> float:
    """Return the constant monthly payment that pays back one unit.

    Examples
    --------
    >>> annuity(10, 0.0), round(annuity(12, 0.02), 6)
    (0.1, 0.09456)
    """
    return 1.0 / count if interest == 0 else float(interest / -np.expm1(-count * np.log1p(interest)))


def factors(terms: Terms, rate: float, break_rate: Amount) -> Factors[Amount]:
    """Return what the payments of a plan are weighed with.

    A payment ``t`` months away is discounted by ``(1 + r)^-t`` and arrives with the probability that the agreement has
    not been broken before, ``(1 - h)^t``: it is worth ``q^t`` with ``q = (1 - h) / (1 + r)``.

    Parameters
    ----------
    terms
        What is agreed.
    rate
        What money costs the house in a month, ``r``.
    break_rate
        The share of agreements in force that break in a month, ``h``: of anybody, or of each customer.
    """
    q, count = (1.0 - break_rate) / (1.0 + rate), terms.count
    none = q * 0.0
    first = q ** (terms.first_days / DAYS_IN_MONTH)
    return Factors(first, _together(q, count) if count else none, q**count if count else none)


def _together(q: Amount, count: int) -> Amount:
    """Return ``q + q² + … + q^n``."""
    if isinstance(q, float):
        return float(count) if q == 1.0 else q * (1.0 - q**count) / (1.0 - q)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(q == 1.0, float(count), q * (1.0 - q**count) / (1.0 - q))


def monthly(chance: Amount, months: float) -> Amount:
    """Return the share that breaks in one month where ``chance`` breaks within some: ``h = 1 - (1 - p)^(1/months)``.

    Examples
    --------
    >>> round(monthly(0.19, 2), 6)
    0.1
    """
    left: Amount = (1.0 - chance) ** (1.0 / months)
    return 1.0 - left


def spread_over(rate: float, first_month: int, last_month: int) -> float:
    """Return what one unit is worth today that comes in evenly, at the end of each of some months.

    The mean of ``(1 + r)^-t`` over the months ``t``.

    Examples
    --------
    >>> spread_over(0.0, 1, 3), round(spread_over(0.10, 1, 2), 6)
    (1.0, 0.867769)
    """
    months = range(first_month, last_month + 1)
    return float(sum((1.0 + rate) ** -month for month in months) / len(months))


def present_value(plan: Schedule[Amount], worth: Factors[Amount] | Factors[float]) -> Amount:
    """Return what a plan is worth today, in whole cents.

    ``NPV = F · q^f + A · (q + q² + … + q^n) + (L - A) · q^n``

    for a first payment ``F`` after ``f`` months, ``n`` instalments ``A`` and a last one ``L``; ``q`` as in
    :func:`factors`. With ``h = 0`` it is the value of the payments as promised. Sources: net present value of expected
    cash flows (Brealey, Myers and Allen, *Principles of Corporate Finance*); a constant hazard of breaking as in
    reduced-form credit risk (Jarrow and Turnbull, 1995).

    Parameters
    ----------
    plan
        The payments.
    worth
        What each is weighed with.
    """
    # What is not a number of cents yet is rounded once, so that a tie is a tie everywhere.
    return rounded(
        plan.first * worth.first + plan.instalment * worth.instalments + (plan.last - plan.instalment) * worth.last
    )


def rounded(amount: Amount) -> Amount:
    """Round to whole cents, halves to even, one amount as many."""
    return float(round(amount)) if isinstance(amount, float) else np.rint(amount)


def _floor(amount: Amount) -> Amount:
    return float(floor(amount)) if isinstance(amount, float) else np.floor(amount)
