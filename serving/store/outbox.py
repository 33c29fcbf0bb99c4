"""Messages to the outside, kept in the transaction of what they tell and taken from there by whoever delivers them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, literal_column, select, update

from serving.store.database import Transaction
from serving.store.instants import instant, moment_of
from serving.store.statements import OneOf, inserting, limited, statement
from serving.store.tables import outbox

_COLUMNS = ("portfolio", "message_id", "kind", "subject", "due_at", "attempts", "body")
_KEEP = statement(inserting(outbox, *_COLUMNS), *_COLUMNS)
_own = outbox.c.portfolio == bindparam("portfolio")
_due = (
    limited(
        select(outbox.c.seq)
        .where(_own, outbox.c.delivered_at.is_(None), outbox.c.due_at <= bindparam("moment"))
        .order_by(outbox.c.due_at)
    )
    # Several workers side by side: each takes what no other is taking.
    .with_for_update(skip_locked=True)
)
_TAKE = statement(
    update(outbox)
    .where(outbox.c.seq.in_(_due))
    .values(due_at=bindparam("until"), attempts=outbox.c.attempts + literal_column("1"))
    .returning(
        outbox.c.seq,
        outbox.c.message_id,
        outbox.c.kind,
        outbox.c.subject,
        outbox.c.due_at,
        outbox.c.attempts,
        outbox.c.body,
    ),
    "until",
    "portfolio",
    "moment",
    "limit",
)
_MESSAGE = ("message_id", "kind", "subject", "due_at", "body", "attempts")
_DUE = statement(
    limited(
        select(*(outbox.c[name] for name in _MESSAGE))
        .where(_own, outbox.c.delivered_at.is_(None), outbox.c.due_at <= bindparam("moment"))
        .order_by(outbox.c.due_at, outbox.c.seq)
    ).with_for_update(skip_locked=True),
    "portfolio",
    "moment",
    "limit",
)
_DEPTH = statement(
    select(func.count(), func.min(outbox.c.due_at)).where(
        _own, outbox.c.delivered_at.is_(None), outbox.c.due_at <= bindparam("moment")
    ),
    "portfolio",
    "moment",
)
_DELIVERED = statement(
    update(outbox)
    .where(_own, OneOf(outbox.c.message_id, "message_ids"), outbox.c.delivered_at.is_(None))
    .values(delivered_at=bindparam("at")),
    "at",
    "portfolio",
    "message_ids",
)
_LATER = statement(
    update(outbox)
    .where(_own, outbox.c.message_id == bindparam("message_id"), outbox.c.delivered_at.is_(None))
    .values(due_at=bindparam("at")),
    "at",
    "portfolio",
    "message_id",
)


@dataclass(frozen=True, slots=True)
class Message:
    """Something to tell the outside: ``attempts`` is how often it was taken to be delivered."""

    message_id: str
    kind: str
    subject: str
    due_at: datetime
    body: bytes
    attempts: int = 0


def keep(transaction: Transaction, portfolio: str, messages: Sequence[Message]) -> None:
    """Keep messages in the transaction of what they tell."""
    if messages:
        rows = [
            (portfolio, one.message_id, one.kind, one.subject, instant(one.due_at), one.attempts, one.body)
            for one in messages
        ]
        transaction.change_many(_KEEP, rows)


def take(transaction: Transaction, portfolio: str, moment: datetime, until: datetime, limit: int) -> list[Message]:
    """Take messages due at a moment; nobody else gets them before ``until``, when an untold delivery is tried again."""
    found = transaction.rows(_TAKE, instant(until), portfolio, instant(moment), limit)
    return [
        Message(message_id, kind, subject, moment_of(due_at), body, attempts)
        for _, message_id, kind, subject, due_at, attempts, body in sorted(found)
    ]


def due(transaction: Transaction, portfolio: str, moment: datetime, limit: int) -> list[Message]:
    """Read messages due at a moment that nobody else is reading; they are held until the commit."""
    found = transaction.rows(_DUE, portfolio, instant(moment), limit)
    return [
        Message(message_id, kind, subject, moment_of(due_at), body, attempts)
        for message_id, kind, subject, due_at, body, attempts in found
    ]


def depth(transaction: Transaction, portfolio: str, moment: datetime) -> tuple[int, datetime | None]:
    """Count the messages that are due and were not taken, and say since when the oldest waits."""
    ((count, oldest),) = transaction.rows(_DEPTH, portfolio, instant(moment))
    return int(count), moment_of(oldest) if oldest else None


def delivered(transaction: Transaction, portfolio: str, message_ids: Sequence[str], at: datetime) -> int:
    """Mark messages as delivered; return how many were not yet."""
    return transaction.change(_DELIVERED, instant(at), portfolio, transaction.several(message_ids))


def later(transaction: Transaction, portfolio: str, message_id: str, at: datetime) -> None:
    """Put a message off after a delivery that failed."""
    transaction.change(_LATER, instant(at), portfolio, message_id)
