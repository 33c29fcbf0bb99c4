"""What is a promised row of payments worth today? Whole cents paid later, discounted and expected, by customer."""

from dataclasses import dataclass

import numpy as np

from regua.columns import Numbers

DAYS_IN_MONTH = 30.0


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
    break_rate: float


@dataclass(frozen=True, slots=True)
class Schedule:
    """The payments of a plan, ``(n,)`` whole cents each; the last instalment takes the cents that do not divide."""

    saved: Numbers
    first: Numbers
    instalment: Numbers
    last: Numbers

    @property
    def largest(self) -> Numbers:
        """The largest payment of the plan."""
        return np.maximum(self.first, self.last)


def schedule(terms: Terms, balances: Numbers) -> Schedule:
    """Lay out the payments of a plan for each balance.

    The first payment is a share of the balance less the discount. The rest ``P`` is paid in ``n`` equal instalments,
    the first of them a month after it, at a monthly interest ``i`` by the constant annuity ("tabela Price"):

    ``A = P · i / (1 - (1 + i)^-n)``, and ``A = P / n`` without interest.

    Parameters
    ----------
    terms
        What is agreed.
    balances
        What is owed today, ``(n,)`` whole cents.

    Returns
    -------
    Whole cents: the instalments together are ``n · A`` rounded to a cent, spread evenly and rounded down, and the last
    instalment takes what is left.
    """
    saved = np.rint(balances * terms.discount)
    due = balances - saved
    if not terms.count:
        nothing = np.zeros_like(balances)
        return Schedule(saved, due, nothing, nothing)
    first = np.rint(due * terms.first_share)
    total = np.rint((due - first) * (terms.count * annuity(terms.count, terms.interest)))
    instalment = np.floor(total / terms.count)
    return Schedule(saved, first, instalment, total - (terms.count - 1) * instalment)


def annuity(count: int, interest: float) -> float:
    """Return the constant monthly payment that pays back one unit.

    Examples
    --------
    >>> annuity(10, 0.0), round(annuity(12, 0.02), 6)
    (0.1, 0.09456)
    """
    return 1.0 / count if interest == 0 else float(interest / -np.expm1(-count * np.log1p(interest)))


def present_value(terms: Terms, plan: Schedule, rate: float, break_rate: float) -> Numbers:
    """Return what a plan is worth today, ``(n,)`` whole cents.

    A payment ``t`` months away is discounted by ``(1 + r)^-t`` and arrives with the probability that the agreement has
    not been broken before, ``(1 - h)^t``; with ``q = (1 - h) / (1 + r)``

    ``NPV = F · q^f + A · (q + q² + … + q^n) + (L - A) · q^n``

    for a first payment ``F`` after ``f`` months, ``n`` instalments ``A`` and a last one ``L``. With ``h = 0`` it is the
    value of the payments as promised. Sources: net present value of expected cash flows (Brealey, Myers and Allen,
    *Principles of Corporate Finance*); a constant hazard of breaking as in reduced-form credit risk (Jarrow and
    Turnbull, 1995).

    Parameters
    ----------
    terms
        What is agreed.
    plan
        Its payments.
    rate
        What money costs the house in a month.
    break_rate
        The share of agreements in force that break in a month.
    """
    q = (1.0 - break_rate) / (1.0 + rate)
    value = plan.first * q ** (terms.first_days / DAYS_IN_MONTH)
    if terms.count:
        value += plan.instalment * _geometric(q, terms.count) + (plan.last - plan.instalment) * q**terms.count
    # What is not a number of cents yet is rounded once, so that a tie is a tie everywhere.
    rounded: Numbers = np.rint(value)
    return rounded


def _geometric(q: float, count: int) -> float:
    """Return ``q + q² + … + q^count``."""
    return float(count) if q == 1.0 else q * (1.0 - q**count) / (1.0 - q)
