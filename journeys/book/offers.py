"""Offers: the ways out that may ride with a message, who is eligible for each, and what each is worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import nan
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from journeys.book.offers_grammar import GRADES, Kind, Limits, Offer, OffersFile
from journeys.book.offers_limits import refuse_beyond, refuse_foreign_terms
from journeys.book.owing import DECLARED, LATER, OTHERS_READ, Many, One, Owing, Rows
from journeys.book.present_value import Factors, Terms, factors, present_value, rounded, schedule
from journeys.language.conditions import Condition
from journeys.language.numbering import Numbering
from journeys.language.reading import Document, understand, unknown
from journeys.language.strict import Words
from regua.columns import Columns, Numbers
from regua.errors import Place
from regua.predicates import Field

NO_OFFER = -1
FEW = 4
"""Up to here customers are asked one by one."""

Cents = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CompiledOffer:
    """One offer; ``conditions`` must all be known to be true, ``taken_by`` is by grade with the unknown last.

    ``kept`` weighs the payments with breakages, ``promised`` as agreed.
    """

    name: str
    kind: Kind
    title: Words
    terms: Terms
    kept: Factors
    promised: Factors
    valid_days: int
    taken_by: tuple[float, ...]
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
        """Choose for each customer the eligible offer of the best net present value; of equals the first named.

        An offer is weighed by what making it is expected to bring, with the chance ``s`` that it is taken, the net
        present value ``V`` of its payments, breakages included, and the chance ``p`` (``p_self_cure``; 0 where it is
        not known) that the customer pays the balance ``B`` without it:

        ``NPV = s · V + (1 - s) · p · B``

        It is eligible where its conditions are known to be true, the balance is known and positive, each payment it
        asks for leaves a person the income floor, each of an instalment plan takes no more than the largest share of
        the income and is no smaller than the smallest instalment, and ``V > p · B``: who would pay in full anyway is
        offered nothing.

        Parameters
        ----------
        columns
            Profile, scores and segments, as the kernel holds them; an absent one is all NULL.
        rows
            The positions of the customers asked for, ``(r,)``.
        names
            The offers to choose from; every name must be known.
        floors
            The income floor of the law for each customer, cents ``(r,)``, NaN without one; the higher of it and the
            house's limit counts.

        Returns
        -------
        ``which``, ``(r,)``: the index into :attr:`names` of all offers, -1 where none is eligible; ``npv_cents``,
        ``(r,)``; and ``concession_cents``, ``(r,)``: the balance less the present value of the payments as promised, so
        what the house gives up when all goes well; both 0 without an offer.
        """
        which = np.full(len(rows), NO_OFFER, np.intp)
        best, given_up = np.zeros(len(rows)), np.zeros(len(rows))
        if len(rows) <= FEW:
            for place, row in enumerate(rows.tolist()):
                known = {name: columns[name].item(row) for name in (*self.columns, DECLARED) if name in columns}
                one = One.of(self.limits, self.incomes, known, nan if floors is None else floors.item(place))
                which[place], best[place], given_up[place] = self._best(one, names)
            return which, best.astype(np.int64), given_up.astype(np.int64)
        many = Many.of(self.limits, self.incomes, columns, rows, floors)
        for name in names:
            position = self.positions[name]
            offer = self.offers[position]
            weight, eligible = self._weigh(offer, many), many.owed(offer.kind) > 0
            for condition in offer.conditions:
                eligible &= many.where(condition)
            better = eligible & weight.is_eligible & ((which == NO_OFFER) | (weight.value > best))
            which[better], best[better] = position, weight.value[better]
            given_up[better] = weight.concession[better]
        return which, best.astype(np.int64), given_up.astype(np.int64)

    def payments(self, which: NDArray[np.intp], balances: Numbers) -> Numbers:
        """Return the largest payment of any month each offer asks for, cents ``(r,)``; NaN without an offer.

        A later due date and a pause ask for nothing that is not owed already: 0. ``which`` indexes :attr:`names`, -1
        none; ``balances`` are what is owed, whole cents.
        """
        asked = np.full(len(which), np.nan)
        for position in np.unique(which[which != NO_OFFER]).tolist():
            offer, here = self.offers[position], which == position
            asked[here] = 0.0 if offer.kind in LATER else schedule(offer.terms, balances[here]).largest
        return asked

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

    def _best(self, one: One, names: Sequence[str]) -> tuple[int, float, float]:
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
        owed, taken = who.owed(offer.kind), who.share(offer.taken_by)
        plan = schedule(offer.terms, owed)
        kept, unasked = present_value(plan, offer.kept), who.self_cure * owed
        # A NULL balance compares as false all the way.
        eligible = (owed > 0) & (kept > unasked)
        if offer.kind == "instalments":
            eligible &= (plan.instalment >= self.limits.smallest_instalment) & (plan.largest <= who.affordable)
        elif offer.kind == "discount":
            eligible &= plan.first <= who.spare
        value = rounded(taken * kept + (1.0 - taken) * unasked)
        return _Weight(value, owed - present_value(plan, offer.promised), eligible)


class _Weight(NamedTuple):
    """What making an offer brings, what it gives up, and to whom it may be made; of one or of many."""

    value: Any
    concession: Any
    is_eligible: Any


def compile_offers(document: Document, fields: Mapping[str, Field]) -> Offers:
    """Compile the offers, each within the limits.

    Raises
    ------
    BookError, PredicateError
        An unknown key or field, terms a kind does not have, or an offer beyond a limit; with file and line.
    """
    written = understand(document, OffersFile)
    rules = [
        (rule, Condition.read(rule.where, fields, document.place("rules", name, "where")))
        for name, rule in written.rules.items()
    ]
    for rule_name, rule in written.rules.items():
        for index, name in enumerate(rule.excepted):
            if name not in written.offers:
                raise unknown("offer", name, written.offers, document.place("rules", rule_name, "except", index))
    offers = []
    for name, offer in written.offers.items():
        refuse_foreign_terms(name, offer, document)
        refuse_beyond(name, offer, written.limits, document)
        kinds = {offer.kind, *(["discount"] if offer.discount else [])}
        own = [Condition.read(offer.where, fields, document.place("offers", name, "where"))] if offer.where else []
        ruled = [condition for rule, condition in rules if kinds & set(rule.kinds) and name not in rule.excepted]
        offers.append(_compiled(name, offer, (*ruled, *own), float(written.discount_rate_per_month)))
    return Offers(
        offers=tuple(offers),
        names=tuple(offer.name for offer in offers),
        positions=Numbering(offer.name for offer in offers),
        limits=written.limits,
        incomes=np.array([getattr(written.assumed_income, grade) for grade in (*GRADES, "unknown")], np.float64),
    )


def _compiled(name: str, offer: Offer, conditions: tuple[Condition, ...], rate: float) -> CompiledOffer:
    # Who takes a discount has until it lapses to pay; an instalment plan begins with its entry or in a month.
    days = {"discount": offer.valid, "instalments": 0}.get(offer.kind, offer.days or 0)
    terms = Terms(
        discount=float(offer.discount or 0),
        first_share=float(offer.entry_share or 0) if offer.kind == "instalments" else 1.0,
        first_days=days,
        count=offer.count or 0,
        interest=float(offer.interest_per_month or 0),
    )
    return CompiledOffer(
        name=name,
        kind=offer.kind,
        title=offer.title,
        terms=terms,
        kept=factors(terms, rate, float(offer.break_rate_per_month)),
        promised=factors(terms, rate, 0.0),
        valid_days=offer.valid,
        taken_by=tuple(float(getattr(offer.taken_by, grade)) for grade in (*GRADES, "unknown")),
        conditions=conditions,
    )
