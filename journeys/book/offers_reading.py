"""From the file of offers to offers ready to be weighed, each within the limits."""

from collections.abc import Mapping

import numpy as np

from journeys.book.offers import CompiledOffer, Offers
from journeys.book.offers_grammar import GRADES, KINDS, Kind, Offer, OffersFile
from journeys.book.offers_limits import refuse_beyond, refuse_foreign_terms
from journeys.book.present_value import Terms, factors
from journeys.language.conditions import Condition
from journeys.language.numbering import Numbering
from journeys.language.reading import Document, understand, unknown
from regua.predicates import Field


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
    offers, means = [], {kind: _mean_taken(kind, written) for kind in KINDS}
    for name, offer in written.offers.items():
        refuse_foreign_terms(name, offer, document)
        refuse_beyond(name, offer, written.limits, document)
        kinds = {offer.kind, *(["discount"] if offer.discount else [])}
        own = [Condition.read(offer.where, fields, document.place("offers", name, "where"))] if offer.where else []
        ruled = [condition for rule, condition in rules if kinds & set(rule.kinds) and name not in rule.excepted]
        rate = float(written.discount_rate_per_month)
        offers.append(_compiled(name, offer, (*ruled, *own), rate, means[offer.kind]))
    return Offers(
        offers=tuple(offers),
        names=tuple(offer.name for offer in offers),
        positions=Numbering(offer.name for offer in offers),
        limits=written.limits,
        incomes=np.array([getattr(written.assumed_income, grade) for grade in (*GRADES, "unknown")], np.float64),
        rate=float(written.discount_rate_per_month),
    )


def _mean_taken(kind: Kind, written: OffersFile) -> tuple[float, ...]:
    """Return the mean of ``taken_by`` over the offers of a kind, by grade with the unknown last."""
    by_offer = [_by_grade(offer) for offer in written.offers.values() if offer.kind == kind]
    return tuple(sum(shares) / len(shares) for shares in zip(*by_offer, strict=True))


def _by_grade(offer: Offer) -> tuple[float, ...]:
    return tuple(float(getattr(offer.taken_by, grade)) for grade in (*GRADES, "unknown"))


def _compiled(
    name: str, offer: Offer, conditions: tuple[Condition, ...], rate: float, means: tuple[float, ...]
) -> CompiledOffer:
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
        breaks=float(offer.break_rate_per_month),
        valid_days=offer.valid,
        taken_by=_by_grade(offer),
        proportion=tuple(own / mean if mean else 1.0 for own, mean in zip(_by_grade(offer), means, strict=True)),
        conditions=conditions,
    )
