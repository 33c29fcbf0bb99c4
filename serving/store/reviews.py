"""Decisions that somebody contested: looked at again by a person, by a day, with an outcome that is kept."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import bindparam, select, update

from regua.errors import ConflictError, NotFoundError
from regua.records import canonical
from serving.store import audit, chain, subjects
from serving.store.chain import Entry
from serving.store.database import Database, Transaction
from serving.store.instants import instant, moment_of
from serving.store.statements import inserting, limited, statement
from serving.store.tables import reviews as table

_COLUMNS = ("review_id", "customer_id", "decision_id", "state", "opened_at", "due_at", "closed_at", "body")
_own = table.c.portfolio == bindparam("portfolio")
_read = select(*(table.c[name] for name in _COLUMNS))
_KEEP = statement(inserting(table, "portfolio", *_COLUMNS), "portfolio", *_COLUMNS)
_ONE = statement(_read.where(_own, table.c.review_id == bindparam("review_id")), "portfolio", "review_id")
_ALL = statement(
    limited(_read.where(_own, table.c.review_id > bindparam("after")).order_by(table.c.review_id)),
    "portfolio",
    "after",
    "limit",
)
_OF = statement(
    _read.where(table.c.customer_id == bindparam("customer_id"), _own).order_by(table.c.opened_at),
    "customer_id",
    "portfolio",
)
_CLOSE = statement(
    update(table)
    .where(_own, table.c.review_id == bindparam("review_id"), table.c.closed_at.is_(None))
    .values(state=bindparam("new"), closed_at=bindparam("at"), body=bindparam("said")),
    "new",
    "at",
    "said",
    "portfolio",
    "review_id",
)


class ReviewState(StrEnum):
    """Where a review stands: open until a person decides; what was decided stood, was changed, or was withdrawn."""

    OPEN = "open"
    UPHELD = "upheld"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Review:
    """A decision that somebody contested, and what a person made of it by ``due_at``.

    ``hold_id`` is the hold that keeps the customer from every contact meanwhile.
    """

    review_id: str
    customer_id: str
    decision_id: str
    opened_at: datetime
    due_at: datetime
    grounds: str
    opened_by: str
    hold_id: str
    state: ReviewState = ReviewState.OPEN
    closed_at: datetime | None = None
    explanation: str | None = None
    closed_by: str | None = None

    def is_late(self, at: datetime) -> bool:
        """Say whether a person should have decided by now."""
        return (self.closed_at or at) > self.due_at


class Reviews:
    """The reviews of one portfolio; each call is one transaction, kept when it returns."""

    def __init__(self, database: Database, portfolio: str) -> None:
        self._database, self._portfolio = database, portfolio

    def open(self, review: Review) -> None:
        """Keep a new review.

        Raises
        ------
        ConflictError
            Another review of the same decision is open.
        """
        with self._database.writing() as transaction:
            transaction.hold(self._portfolio, [review.customer_id])
            for one in self._read(transaction, transaction.rows(_OF, review.customer_id, self._portfolio)):
                if one.decision_id == review.decision_id and one.state is ReviewState.OPEN:
                    raise ConflictError(
                        f"decision {review.decision_id} is being reviewed already",
                        expected="one review of a decision at a time",
                        remedy=f"read review {one.review_id}",
                    )
            row = self._row(transaction, review)
            transaction.change(_KEEP, self._portfolio, *row)
            self._tell(transaction, review, review.opened_at, review.opened_by)

    def close(self, review_id: str, state: ReviewState, explanation: str, by: str, at: datetime) -> Review:
        """Keep what a person decided.

        Raises
        ------
        NotFoundError
            There is no such review.
        ConflictError
            It was decided already.
        """
        with self._database.writing() as transaction:
            review = self._one(transaction, review_id)
            closed = replace(review, state=state, closed_at=at, explanation=explanation, closed_by=by)
            said = self._row(transaction, closed)[-1]
            if not transaction.change(_CLOSE, str(state), instant(at), said, self._portfolio, review_id):
                raise ConflictError(f"review {review_id} is {review.state}", expected="one that is open")
            self._tell(transaction, closed, at, by)
            return closed

    def one(self, review_id: str) -> Review:
        """Read a review.

        Raises
        ------
        NotFoundError
            There is no such review.
        """
        with self._database.reading() as transaction:
            return self._one(transaction, review_id)

    def all(self, after: str = "", limit: int = 1_000) -> list[Review]:
        """Read reviews in the order of their names, but not what was erased."""
        with self._database.reading() as transaction:
            return list(self._read(transaction, transaction.rows(_ALL, self._portfolio, after, limit)))

    def of(self, customer_id: str) -> list[Review]:
        """Read the reviews of a customer, oldest first."""
        with self._database.reading() as transaction:
            return list(self._read(transaction, transaction.rows(_OF, customer_id, self._portfolio)))

    def _one(self, transaction: Transaction, review_id: str) -> Review:
        found = list(self._read(transaction, transaction.rows(_ONE, self._portfolio, review_id)))
        if not found:
            raise NotFoundError(f"no review {review_id}", expected="an identifier such as a review request was given")
        return found[0]

    def _read(self, transaction: Transaction, rows: Sequence[tuple[Any, ...]]) -> Iterator[Review]:
        keys = subjects.read(transaction, self._portfolio, transaction.several({row[1] for row in rows}))
        for review_id, customer_id, decision_id, state, opened_at, due_at, closed_at, sealed in rows:
            body = keys.open(customer_id, bytes(sealed))
            said = orjson.loads(body) if body else {}
            if "grounds" in said:
                closed = moment_of(closed_at) if closed_at else None
                times = (moment_of(opened_at), moment_of(due_at))
                yield Review(
                    review_id, customer_id, decision_id, *times, **said, state=ReviewState(state), closed_at=closed
                )

    def _row(self, transaction: Transaction, review: Review) -> tuple[Any, ...]:
        at = instant(review.opened_at)
        keys = subjects.read_or_make(transaction, self._portfolio, [review.customer_id], at)
        said = {name: getattr(review, name) for name in ("grounds", "opened_by", "hold_id", "explanation", "closed_by")}
        closed = instant(review.closed_at) if review.closed_at else None
        names = (review.review_id, review.customer_id, review.decision_id, str(review.state))
        return (*names, at, instant(review.due_at), closed, keys.seal(review.customer_id, canonical(said)))

    def _tell(self, transaction: Transaction, review: Review, at: datetime, by: str) -> None:
        kind = f"review.{review.state}"
        told = chain.digest_of_texts(kind, review.review_id, review.decision_id, instant(at), by)
        audit.append(
            transaction, self._portfolio, [Entry(kind, review.customer_id, review.review_id, instant(at), told)]
        )
