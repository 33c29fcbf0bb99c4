"""The simulated CRM: tells Regua what happened, event by event and no sooner than it happens, as a real one would.

It is the inverse of :mod:`training.outcomes.harvest`: rows of the simulated world become events, and the events
become the same rows again in the canonical tables.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa

from regua.clock import utc
from regua.records import Event
from regua.vocabulary import Channel, EventKind

Row = Mapping[str, Any]
Told = Iterator[tuple[EventKind, datetime, dict[str, Any]]]


@dataclass(slots=True)
class Crm:
    """Holds back what has not happened yet: a message is delivered, read and answered after it is sent."""

    _waiting: list[Event] = field(default_factory=list)

    def learn(self, rows: Mapping[str, pa.Table]) -> None:
        """Take in a simulated day's rows, by canonical table; tables that billing owns are left alone."""
        for table, tell in _TELLERS.items():
            if table in rows:
                for row in rows[table].to_pylist():
                    self._waiting += [_event(table, row, *told) for told in tell(row)]

    def report(self, until: datetime) -> list[Event]:
        """Return, and forget, every event known by an instant, in the order it became known."""
        due = [event for event in self._waiting if event.known_at <= until]
        self._waiting = [event for event in self._waiting if event.known_at > until]
        return sorted(due, key=lambda event: (event.known_at, event.happened_at, event.event_id))


_KEY = {
    "contacts": "contact_id",
    "payments": "payment_id",
    "promises": "promise_id",
    "arrangements": "arrangement_id",
    "arrangement_instalments": "instalment_id",
    "disputes": "dispute_id",
    "consents": "consent_id",
    "contact_points": "contact_point_id",
    "holds": "hold_id",
    "signals": "signal_id",
}


def _event(table: str, row: Row, kind: EventKind, at: datetime, data: dict[str, Any]) -> Event:
    key = _KEY[table]
    happened_at = utc(at)
    return Event(
        event_id=f"{kind.value}:{row[key]}",
        kind=kind,
        customer_id=row["customer_id"],
        contract_id=row.get("contract_id"),
        decision_id=row.get("decision_id"),
        channel=Channel(row["channel"]) if row.get("channel") else None,
        amount_cents=row.get("amount_cents") or row.get("total_cents"),
        happened_at=happened_at,
        known_at=max(happened_at, utc(row["known_at"])),
        data={key: row[key]} | {name: value for name, value in data.items() if value is not None},
    )


def _contact(row: Row) -> Told:
    sent = ("contact_point_id", "cost_cents", "template", "offer", "offer_propensity", "journey", "step")
    yield EventKind.CONTACT_SENT, row["happened_at"], {name: row.get(name) for name in sent}
    for kind, at in (
        (EventKind.CONTACT_ACCEPTED, row.get("accepted_at")),
        (EventKind.CONTACT_DELIVERED, row["delivered_at"]),
        (EventKind.CONTACT_READ, row["read_at"]),
        (EventKind.CONTACT_REPLIED, row["replied_at"]),
    ):
        if at is not None:
            yield kind, at, {}
    if row["outcome"] is not None:
        yield EventKind.CONTACT_OUTCOME, row["outcome_at"] or row["happened_at"], {"outcome": row["outcome"]}


def _payment(row: Row) -> Told:
    yield EventKind.PAYMENT, row["happened_at"], {"invoice_id": row["invoice_id"], "method": row["method"]}


def _promise(row: Row) -> Told:
    yield EventKind.PROMISE_MADE, row["happened_at"], {"promised_for": row["promised_for"].isoformat()}
    if row["resolved_at"] is not None:
        yield EventKind.PROMISE_RESOLVED, row["resolved_at"], {"resolution": row["resolution"]}


def _arrangement(row: Row) -> Told:
    names = ("contact_id", "offer", "kind", "entry_cents", "instalments")
    made = {name: row[name] for name in names} | {"first_due_on": row["first_due_on"].isoformat()}
    yield EventKind.ARRANGEMENT_MADE, row["happened_at"], made
    if row["resolved_at"] is not None:
        yield EventKind.ARRANGEMENT_RESOLVED, row["resolved_at"], {"resolution": row["resolution"]}


def _instalment(row: Row) -> Told:
    of = {"arrangement_id": row["arrangement_id"]}
    yield EventKind.INSTALMENT_DUE, row["happened_at"], of | {"due_on": row["due_on"].isoformat()}
    if row["paid_at"] is not None:
        yield EventKind.INSTALMENT_PAID, row["paid_at"], of


def _dispute(row: Row) -> Told:
    opened = EventKind.PAYMENT_CLAIMED if row["kind"] == "paid_claim" else EventKind.DISPUTE_OPENED
    yield opened, row["happened_at"], {"invoice_id": row["invoice_id"]}
    if row["resolved_at"] is not None:
        yield EventKind.DISPUTE_RESOLVED, row["resolved_at"], {"resolution": row["resolution"]}


def _consent(row: Row) -> Told:
    yield EventKind.OPTED_IN if row["is_granted"] else EventKind.OPTED_OUT, row["happened_at"], {}


def _contact_point(row: Row) -> Told:
    if row["status"] == "wrong_party":
        yield EventKind.WRONG_PARTY, row["status_at"] or row["happened_at"], {}


def _hold(row: Row) -> Told:
    ends_at = row["ends_at"].isoformat() if row["ends_at"] else None
    placed = {"kind": row["kind"], "ends_at": ends_at, "invoice_id": row["invoice_id"]}
    yield EventKind.HOLD_PLACED, row["happened_at"], placed
    if row["lifted_at"] is not None:
        yield EventKind.HOLD_LIFTED, row["lifted_at"], {"kind": row["kind"]}


def _signal(row: Row) -> Told:
    yield EventKind.SIGNAL_RAISED, row["happened_at"], {"kind": row["kind"]}
    if row["cleared_at"] is not None:
        yield EventKind.SIGNAL_CLEARED, row["cleared_at"], {"kind": row["kind"]}


_TELLERS: dict[str, Callable[[Row], Told]] = {
    "contacts": _contact,
    "payments": _payment,
    "promises": _promise,
    "arrangements": _arrangement,
    "arrangement_instalments": _instalment,
    "disputes": _dispute,
    "consents": _consent,
    "contact_points": _contact_point,
    "holds": _hold,
    "signals": _signal,
}

TOLD_TABLES: tuple[str, ...] = tuple(_TELLERS)
"""The canonical tables a CRM tells of; billing feeds the others."""
