"""Permits as they are kept: issued with their decision, changed by compare-and-set, revoked with what revokes them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import orjson
from sqlalchemy import bindparam, literal_column, select, update

from regua.errors import ConflictError, NotFoundError
from regua.records import Event
from serving.store import audit, chain, outbox
from serving.store.chain import Entry
from serving.store.database import Answer, Row, Transaction
from serving.store.instants import instant, moment_of
from serving.store.outbox import Message
from serving.store.permit import FOLLOWING, OCCUPYING, REVOKING, SENDING, Permit, PermitState
from serving.store.statements import OneOf, inserting, limited, statement
from serving.store.tables import permits as table

_COLUMNS = (
    "permit_id",
    "decision_id",
    "customer_id",
    "contract_id",
    "channel",
    "slot",
    "not_before",
    "expires_at",
    "state",
    "changed_at",
    "reason",
    "changed_by",
    "claimed_at",
)
_own = table.c.portfolio == bindparam("portfolio")
_read = select(*(table.c[name] for name in _COLUMNS))
_ISSUE = statement(inserting(table, "portfolio", *_COLUMNS), "portfolio", *_COLUMNS)
_ONE = statement(_read.where(_own, table.c.permit_id == bindparam("permit_id")), "portfolio", "permit_id")
_OF_CUSTOMERS = statement(
    _read.where(_own, OneOf(table.c.customer_id, "ids"), OneOf(table.c.state, "states")).order_by(table.c.permit_id),
    "portfolio",
    "ids",
    "states",
)
_OF_DECISIONS = statement(_read.where(_own, OneOf(table.c.decision_id, "ids")), "portfolio", "ids")
_PAST = {
    # The state is no parameter: an index of its own answers for each of the two.
    state: statement(
        limited(
            _read.where(
                _own, table.c.state == literal_column(f"'{state}'"), table.c.expires_at <= bindparam("moment")
            ).order_by(table.c.expires_at)
        ),
        "portfolio",
        "moment",
        "limit",
    )
    for state in (PermitState.OPEN, PermitState.CLAIMED)
}
_TURN = statement(
    update(table)
    .where(_own, table.c.permit_id == bindparam("permit_id"), table.c.state == bindparam("old"))
    .values(
        state=bindparam("new"),
        changed_at=bindparam("at"),
        reason=bindparam("why"),
        changed_by=bindparam("by"),
        claimed_at=bindparam("since"),
    ),
    "new",
    "at",
    "why",
    "by",
    "since",
    "portfolio",
    "permit_id",
    "old",
)


def issue(transaction: Transaction, portfolio: str, permits: Sequence[Permit]) -> list[Entry]:
    """Keep new permits; their customers are held, and nobody else has their slots (:func:`make_room`)."""
    transaction.change_many(_ISSUE, ((portfolio, *_row(permit)) for permit in permits))
    # One that is claimed in the instant of its decision was open in it too.
    told = [_told(step) for permit in permits for step in _steps(permit)]
    outbox.keep(transaction, portfolio, [message for _, message in told])
    return [entry for entry, _ in told]


def one(transaction: Transaction, portfolio: str, permit_id: str) -> Permit:
    """Read a permit.

    Raises
    ------
    NotFoundError
        There is none of this identifier.
    """
    found = transaction.rows(_ONE, portfolio, permit_id)
    if not found:
        raise NotFoundError(f"no permit {permit_id}", expected="an identifier such as a decision's permit has")
    return _permit(found[0])


def of_customers(
    transaction: Transaction,
    portfolio: str,
    customer_ids: Iterable[str],
    states: Iterable[PermitState] = OCCUPYING,
) -> list[Permit]:
    """Read the permits of customers that are in one of some states."""
    return _ask_of_customers(transaction, portfolio, customer_ids, states)()


def _ask_of_customers(
    transaction: Transaction, portfolio: str, customer_ids: Iterable[str], states: Iterable[PermitState]
) -> Answer[list[Permit]]:
    ids, wanted = transaction.several(customer_ids), transaction.several(str(state) for state in states)
    found = transaction.ask(_OF_CUSTOMERS, portfolio, ids, wanted)
    return lambda: [_permit(row) for row in found()]


def ask_standing(transaction: Transaction, portfolio: str, asked: Sequence[Permit]) -> Answer[list[Permit]]:
    """Ask for the permits that the customers who are to have new ones have already, where any are asked for."""
    if not asked:
        return list
    return _ask_of_customers(transaction, portfolio, {one.customer_id for one in asked}, OCCUPYING)


def make_room(
    transaction: Transaction, portfolio: str, asked: Sequence[Permit], there: Iterable[Permit]
) -> tuple[list[Entry], set[str]]:
    """Close what has expired of the customers who are to have new permits, as of the new permits' own moment.

    Parameters
    ----------
    there
        Permits they have, and of others perhaps (:func:`ask_standing`).

    Returns
    -------
    What the audit chain must tell, and the customers whose slots, as asked for, another permit holds, or another of
    those asked for.
    """
    now = {permit.customer_id: permit.changed_at for permit in asked}
    standing = [one for one in there if one.customer_id in now]
    expired = [one for one in standing if one.state is PermitState.OPEN and one.expires_at <= now[one.customer_id]]
    entries = [turn(transaction, portfolio, one, PermitState.EXPIRED, now[one.customer_id])[1] for one in expired]
    gone = {one.permit_id for one in expired}
    held = {_slot(one): one.permit_id for one in standing if one.permit_id not in gone}
    taken = {one.customer_id for one in asked if held.setdefault(_slot(one), one.permit_id) != one.permit_id}
    return entries, taken


def turn(
    transaction: Transaction,
    portfolio: str,
    permit: Permit,
    state: PermitState,
    at: datetime,
    reason: str | None = None,
    by: str | None = None,
) -> tuple[Permit, Entry]:
    """Change a permit's state, if it still stands as it was read.

    Raises
    ------
    ConflictError
        It stands otherwise, or may not become this.
    """
    allowed = state in FOLLOWING.get(permit.state, ())
    claimed_at = at if state is PermitState.CLAIMED else permit.claimed_at
    since = instant(claimed_at) if claimed_at else None
    words = (str(state), instant(at), reason, by, since, portfolio, permit.permit_id, str(permit.state))
    if not allowed or not transaction.change(_TURN, *words):
        raise ConflictError(
            f"permit {permit.permit_id} is {permit.state}, it cannot become {state}",
            expected="a permit that " + ("was not changed meanwhile" if allowed else "may become this"),
            remedy="read the permit; a contact is sent only on one that was claimed",
        )
    turned = replace(permit, state=state, changed_at=at, reason=reason, changed_by=by, claimed_at=claimed_at)
    entry, message = _told(turned)
    outbox.keep(transaction, portfolio, [message])
    return turned, entry


def revoke(transaction: Transaction, portfolio: str, why: Mapping[str, tuple[str, datetime]]) -> list[Entry]:
    """Revoke all open permits of customers: why, and as of when, by customer."""
    if not why:
        return []
    opened = of_customers(transaction, portfolio, why, (PermitState.OPEN,))
    return [
        turn(transaction, portfolio, permit, PermitState.REVOKED, at, reason)[1]
        for permit in opened
        for reason, at in (why[permit.customer_id],)
    ]


def follow(transaction: Transaction, portfolio: str, news: Sequence[Event]) -> list[Entry]:
    """Bring permits up to events just kept: first those whose contact was made, then those that must fall."""
    entries = settle(transaction, portfolio, [one for one in news if one.kind in SENDING])
    why: dict[str, tuple[str, datetime]] = {}
    for event in news:
        if event.kind in REVOKING:
            why.setdefault(event.customer_id, (str(event.kind), event.known_at))
    return entries + revoke(transaction, portfolio, why)


def settle(transaction: Transaction, portfolio: str, told: Iterable[Event]) -> list[Entry]:
    """Turn permits of which it was open, or unknown, whether their contact was made: a report says it was.

    A permit that was revoked, ran out or was given back stays so, whatever is reported: the contact it did not permit
    counts by its report alone.
    """
    reports = {event.decision_id: event for event in told if event.decision_id is not None}
    if not reports:
        return []
    ids = transaction.several(reports)
    found = [_permit(row) for row in transaction.rows(_OF_DECISIONS, portfolio, ids)]
    return [
        turn(transaction, portfolio, permit, PermitState.SENT, event.known_at, str(event.kind))[1]
        for permit in found
        for event in (reports[permit.decision_id],)
        if PermitState.SENT in FOLLOWING.get(permit.state, ()) and permit.customer_id == event.customer_id
    ]


def past(transaction: Transaction, portfolio: str, state: PermitState, moment: datetime, limit: int) -> list[Permit]:
    """Read the permits that are still open, or claimed, though their time had passed at a moment; the oldest first."""
    return [_permit(row) for row in transaction.rows(_PAST[state], portfolio, instant(moment), limit)]


def _steps(permit: Permit) -> tuple[Permit, ...]:
    opened = replace(permit, state=PermitState.OPEN, reason=None, changed_by=None, claimed_at=None)
    return (permit,) if permit.state is PermitState.OPEN else (opened, permit)


def _slot(permit: Permit) -> tuple[str, str, str]:
    return permit.customer_id, permit.contract_id, permit.slot


def _told(permit: Permit) -> tuple[Entry, Message]:
    """Return what the audit chain and the outside are told of a permit's state."""
    row = _row(permit)
    at, kind = instant(permit.changed_at), f"permit.{permit.state}"
    body = orjson.dumps(dict(zip(_COLUMNS, row, strict=True)), option=orjson.OPT_SORT_KEYS)
    name = audit.message_id(permit.permit_id, kind)
    entry = Entry(kind, permit.customer_id, permit.permit_id, at, chain.digest_of_permit(row))
    return entry, Message(name, kind, permit.permit_id, permit.changed_at, body)


def _row(permit: Permit) -> tuple[str | None, ...]:
    return (
        permit.permit_id,
        permit.decision_id,
        permit.customer_id,
        permit.contract_id,
        permit.channel,
        permit.slot,
        instant(permit.not_before),
        instant(permit.expires_at),
        str(permit.state),
        instant(permit.changed_at),
        permit.reason,
        permit.changed_by,
        instant(permit.claimed_at) if permit.claimed_at else None,
    )


def _permit(row: Row) -> Permit:
    named = dict(zip(_COLUMNS, row, strict=True))
    instants = {
        name: moment_of(named[name])
        for name in ("not_before", "expires_at", "changed_at", "claimed_at")
        if named[name] is not None
    }
    return Permit(**{**named, **instants, "state": PermitState(named["state"])})
