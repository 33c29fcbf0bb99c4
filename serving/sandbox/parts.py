"""The parts that test customers play: what each does, and when, counted from the instant it was made."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import orjson

from regua.clock import local_date
from regua.records import Event
from regua.vocabulary import DisputeResolution, EventKind, HoldKind, PromiseResolution, SignalKind
from serving.store.sandbox import KeptActor

SOON = timedelta(hours=1)
"""After this a customer does what its part is about: time to decide and take a permit before."""
DAY = timedelta(days=1)
PROMISED = 4 * DAY
"""How far ahead a promise is made for."""


class Part(StrEnum):
    """What happens with a test customer, after it was made."""

    OVERDUE = "overdue"
    """Nothing: it owes, and can be contacted."""
    PAID = "paid"
    PAID_IN_PART = "paid_in_part"
    PAID_CLAIMED = "paid_claimed"
    PROMISE_KEPT = "promise_kept"
    PROMISE_BROKEN = "promise_broken"
    OPTED_OUT = "opted_out"
    DISPUTED = "disputed"
    HARDSHIP = "hardship"
    DECEASED = "deceased"
    WRONG_PARTY = "wrong_party"
    PROVIDER_TIMEOUT = "provider_timeout"
    """The provider does not answer its sender, and reports an hour after the permit was said to be unknown."""
    NOT_FOUND = "not_found"
    """Nobody: there is no profile."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A test customer: its part, and what it owes on the day it is made."""

    customer_id: str
    part: Part
    begins_at: datetime
    days_past_due: int
    balance_cents: int
    region: str

    @property
    def contract_id(self) -> str:
        """Its one contract."""
        return f"contract-{self.customer_id}"

    def due_on(self, zone: str) -> date:
        """Return the day its invoice fell, or falls, due."""
        return local_date(self.begins_at, zone) - timedelta(days=self.days_past_due)

    @classmethod
    def of(cls, kept: KeptActor) -> "Actor":
        """Read one as it is kept."""
        return cls(kept.customer_id, Part(kept.part), kept.begins_at, **orjson.loads(kept.body))

    def kept(self) -> KeptActor:
        """Return it as it is kept."""
        details = {name: getattr(self, name) for name in ("days_past_due", "balance_cents", "region")}
        body = orjson.dumps(details, option=orjson.OPT_SORT_KEYS).decode()
        return KeptActor(self.customer_id, str(self.part), self.begins_at, body)


def script(actor: Actor, zone: str) -> list[Event]:
    """Return all that will happen with a test customer, in order.

    Each event becomes known in the instant it happens, when a test clock passes it.
    """
    return list(_SCRIPTS[actor.part](_Told(actor, zone))) if actor.part in _SCRIPTS else []


@dataclass(frozen=True, slots=True)
class _Told:
    """Writes the events of one actor."""

    actor: Actor
    zone: str

    def event(self, kind: EventKind, after: timedelta, amount_cents: int | None = None, /, **data: Any) -> Event:
        at, who = self.actor.begins_at + after, self.actor
        hours = int(after / timedelta(hours=1))
        name = f"{who.customer_id}.{kind}.{hours}h"
        contract = who.contract_id if kind in _OF_CONTRACT else None
        return Event(name, kind, who.customer_id, at, at, contract, amount_cents=amount_cents, data=data)

    def name(self, what: str) -> str:
        return f"{what}-{self.actor.customer_id}"

    def paid(self, after: timedelta, share: float = 1.0) -> Event:
        amount = max(round(self.actor.balance_cents * share), 1)
        return self.event(EventKind.PAYMENT, after, amount, payment_id=self.name("payment"), method="pix")

    def promised(self) -> Event:
        day = local_date(self.actor.begins_at + PROMISED, self.zone).isoformat()
        amount, name = self.actor.balance_cents, self.name("promise")
        return self.event(EventKind.PROMISE_MADE, SOON, amount, promise_id=name, promised_for=day)

    def resolved(self, after: timedelta, resolution: PromiseResolution) -> Event:
        name = self.name("promise")
        return self.event(EventKind.PROMISE_RESOLVED, after, promise_id=name, resolution=str(resolution))

    def settled(self, after: timedelta, kind: str) -> Event:
        name, end = self.name("dispute"), str(DisputeResolution.REJECTED)
        return self.event(EventKind.DISPUTE_RESOLVED, after, dispute_id=name, resolution=end, kind=kind)

    def held(self, kind: HoldKind, lasts: timedelta | None = None) -> Event:
        data: dict[str, Any] = {"hold_id": self.name("hold"), "kind": str(kind)}
        if lasts is not None:
            data["ends_at"] = (self.actor.begins_at + SOON + lasts).isoformat()
        return self.event(EventKind.HOLD_PLACED, SOON, **data)


_OF_CONTRACT = frozenset({EventKind.PAYMENT, EventKind.PAYMENT_CLAIMED, EventKind.DISPUTE_OPENED})


def _paid_claimed(told: _Told) -> Iterator[Event]:
    yield told.event(EventKind.PAYMENT_CLAIMED, SOON, dispute_id=told.name("dispute"))
    yield told.settled(5 * DAY, "paid_claim")


def _promise_kept(told: _Told) -> Iterator[Event]:
    yield told.promised()
    yield told.paid(PROMISED)
    yield told.resolved(PROMISED + SOON, PromiseResolution.KEPT)


def _promise_broken(told: _Told) -> Iterator[Event]:
    yield told.promised()
    yield told.resolved(PROMISED + DAY, PromiseResolution.BROKEN)


def _disputed(told: _Told) -> Iterator[Event]:
    yield told.event(EventKind.DISPUTE_OPENED, SOON, dispute_id=told.name("dispute"))
    yield told.settled(10 * DAY, "dispute")


def _hardship(told: _Told) -> Iterator[Event]:
    kind = str(SignalKind.HARDSHIP_DECLARED)
    yield told.event(EventKind.SIGNAL_RAISED, SOON, signal_id=told.name("signal"), kind=kind)
    yield told.held(HoldKind.HARDSHIP_REVIEW, 30 * DAY)


_SCRIPTS: Mapping[Part, Callable[[_Told], Iterator[Event]]] = {
    Part.PAID: lambda told: iter([told.paid(SOON)]),
    Part.PAID_IN_PART: lambda told: iter([told.paid(SOON, 0.5)]),
    Part.PAID_CLAIMED: _paid_claimed,
    Part.PROMISE_KEPT: _promise_kept,
    Part.PROMISE_BROKEN: _promise_broken,
    Part.OPTED_OUT: lambda told: iter([told.event(EventKind.OPTED_OUT, SOON, consent_id=told.name("consent"))]),
    Part.DISPUTED: _disputed,
    Part.HARDSHIP: _hardship,
    Part.DECEASED: lambda told: iter([told.held(HoldKind.DECEASED)]),
    Part.WRONG_PARTY: lambda told: iter([told.event(EventKind.WRONG_PARTY, SOON)]),
}
