"""Offers: the ways out that may ride with a message, who is eligible for each, and what each is worth."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import nan
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from journeys.book.offers_grammar import Kind, Limits
from journeys.book.owing import DECLARED, LATER, OTHERS_READ, Many, One, Owing, Rows
from journeys.book.present_value import Amount, Factors, Terms, factors, present_value, rounded, schedule
from journeys.book.unasked import Money
from journeys.language.conditions import Condition
from journeys.language.numbering import Numbering
from journeys.language.reading import unknown
from journeys.language.strict import Words
from regua.columns import Columns, Flags, Numbers
from regua.errors import Place

NO_OFFER = -1
FEW = 4
"""Up to here customers are asked one by one."""

Cents = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CompiledOffer:
    """One offer; ``conditions`` must all be known to be true, ``taken_by`` is by grade with the unknown last.

    ``kept`` weighs the payments with breakages, ``promised`` as agreed; ``breaks`` is the share that breaks in a month
    where no model speaks. ``proportion`` is ``taken_by`` against the mean of the offers of its kind.
    """

    name: str
    kind: Kind
    title: Words
    terms: Terms
    kept: Factors[float]
    promised: Factors[float]
    breaks: float
    valid_days: int
    taken_by: tuple[float, ...]
    proportion: tuple[float, ...]
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """An offer in the figures of one customer, in whole cents, as a message tells it."""

    name: str
    kind: Kind
    title: Words
    valid_days: int
    saved_cents: int
    first_cents: int
    first_days: int
    instalments: int
    instalment_cents: int
    last_instalment_cents: int

    def as_dict(self) -> dict[str, Any]:
        """Return the terms as a record keeps them."""
        kept = {name: getattr(self, name) for name in self.__slots__ if name != "title"}
        return kept | {"title": self.title.both()}


@dataclass(frozen=True)
class Offers:
    """Every offer in the order of the file; ``incomes`` are cents a month by income band, the unknown last."""

    offers: tuple[CompiledOffer, ...]
    names: tuple[str, ...]
    positions: Numbering
    limits: Limits
    incomes: Numbers
    rate: float

    @cached_property
    def money(self) -> Money:
        """What is recovered over the months, at today's worth."""
        return Money.of(self.rate)

    @cached_property
    def columns(self) -> frozenset[str]:
        """Every column an offer reads."""
        conditions = (condition for offer in self.offers for condition in offer.conditions)
        return frozenset[str]().union(OTHERS_READ, *(condition.columns for condition in conditions))

    def of(self, name: str, place: Place) -> CompiledOffer:
        """Return an offer by its name.

        Raises
        ------
        BookError
            No such offer; with the nearest name.
        """
        position = self.positions[name]
        if position < 0:
            raise unknown("offer", name, self.names, place)
        return self.offers[position]

    def choose(
        self, columns: Columns, rows: Rows, names: Sequence[str], floors: Numbers | None = None
    ) -> tuple[NDArray[np.intp], Cents, Cents]:
        """Choose for each customer among the same offers; see :meth:`choose_among`."""
        return self.choose_among(columns, rows, np.zeros(len(rows), np.intp), (names,), floors)

    def choose_among(
        self,
        columns: Columns,
        rows: Rows,
        sets: NDArray[np.intp],
        named: Sequence[Sequence[str]],
        floors: Numbers | None = None,
        ask: Callable[[Condition], Flags] | None = None,
    ) -> tuple[NDArray[np.intp], Cents, Cents]:
        """Choose for each customer the eligible offer of the best net present value; of equals the first named.

        An offer is weighed by what making it is expected to bring, with the chance ``s`` that it is taken, the net
        present value ``V`` of its payments, breakages included, and the share ``u`` of the balance ``B`` that is
        expected without it, at today's worth (:func:`journeys.book.unasked.expected`: the larger of ``p_self_cure`` and
        the discounted recovery of a year):

        ``NPV = s · V + (1 - s) · u · B``

        ``s`` is ``p_offer_<kind>`` where a model speaks of this customer, times what the house takes the offer to be
        among those of its kind (``taken_by`` against their mean), at most 1: the model tells kinds apart, not terms.
        Where none speaks it is ``taken_by`` itself. In an instalment plan the share that breaks in a month is that of
        ``p_break``, ``1 - (1 - p_break)^(1/2)`` for its sixty days, where it is known, else that of the offer.

        It is eligible where its conditions are known to be true, the balance is known and positive, each payment it
        asks for leaves a person the income floor, each of an instalment plan takes no more than the largest share of
        the income and is no smaller than the smallest instalment, and ``V > u · B``: who would pay anyway is offered
        nothing.

        Parameters
        ----------
        columns
            Profile, scores and segments, as the kernel holds them; an absent one is all NULL.
        rows
            The positions of the customers asked for, ``(r,)``.
        sets, named
            The offers to choose from: an index into ``named`` each, ``(r,)``, and there the names, all of them known.
        floors
            The income floor of the law for each customer, cents ``(r,)``, NaN without one; the higher of it and the
            house's limit counts.
        ask
            What answers conditions for these customers, ``(r,)``, where a caller knows a shorter way.

        Returns
        -------
        ``which``, ``(r,)``: the index into :attr:`names` of all offers, -1 where none is eligible; ``npv_cents``,
        ``(r,)``; and ``concession_cents``, ``(r,)``: the balance less the present value of the payments as promised, so
        what the house gives up when all goes well; both 0 without an offer.
        """
        which = np.full(len(rows), NO_OFFER, np.intp)
        best, given_up, first = np.zeros(len(rows)), np.zeros(len(rows)), np.zeros(len(rows), np.intp)
        if len(rows) <= FEW:
            for place, row in enumerate(rows.tolist()):
                known = {name: columns[name].item(row) for name in (*self.columns, DECLARED) if name in columns}
                one = One.of(
                    self.limits, self.incomes, self.money, known, nan if floors is None else floors.item(place)
                )
                which[place], best[place], given_up[place] = self.best_of(one, named[sets[place]])
            return which, best.astype(np.int64), given_up.astype(np.int64)
        many = Many.of(self.limits, self.incomes, self.money, columns, rows, floors, ask)
        ranks = self._ranks(named)
        for position, offer in enumerate(self.offers):
            rank = ranks[position].take(sets)
            here = np.flatnonzero(rank >= 0)
            if not len(here):
                continue
            who = many.some(here)
            weight, eligible = self._weigh(offer, who), who.owed(offer.kind) > 0
            for condition in offer.conditions:
                eligible &= many.where(condition)[here]
            standing = which[here]
            # Of equals the first named.
            beaten = (weight.value > best[here]) | ((weight.value == best[here]) & (rank[here] < first[here]))
            better = eligible & weight.is_eligible & ((standing == NO_OFFER) | beaten)
            chosen = here[better]
            which[chosen], first[chosen] = position, rank[chosen]
            best[chosen], given_up[chosen] = weight.value[better], weight.concession[better]
        return which, best.astype(np.int64), given_up.astype(np.int64)

    def payments(self, which: NDArray[np.intp], balances: Numbers) -> Numbers:
        """Return the largest payment of any month each offer asks for, cents ``(r,)``; NaN without an offer.

        A later due date and a pause ask for nothing that is not owed already: 0. ``which`` indexes :attr:`names`, -1
        none; ``balances`` are what is owed, whole cents.
        """
        asked = np.full(len(which), np.nan)
        for position in np.bincount(which + 1)[1:].nonzero()[0].tolist():
            here = which == position
            asked[here] = self.payment(position, balances[here])
        return asked

    def payment(self, position: int, balances: Amount) -> Amount | float:
        """Return what one offer asks for, of one or of many."""
        offer = self.offers[position]
        return 0.0 if offer.kind in LATER else schedule(offer.terms, balances).largest

    def quote(self, name: str, balance_cents: int) -> Quote:
        """Return an offer in the figures of one balance.

        Raises
        ------
        BookError
            No such offer.
        """
        offer = self.of(name, Place())
        plan = schedule(offer.terms, float(balance_cents))
        return Quote(
            name=offer.name,
            kind=offer.kind,
            title=offer.title,
            valid_days=offer.valid_days,
            saved_cents=int(plan.saved),
            first_cents=int(plan.first),
            first_days=offer.terms.first_days,
            instalments=offer.terms.count,
            instalment_cents=int(plan.instalment),
            last_instalment_cents=int(plan.last),
        )

    def _ranks(self, named: Sequence[Sequence[str]]) -> NDArray[np.intp]:
        """Return the place of each offer in each set, ``(offers, sets)``; -1 where the set does not name it."""
        ranks = np.full((len(self.offers), len(named)), -1, np.intp)
        for number, names in enumerate(named):
            for rank, name in reversed(list(enumerate(names))):
                ranks[self.positions[name], number] = rank
        return ranks

    def best_of(self, one: One, names: Sequence[str]) -> tuple[int, float, float]:
        """Choose for one customer: the same as for many, without arrays."""
        which, best, given_up = NO_OFFER, 0.0, 0.0
        for name in names:
            position = self.positions[name]
            offer = self.offers[position]
            # Python refuses to round what is not known; NumPy carries it along.
            if not one.owed(offer.kind) > 0 or not all(map(one.where, offer.conditions)):
                continue
            weight = self._weigh(offer, one)
            if weight.is_eligible and (which == NO_OFFER or weight.value > best):
                which, best, given_up = position, weight.value, weight.concession
        return which, best, given_up

    def _weigh(self, offer: CompiledOffer, who: Owing) -> "_Weight":
        owed, taken = who.owed(offer.kind), _taken(offer, who)
        plan = schedule(offer.terms, owed)
        kept, unasked = present_value(plan, self._kept(offer, who)), who.unasked * owed
        # A NULL balance compares as false all the way.
        eligible = (owed > 0) & (kept > unasked)
        if offer.kind == "instalments":
            eligible &= (plan.instalment >= self.limits.smallest_instalment) & (plan.largest <= who.affordable)
        elif offer.kind == "discount":
            eligible &= plan.first <= who.spare
        value = rounded(taken * kept + (1.0 - taken) * unasked)
        return _Weight(value, owed - present_value(plan, offer.promised), eligible)

    def _kept(self, offer: CompiledOffer, who: Owing) -> Factors[Any]:
        """Return what an offer's payments are weighed with: by the customer's own breaking where it is known."""
        known = who.breaks == who.breaks
        if offer.kind != "instalments" or not np.any(known):
            return offer.kept
        own = who.breaks if isinstance(known, bool) else np.where(known, who.breaks, offer.breaks)
        return factors(offer.terms, self.rate, own)


def _taken(offer: CompiledOffer, who: Owing) -> Any:
    """Return the chance that an offer is taken, of one or of many."""
    chance, assumed = who.takes(offer.kind), who.share(offer.taken_by)
    if isinstance(chance, float):
        return assumed if chance != chance else min(chance * who.share(offer.proportion), 1.0)
    return np.where(chance != chance, assumed, np.minimum(chance * who.share(offer.proportion), 1.0))


class _Weight(NamedTuple):
    """What making an offer brings, what it gives up, and to whom it may be made; of one or of many."""

    value: Any
    concession: Any
    is_eligible: Any
