"""Streams of events told in any order, in pieces, twice and by two systems: the state they lead to is the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import orjson

from regua.columns import Array
from regua.vocabulary import (
    Channel,
    ContactOutcome,
    EventKind,
    HoldKind,
    SignalKind,
)
from serving.deciding.inputs import Inputs
from serving.deciding.pipeline import as_text
from serving.happenings import cloud_events
from serving.happenings.counting import LOOK_BACK
from serving.happenings.intake import take_in
from serving.happenings.live import overlay
from serving.store import Logged, Permit, PermitState, Store
from serving.store.permit import REVOKING
from tests.trust.line import Line, count_line

ZONE = "America/Sao_Paulo"
PROFILE_AT = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)
TOLD_AT = datetime(2026, 3, 4, 14, 0, tzinfo=UTC)
MOMENT = datetime(2026, 3, 4, 20, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
STREAMS = {True: 10_000, False: 120}
AT_ONCE = 500
ROWS = 4
"""Contacts, promises, arrangements, holds … of one customer: few, so that events speak of the same."""
ROADS = ("as it happened", "backwards", "shuffled, in pieces, each up to three times")
HEARD = frozenset({"hours_since_last_conversation"})
"""What counts from when we heard of it, and so from the road it took; everything else must not show the road."""
Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Road:
    """One way a stream reaches us: its deliveries, each of some events."""

    deliveries: tuple[tuple[Told, ...], ...]


def run(folder: Path, *, full: bool) -> Sequence[Line]:
    """Tell every stream by three roads to three customers alike, and compare what the next decision would see."""
    columns = _profile()
    differing, unlike, told = [], 0, 0
    with Store(folder / "decisions.db") as store:
        for first in range(0, STREAMS[full], AT_ONCE):
            numbers = range(first, min(first + AT_ONCE, STREAMS[full]))
            streams = {number: stream(Random(number)) for number in numbers}
            told += _tell(store, streams)
            seen = _seen(store, columns, numbers)
            differing += [f"{number}: {', '.join(names)}" for number, names in _differing(seen, numbers)]
            unlike += _unlike(store, streams)
        flaw = store.verify()
    number = f"{STREAMS[full]:,}"
    return [
        Line(f"{number} streams by {len(ROADS)} roads: events told", "some", f"{told:,}", told > 0),
        count_line(f"{number} streams: other features by another road{_such_as(differing)}", len(differing)),
        count_line(f"{number} streams: other events kept, or permits left, by another road", unlike),
        Line("the audit chain follows", "yes", str(flaw or "yes"), flaw is None),
    ]


def stream(luck: Random) -> list[Told]:
    """Make up what happened to one customer in five days, some of it at the same instant."""
    channels = [luck.choice(list(Channel)) for _ in range(ROWS)]
    found: dict[tuple[EventKind, int], Told] = {}
    for _ in range(luck.randrange(3, 20)):
        kind, row = luck.choice(list(EventKind)), luck.randrange(ROWS)
        # A row is told of once a kind, and a contact has one end: what contradicts itself has no one state.
        end = EventKind.CONTACT_OUTCOME if kind is EventKind.CONTACT_FAILED else kind
        found.setdefault((end, row), _one(luck, kind, row, channels[row]))
    told = [one | {"id": f"e{number}"} for number, one in enumerate(found.values())]
    # Another system tells some of it too: the same row, under an identifier of its own.
    again = [one | {"source": "/billing", "id": f"b{one['id']}"} for one in told if luck.random() < 0.15]
    return sorted(told + again, key=lambda one: (one["time"], one["id"]))


def roads(told: Sequence[Told], luck: Random) -> list[Road]:
    """Lay the roads a stream takes."""
    many = [one for one in told for _ in range(luck.randrange(1, 4))]
    luck.shuffle(many)
    pieces, left = [], many
    while left:
        size = luck.randrange(1, 6)
        pieces.append(tuple(left[:size]))
        left = left[size:]
    return [Road((tuple(told),)), Road((tuple(reversed(told)),)), Road(tuple(pieces))]


def _one(luck: Random, kind: EventKind, row: int, channel: Channel) -> Told:
    at = MOMENT - timedelta(hours=8) - timedelta(minutes=30 * luck.randrange(0, 220))
    data: Told = {"contract_id": ["lead", "other"][row % 2]}
    if kind.startswith("contact_") or kind in (EventKind.OPTED_IN, EventKind.OPTED_OUT, EventKind.WRONG_PARTY):
        data["channel"] = str(channel)
    if kind in (EventKind.PAYMENT, EventKind.PROMISE_MADE, EventKind.ARRANGEMENT_MADE, EventKind.INSTALMENT_DUE):
        data["amount_cents"] = luck.randrange(1, 200_000)
    return {
        "specversion": "1.0",
        "source": "/crm",
        "type": f"{cloud_events.PREFIX}{kind}",
        "time": at.isoformat(),
        "data": data | _details(kind, luck, f"r{row}"),
    }


def _details(kind: EventKind, luck: Random, row: str) -> Told:
    family = kind.partition("_")[0]
    day = str((MOMENT + timedelta(days=luck.randrange(-3, 20))).date())
    terms = {"offer": "plan_3", "kind": "instalments", "instalments": 2, "first_due_on": day}
    details: dict[EventKind, Told] = {
        EventKind.CONTACT_SENT: {"offer": "plan_3"},
        EventKind.CONTACT_OUTCOME: {"outcome": str(luck.choice(list(ContactOutcome)))},
        EventKind.PROMISE_MADE: {"promised_for": day},
        EventKind.PROMISE_RESOLVED: {"resolution": luck.choice(["kept", "broken"])},
        EventKind.ARRANGEMENT_MADE: terms,
        EventKind.ARRANGEMENT_RESOLVED: {"resolution": "broken"},
        EventKind.INSTALMENT_DUE: {"arrangement_id": row, "due_on": day},
        EventKind.INSTALMENT_PAID: {"arrangement_id": row},
        EventKind.DISPUTE_RESOLVED: {"resolution": "upheld"},
    }
    words: dict[str, Told] = {
        "hold": {"kind": str(list(HoldKind)[ord(row[-1]) % len(HoldKind)])},
        "signal": {"kind": str(list(SignalKind)[ord(row[-1]) % len(SignalKind)])},
    }
    keys = {"opted": "consent_id", "wrong": "contact_point_id", "payment": "payment_id"}
    key = "dispute_id" if kind is EventKind.PAYMENT_CLAIMED else keys.get(family, f"{family}_id")
    own = f"{row}-{kind}" if family in ("opted", "payment") else row
    return {key: own} | words.get(family, {}) | details.get(kind, {})


def _name(number: int, road: int) -> str:
    return f"s{number:05d}{'abc'[road]}"


def _tell(store: Store, streams: dict[int, list[Told]]) -> int:
    """Permit a contact to each customer, then tell all the streams side by side, delivery by delivery."""
    names = [_name(number, road) for number in streams for road in range(len(ROADS))]
    rows = [
        Logged(f"d{name}", name, PROFILE_AT, "sms/x", "sms", PROFILE_AT, "j", "r", "b", "s", b"{}", b"{}", b"in")
        for name in names
    ]
    until = MOMENT + timedelta(days=9)
    permits = [
        Permit(f"p{name}", f"d{name}", name, "lead", "sms", "day", PROFILE_AT, until, PROFILE_AT) for name in names
    ]
    store.commit(rows, store.live(names, PROFILE_AT, MOMENT).watermark, permits)
    laid = {number: roads(told, Random(-1 - number)) for number, told in streams.items()}
    count = 0
    for step in range(max(len(road.deliveries) for three in laid.values() for road in three)):
        items = [
            (f"{number}:{step}", one | {"id": f"{_name(number, at)}-{one['id']}", "subject": _name(number, at)})
            for number, three in laid.items()
            for at, road in enumerate(three)
            if step < len(road.deliveries)
            for one in road.deliveries[step]
        ]
        reports = take_in(store, items, TOLD_AT + step * MINUTE)
        refused = [report.problem for report in reports if report.problem]
        assert not refused, f"what is told can be understood: {refused[0]}"
        count += len(items)
    return count


def _permitted(name: str) -> tuple[Logged, Permit]:
    at, until = PROFILE_AT, MOMENT + timedelta(days=9)
    row = Logged(f"d{name}", name, at, "sms/x", "sms", at, "j", "r", "b", "s", b"{}", b"{}", b"in")
    return row, Permit(f"p{name}", row.decision_id, name, "lead", "sms", "day", at, until, at)


def _profile() -> dict[str, Array]:
    from tests.parity.conftest import customers

    return customers(50)


def _seen(store: Store, columns: dict[str, Array], numbers: Sequence[int]) -> dict[str, Array]:
    """Return what the next decision would see of every customer, a row each."""
    rows = np.array([number % 50 for number in numbers for _ in ROADS])
    taken = {name: array[rows].copy() for name, array in columns.items()}
    names = [_name(number, road) for number in numbers for road in range(len(ROADS))]
    taken["customer_id"] = np.array(names, dtype=object)
    taken["contract_id"] = np.full(len(names), "lead", dtype=object)
    stamps = np.full(len(names), np.datetime64(PROFILE_AT.replace(tzinfo=None), "us"))
    live = replace(store.live(names, PROFILE_AT - LOOK_BACK, MOMENT), plans=())
    inputs = Inputs.fit({**taken, "profile_at": as_text(stamps)})
    overlay(inputs.columns, stamps, live, MOMENT, ZONE)
    return inputs.columns


def _differing(seen: dict[str, Array], numbers: Sequence[int]) -> Iterator[tuple[int, list[str]]]:
    width = len(ROADS)
    for at, number in enumerate(numbers):
        first, others = at * width, range(at * width + 1, (at + 1) * width)
        names = [
            name
            for name, array in seen.items()
            if name not in {"customer_id", *HEARD} and any(not _same(array[first], array[other]) for other in others)
        ]
        if names:
            yield number, names


def _same(one: Any, other: Any) -> bool:
    return bool(one == other) or (isinstance(one, float) and np.isnan(one) and np.isnan(other))


def _unlike(store: Store, streams: dict[int, list[Told]]) -> int:
    """Count the streams of which another road kept other events, or left another permit than it should."""
    found = 0
    for number, told in streams.items():
        kinds = {EventKind(one["type"].removeprefix(cloud_events.PREFIX)) for one in told}
        refusals = [one for one in told if one["data"].get("outcome") == ContactOutcome.OPTED_OUT]
        kinds |= {EventKind.OPTED_OUT} if refusals else set()
        state = PermitState.REVOKED if kinds & REVOKING else PermitState.OPEN
        kept = set()
        for road in range(len(ROADS)):
            name = _name(number, road)
            events = store.events_of(name, MOMENT - timedelta(days=30), MOMENT)
            said = sorted((event.event_id.removeprefix(name), event.happened_at, str(event.data)) for event in events)
            kept.add((orjson.dumps(said), store.permits.one(f"p{name}").state, len(events)))
        found += kept != {(next(iter(kept))[0], state, len(told) + len(refusals))}
    return found


def _such_as(found: Sequence[str]) -> str:
    return f" ({'; '.join(found[:3])})" if found else ""
