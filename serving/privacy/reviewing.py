"""A decision is contested: the customer is left in peace until a person has looked at it again (LGPD 20, GDPR 22)."""

from datetime import datetime, timedelta

from regua.records import Event, digest
from regua.vocabulary import EventKind, HoldKind
from serving.store import Store
from serving.store.reviews import Review, ReviewState

DAYS = 15
"""Within so many days a person answers: the period the LGPD gives for what somebody asks about their data (art. 19)."""
SOURCE = "regua"
_DIGITS = 26


def contest(store: Store, decision_id: str, grounds: str, by: str, at: datetime) -> Review:
    """Open a review of a decision and hold every contact of its customer, in one transaction.

    Raises
    ------
    NotFoundError
        There is no such decision.
    ErasedError
        It was erased with what was kept of its customer.
    ConflictError
        Another review of it is open.
    """
    row = store.decision(decision_id)
    name = digest("\n".join((decision_id, at.isoformat())).encode())[:_DIGITS]
    due_at = at + timedelta(days=DAYS)
    review = Review(f"rev_{name}", row.customer_id, decision_id, at, due_at, grounds, by, f"hold_{name}")
    with store.unit():
        store.reviews.open(review)
        store.record([_hold(review, EventKind.HOLD_PLACED, at)], source=[SOURCE])
    return review


def decide(store: Store, review_id: str, state: ReviewState, explanation: str, by: str, at: datetime) -> Review:
    """Keep what a person decided of a review, and lift the hold, in one transaction.

    Raises
    ------
    NotFoundError
        There is no such review.
    ConflictError
        It was decided already.
    """
    with store.unit():
        review = store.reviews.close(review_id, state, explanation, by, at)
        store.record([_hold(review, EventKind.HOLD_LIFTED, at)], source=[SOURCE])
    return review


def _hold(review: Review, kind: EventKind, at: datetime) -> Event:
    data = {"hold_id": review.hold_id, "kind": str(HoldKind.HUMAN_REVIEW_REQUESTED)}
    return Event(f"{review.hold_id}.{kind}", kind, review.customer_id, at, at, data=data)
