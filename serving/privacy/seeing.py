"""One customer as the service sees one: each fact with its age, who may be told what, and when contact is permitted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from features import catalog
from journeys.book import Book
from journeys.guardrails import REGISTER, earliest, named, rules, stopping
from journeys.language.strict import PURPOSES
from journeys.rulebook.row import Alone
from regua.clock import local_date
from regua.columns import Columns
from regua.errors import NotFoundError
from regua.vocabulary import CHANNELS
from serving.deciding.inputs import Inputs
from serving.service import Service
from serving.store.erasing import Person

PURPOSE = "collection"
_HIDDEN = frozenset({"contract_id", "lead_contract_id"})


@dataclass(frozen=True, slots=True)
class Seen:
    """A customer at a moment: what the next decision would be made on, and all that is kept."""

    inputs: Inputs
    person: Person
    profile_at: datetime | None
    stale: frozenset[str]

    @property
    def columns(self) -> Columns:
        """What a decision would see, ``(1,)`` each."""
        return self.inputs.columns


def see(service: Service, customer_id: str, at: datetime) -> Seen:
    """Look at a customer.

    Raises
    ------
    NotFoundError
        Nobody of this name was ever here, or it is somebody of another portfolio.
    """
    pipeline = service.pipeline
    inputs, _ = pipeline.inputs([customer_id], at)
    person = service.store.subjects.of(customer_id)
    if not (inputs.columns["has_profile"][0] or person.is_known):
        raise NotFoundError(
            "no such customer", expected="a pseudonym this portfolio knows", remedy="check the identifier"
        )
    stamp = inputs.columns["profile_at"][0]
    codes = inputs.columns["input_codes"][0] or ()
    stale = frozenset(code.removeprefix("stale_") for code in codes if code.startswith("stale_"))
    return Seen(inputs, person, None if stamp is None else datetime.fromisoformat(stamp), stale)


def features(seen: Seen, *, is_masked: bool) -> Iterator[dict[str, Any]]:
    """Tell every feature with value and state: ``fresh``, ``stale`` or ``missing``; masked, without money and keys."""
    for one in catalog.FEATURES:
        value = seen.columns[one.name][0]
        if isinstance(value, float | np.floating):
            value = None if np.isnan(value) else int(value) if one.kind == "cents" else float(value)
        is_hidden = is_masked and (one.name in _HIDDEN or one.sensitivity == "financial")
        is_stale = one.name in seen.stale or one.view in seen.stale
        yield {
            "name": one.name,
            "view": one.view,
            "unit": one.unit,
            "value": None if is_hidden else value,
            "is_masked": is_hidden,
            "state": "stale" if is_stale else "missing" if value is None else "fresh",
        }


def windows(seen: Seen, book: Book, at: datetime) -> Iterator[dict[str, Any]]:
    """Tell of each channel when a contact is permitted next, and what stops it now.

    ``earliest_at`` is when every rule lets go by waiting alone, within permitted hours; None where a rule waits for
    something to happen. It is asked for a contact of collection, without an offer, of what is known at the moment.
    """
    policy = book.policies.on(local_date(at, book.policies.zone))
    columns = dict(seen.columns)
    columns["purpose"] = np.array([PURPOSES.index(PURPOSE)], np.int8)
    for name in ("offer_payment_cents", "income_cents"):
        columns[name] = np.full(1, np.nan)
    row = Alone(columns)
    for index, channel in enumerate(CHANNELS):
        bits = stopping(columns, index, policy, at)
        yield {
            "channel": str(channel),
            "is_permitted": not bits,
            "earliest_at": at if not bits else earliest(row, index, bits, policy, at),
            "blocked_by": [
                {"guardrail": name, "source": REGISTER[name].SOURCE, "text": dict(REGISTER[name].WORDS)}
                for name in named(bits)
            ],
            "rules": list(rules(row, index, bits, policy, at)),
        }


def timeline(person: Person, *, is_masked: bool) -> list[dict[str, Any]]:
    """Tell all that is kept of somebody, the newest first: what was decided, what happened, what leave was given."""
    told = [
        {
            "at": row.decided_at,
            "kind": "decision",
            "id": row.decision_id,
            "what": row.action,
            "is_erased": row.is_erased,
            "details": {"channel": row.channel, "journey": row.journey, "send_at": row.send_at},
        }
        for row in person.decisions
    ]
    for event in person.events:
        details = {"channel": event.channel, "contract_id": event.contract_id, "amount_cents": event.amount_cents}
        shown = {"channel": event.channel} if is_masked else {**details, **dict(event.data)}
        told.append(_entry(event.happened_at, "event", event.event_id, str(event.kind), shown))
    for permit in person.permits:
        shown = {"channel": permit.channel, "slot": permit.slot, "reason": permit.reason}
        told.append(_entry(permit.changed_at, "permit", permit.permit_id, str(permit.state), shown))
    return sorted(told, key=lambda one: (one["at"], one["id"]), reverse=True)


def _entry(at: datetime, kind: str, name: str, what: str, details: dict[str, Any]) -> dict[str, Any]:
    return {"at": at, "kind": kind, "id": name, "what": what, "is_erased": False, "details": details}
