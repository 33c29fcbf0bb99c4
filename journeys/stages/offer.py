"""Which offer rides with the message? Of those the step names, the eligible one of best net present value."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from journeys.book.offers import NO_OFFER
from journeys.book.owing import income_of
from journeys.stages.case import Case
from regua.columns import Numbers
from regua.vocabulary import HOLD_BIT, HoldKind

_OVER_INDEBTED = HOLD_BIT[HoldKind.OVER_INDEBTED]


@dataclass(frozen=True, slots=True)
class Riding:
    """The offer of each due step, ``(due,)``.

    ``which`` indexes ``book.offers.names``, -1 none; ``npv`` is its net present value and ``concession`` what it gives
    up, in cents.
    """

    which: NDArray[np.intp]
    npv: NDArray[np.int64]
    concession: NDArray[np.int64]

    def kept_share(self, balances: Numbers) -> Numbers:
        """Say which share of the balance is left once the offer has given up its part; 1 without an offer."""
        # Whoever owes nothing has nothing to be conceded: an invoice before its due date, say.
        kept, made = np.ones(len(self.which)), ((self.which != NO_OFFER) & (balances > 0)).nonzero()[0]
        kept[made] = np.clip(1.0 - self.concession[made] / balances[made], 0.0, 1.0)
        return kept


def riding(case: Case) -> Riding:
    """Choose the offers of the due steps that name some."""
    steps, due = case.book.steps, case.due
    which = np.full(len(due), NO_OFFER, np.intp)
    npv, concession = np.zeros(len(due), np.int64), np.zeros(len(due), np.int64)
    found = Riding(which, npv, concession)
    if not steps.has_offers:
        return found
    sets = steps.offer_sets.take(case.tables["step"])
    # The last set is empty.
    here = (sets < len(steps.offers) - 1).nonzero()[0]
    if len(here):
        rows, floors = due[here], case.book.policies.on(case.today).income_floors
        which[here], npv[here], concession[here] = case.book.offers.choose_among(
            case.columns,
            rows,
            sets[here],
            steps.offers,
            floors[case.columns["region_code"][rows]],
            case.some(rows).where,
        )
    return found


def asked(case: Case, which: NDArray[np.intp]) -> tuple[Numbers, Numbers]:
    """Return what each offer asks for in a month and what a month brings, cents ``(due,)``.

    The payment is NaN where no offer rides; the income is looked up where the guardrail reads it, for whom an offer
    rides or who is over-indebted, and NaN elsewhere.
    """
    offers, entered = case.book.offers, case.number("hold_bits")[case.due]
    held = (np.where(entered > 0, entered, 0.0).astype(np.int64) & _OVER_INDEBTED) != 0
    payment = offers.payments(which, case.columns["customer_balance_overdue_cents"][case.due])
    income, read = np.full(len(case.due), np.nan), ((which != NO_OFFER) | held).nonzero()[0]
    if len(read):
        income[read] = income_of(offers.incomes, case.columns, case.due[read])
    return payment, income
