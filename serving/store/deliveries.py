"""Deliveries of messages to webhook endpoints: who still has to be told, when it is tried next, and what was tried."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import and_, bindparam, func, literal_column, select, update

from regua.errors import NotFoundError
from serving.store.database import Row, Transaction
from serving.store.endpoints import Endpoint
from serving.store.instants import instant, moment_of
from serving.store.outbox import Message
from serving.store.statements import inserting, limited, statement
from serving.store.tables import outbox, webhook_attempts
from serving.store.tables import webhook_deliveries as table

_COLUMNS = ("delivery_id", "endpoint_id", "message_id", "told_at", "began_at", "due_at", "attempts", "state")
_own = table.c.portfolio == bindparam("portfolio")
_this = table.c.delivery_id == bindparam("delivery_id")
_same = and_(outbox.c.message_id == table.c.message_id, outbox.c.portfolio == table.c.portfolio)
_waits = table.c.state == literal_column("'waiting'")
_read = select(table.c.seq, *(table.c[name] for name in _COLUMNS), outbox.c.kind, outbox.c.subject, outbox.c.body).join(
    outbox, _same
)
_ADD = statement(
    inserting(table, "portfolio", *_COLUMNS).on_conflict_do_nothing(),
    "portfolio",
    *_COLUMNS,
)
_ONE = statement(_read.where(_own, _this), "portfolio", "delivery_id")
_DUE = statement(
    limited(
        _read.where(
            _own, table.c.endpoint_id == bindparam("endpoint_id"), _waits, table.c.due_at <= bindparam("moment")
        ).order_by(table.c.due_at, table.c.seq)
    )
    # Several workers side by side: each takes what no other is taking.
    .with_for_update(of=table, skip_locked=True),
    "portfolio",
    "endpoint_id",
    "moment",
    "limit",
)
_LEASE = statement(
    update(table)
    .where(_own, _this)
    .values(due_at=bindparam("due_at"), attempts=table.c.attempts + literal_column("1")),
    "due_at",
    "portfolio",
    "delivery_id",
)
_TURN = statement(
    update(table).where(_own, _this, _waits).values(due_at=bindparam("due_at"), state=bindparam("new")),
    "due_at",
    "new",
    "portfolio",
    "delivery_id",
)
_AGAIN = statement(
    update(table)
    .where(_own, _this)
    .values(began_at=bindparam("moment"), due_at=bindparam("now"), state=literal_column("'waiting'")),
    "moment",
    "now",
    "portfolio",
    "delivery_id",
)
_CANCEL = statement(
    update(table)
    .where(_own, table.c.endpoint_id == bindparam("endpoint_id"), _waits)
    .values(state=literal_column("'cancelled'")),
    "portfolio",
    "endpoint_id",
)
_PAGE = statement(
    limited(_read.where(_own, table.c.seq < bindparam("before")).order_by(table.c.seq.desc())),
    "portfolio",
    "before",
    "limit",
)
_COUNTED = statement(select(table.c.state, func.count()).where(_own).group_by(table.c.state), "portfolio")
_TRIED = ("portfolio", "delivery_id", "at", "status", "problem", "took_ms")
_KEEP_ATTEMPT = statement(inserting(webhook_attempts, *_TRIED), *_TRIED)
_ATTEMPTS = statement(
    select(*(webhook_attempts.c[name] for name in _TRIED[2:]))
    .where(
        webhook_attempts.c.portfolio == bindparam("portfolio"),
        webhook_attempts.c.delivery_id == bindparam("delivery_id"),
    )
    .order_by(webhook_attempts.c.seq),
    "portfolio",
    "delivery_id",
)


class DeliveryState(StrEnum):
    """Where a delivery stands: still to be tried, heard, given up after three days, or its endpoint was removed."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on its way to one endpoint.

    ``told_at`` is when what it tells happened; ``began_at`` when it was first to be tried, or last asked for again;
    ``attempts`` how often it was taken to be tried.
    """

    seq: int
    delivery_id: str
    endpoint_id: str
    message_id: str
    told_at: datetime
    began_at: datetime
    due_at: datetime
    attempts: int
    state: DeliveryState
    kind: str
    subject: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: the status that was answered, or why none was."""

    at: datetime
    status: int | None
    problem: str | None
    took_ms: int


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a try: where the delivery stands now, and when it is tried next if it waits on."""

    delivery: Delivery
    attempt: Attempt
    state: DeliveryState
    due_at: datetime


def delivery_id(portfolio: str, endpoint_id: str, message_id: str) -> str:
    """Name the delivery of a message to an endpoint: the same two have one."""
    return "del_" + hashlib.sha256("\n".join((portfolio, endpoint_id, message_id)).encode()).hexdigest()[:26]


def add(transaction: Transaction, portfolio: str, pairs: Iterable[tuple[Endpoint, Message]], moment: datetime) -> None:
    """Have messages delivered to endpoints, from a moment on; a pair that is known already stays as it is."""
    now, waiting = instant(moment), str(DeliveryState.WAITING)
    transaction.change_many(
        _ADD,
        [
            (
                portfolio,
                delivery_id(portfolio, endpoint.endpoint_id, message.message_id),
                endpoint.endpoint_id,
                message.message_id,
                instant(message.due_at),
                *(now, now, 0, waiting),
            )
            for endpoint, message in pairs
        ],
    )


def one(transaction: Transaction, portfolio: str, name: str) -> Delivery:
    """Read a delivery.

    Raises
    ------
    NotFoundError
        There is none of this identifier.
    """
    found = transaction.rows(_ONE, portfolio, name)
    if not found:
        raise NotFoundError(f"no webhook delivery {name}", expected="one of GET /v1/webhook-deliveries")
    return _delivery(found[0])


def take(
    transaction: Transaction, portfolio: str, endpoint_id: str, moment: datetime, until: datetime, limit: int
) -> list[Delivery]:
    """Take what is due to an endpoint; nobody else gets it before ``until``, when an untold end is tried again."""
    found = [_delivery(row) for row in transaction.rows(_DUE, portfolio, endpoint_id, instant(moment), limit)]
    transaction.change_many(_LEASE, [(instant(until), portfolio, one.delivery_id) for one in found])
    return found


def turn(transaction: Transaction, portfolio: str, delivery: Delivery, state: DeliveryState, due_at: datetime) -> None:
    """Say where a delivery that waits stands now, and when it is tried next if it waits on."""
    transaction.change(_TURN, instant(due_at), str(state), portfolio, delivery.delivery_id)


def begin_again(transaction: Transaction, portfolio: str, name: str, moment: datetime) -> None:
    """Let a delivery begin anew, wherever it stands."""
    transaction.change(_AGAIN, instant(moment), instant(moment), portfolio, name)


def keep_attempt(transaction: Transaction, portfolio: str, name: str, attempt: Attempt) -> None:
    """Keep what became of one try."""
    at = instant(attempt.at)
    transaction.change(_KEEP_ATTEMPT, portfolio, name, at, attempt.status, attempt.problem, attempt.took_ms)


def attempts(transaction: Transaction, portfolio: str, name: str) -> list[Attempt]:
    """Read the tries of a delivery, the first one first."""
    return [Attempt(moment_of(at), *rest) for at, *rest in transaction.rows(_ATTEMPTS, portfolio, name)]


def cancel(transaction: Transaction, portfolio: str, endpoint_id: str) -> None:
    """Let go of what still waits for an endpoint."""
    transaction.change(_CANCEL, portfolio, endpoint_id)


def page(transaction: Transaction, portfolio: str, before: int, limit: int) -> Sequence[Delivery]:
    """Read deliveries from the newest back, of those numbered below ``before``."""
    return [_delivery(row) for row in transaction.rows(_PAGE, portfolio, before, limit)]


def counted(transaction: Transaction, portfolio: str) -> dict[str, int]:
    """Count deliveries by state."""
    return {str(state): int(number) for state, number in transaction.rows(_COUNTED, portfolio)}


def _delivery(row: Row) -> Delivery:
    seq, *rest = row
    named = dict(zip((*_COLUMNS, "kind", "subject", "body"), rest, strict=True))
    instants = {name: moment_of(named[name]) for name in ("told_at", "began_at", "due_at")}
    return Delivery(seq, **{**named, **instants, "state": DeliveryState(named["state"])})
