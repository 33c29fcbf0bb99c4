"""Which offer rides with the message? Of those the step names, the eligible one of best net present value."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from journeys.book.offers import NO_OFFER
from journeys.stages.case import Case
from regua.columns import Flags, Numbers


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
        kept, made = np.ones(len(self.which)), np.flatnonzero((self.which != NO_OFFER) & (balances > 0))
        kept[made] = np.clip(1.0 - self.concession[made] / balances[made], 0.0, 1.0)
        return kept


def riding(case: Case, permitted: Flags) -> Riding:
    """Choose the offers of the due steps some contact of which is permitted."""
    steps, due = case.book.steps, case.due
    which = np.full(len(due), NO_OFFER, np.intp)
    npv, concession = np.zeros(len(due), np.int64), np.zeros(len(due), np.int64)
    found = Riding(which, npv, concession)
    if not steps.has_offers:
        return found
    sets = steps.offer_sets.take(case.tables["step"])
    for number in np.unique(sets[permitted]).tolist():
        names = steps.offers[number]
        if names:
            here = np.flatnonzero((sets == number) & permitted)
            which[here], npv[here], concession[here] = case.book.offers.choose(case.columns, due[here], names)
    return found
