"""Contacts that decisions planned and that still count: those whose permit has ended unused do not."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, select

from serving.store.database import Answer, Row, Transaction
from serving.store.instants import instant, moment_of
from serving.store.permit import OCCUPYING, PermitState
from serving.store.statements import OneOf, statement
from serving.store.tables import decisions, permits

_MOMENT = timedelta(microseconds=1)
_own = decisions.c.portfolio == bindparam("portfolio")
_PLANS = statement(
    select(
        decisions.c.decision_id,
        decisions.c.customer_id,
        decisions.c.channel,
        decisions.c.send_at,
        decisions.c.decided_at,
        permits.c.contract_id,
        permits.c.slot,
        permits.c.state,
        permits.c.expires_at,
        permits.c.changed_at,
        permits.c.claimed_at,
    )
    .select_from(
        decisions.outerjoin(
            permits,
            and_(permits.c.decision_id == decisions.c.decision_id, permits.c.portfolio == decisions.c.portfolio),
        )
    )
    .where(
        _own,
        OneOf(decisions.c.customer_id, "ids"),
        decisions.c.channel.is_not(None),
        decisions.c.send_at >= bindparam("since"),
    )
    .order_by(decisions.c.seq),
    "portfolio",
    "ids",
    "since",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """A contact some decision planned, and the slot that its permit holds: none where none was asked for.

    ``send_at`` is when it goes out, or when its sender took the permit, if that was later; of one that was reported and
    never taken it is when that was told, and at the latest the end of its time. ``is_of_moment``: it was decided in the
    very moment that is asked about.
    """

    decision_id: str
    customer_id: str
    channel: str
    send_at: datetime
    contract_id: str | None = None
    slot: str | None = None
    is_of_moment: bool = False


def ask(transaction: Transaction, portfolio: str, ids: object, since: datetime, now: str) -> Answer[Iterator[Plan]]:
    """Ask for the plans of customers that stand at an instant."""
    found = transaction.ask(_PLANS, portfolio, ids, instant(since))
    return lambda: _standing(found(), now)


def _standing(rows: Iterable[Row], now: str) -> Iterator[Plan]:
    for decision_id, customer_id, channel, send_at, decided_at, *held in rows:
        contract_id, slot, state, expires_at, changed_at, claimed_at = held
        is_now = decided_at == now
        if state is None:
            yield Plan(decision_id, customer_id, channel, moment_of(send_at), is_of_moment=is_now)
        elif state == PermitState.OPEN:
            if now < expires_at:
                yield Plan(decision_id, customer_id, channel, moment_of(send_at), contract_id, slot, is_now)
        elif state in OCCUPYING:
            last = moment_of(expires_at) - _MOMENT
            at = min(max(moment_of(send_at), moment_of(claimed_at or changed_at)), last)
            yield Plan(decision_id, customer_id, channel, at, contract_id, slot, is_now)
