"""Does an offer keep to its kind and to the limits? Each refusal names the term and shows both values."""

from journeys.book.offers_grammar import TERMS, Limits, Offer
from journeys.language.reading import Document
from regua.errors import BookError


def refuse_foreign_terms(name: str, offer: Offer, document: Document) -> None:
    """Refuse a term the kind does not have, and the lack of one it must have."""
    must, may = TERMS[offer.kind]
    for term in sorted(frozenset[str]().union(*(frozenset().union(*both) for both in TERMS.values()))):
        written = getattr(offer, term) is not None
        if written and term not in must | may:
            raise BookError(
                f"{name}: {term} in an offer of kind {offer.kind}",
                expected=f"for this kind {', '.join(sorted(must | may))}",
                place=document.place("offers", name, term),
            )
        if not written and term in must:
            raise BookError(
                f"{name}: {term} is missing",
                expected=f"{term}, which an offer of kind {offer.kind} must say",
                place=document.place("offers", name),
            )


def refuse_beyond(name: str, offer: Offer, limits: Limits, document: Document) -> None:
    """Refuse an offer beyond a limit, with both values."""
    days = "longest_pause" if offer.kind == "pause" else "longest_due_date_change"
    pairs = (
        ("discount", "largest_discount"),
        ("count", "most_instalments"),
        ("interest_per_month", "largest_interest_per_month"),
        ("valid", "longest_validity"),
        ("days", days),
    )
    for term, limit in pairs:
        value, most = getattr(offer, term), getattr(limits, limit)
        if value is not None and value > most:
            where = document.place("limits", limit)
            unit = "d" if term in {"days", "valid"} else ""
            raise BookError(
                f"{name}: {term} {value}{unit} is beyond {limit} {most}{unit}",
                expected=f"at most {most}{unit}, see line {where.line}",
                remedy="lower the offer, or raise the limit if the house allows it",
                place=document.place("offers", name, term),
            )
