"""What came of the decisions: the decision log and the events, turned back into rows of the canonical tables.

Serving writes the log; training reads it here, on disk, and nowhere else. Each event belongs to one row, named by the
key it carries; folding the events of a customer in the order they became known gives the rows as they stand. A state
reported late (delivered, read, resolved) counts from when it was reported, not from when it happened: nobody knew.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import orjson

from regua.errors import DataError
from regua.sealing import readable
from regua.vocabulary import CHANNELS, EventKind
from training.outcomes.choices import Body, Row, choice, instant

Rows = dict[str, dict[str, Row]]

KEYS: dict[str, str] = {
    "contacts": "contact_id",
    "payments": "payment_id",
    "promises": "promise_id",
    "arrangements": "arrangement_id",
    "arrangement_instalments": "instalment_id",
    "disputes": "dispute_id",
    "consents": "consent_id",
    "holds": "hold_id",
    "signals": "signal_id",
    "contact_points": "contact_point_id",
    "treatments": "treatment_id",
}
"""The tables a decision log can tell of, and their keys."""


@dataclass(frozen=True, slots=True)
class Harvest:
    """Rows by table and key, and how far the log had been read."""

    rows: Rows
    decisions: int
    events: int


def harvest(log: Path, after_decision: int = 0, after_event: int = 0) -> Harvest:
    """Read what the log learned since it was last read.

    Parameters
    ----------
    log
        The decision log of a home.
    after_decision, after_event
        Sequence numbers up to which an earlier harvest read; rows touched since are given whole.

    Raises
    ------
    DataError
        There is no log.
    """
    if not log.is_file():
        raise DataError(
            f"no decision log at {log}", expected="a file written by decisions", remedy="regua decide --all"
        )
    with sqlite3.connect(f"file:{log}?mode=ro", uri=True) as sqlite:
        readable(sqlite, log)
        decisions = {row["decision_id"]: row for row in _bodies(sqlite, "decisions", after_decision)}
        fresh = list(_bodies(sqlite, "events", after_event))
        touched = [body["customer_id"] for body in fresh]
        new_keys = {_key(part) for body in fresh for part in _by_channel(body)}
        earlier = {row["decision_id"]: row for row in _decisions_of(sqlite, touched)}
        rows = fold(_events_of(sqlite, touched), decisions | earlier)
        kept: Rows = {table: {} for table in KEYS}
        for table, by_key in rows.items():
            kept[table] = {key: row for key, row in by_key.items() if (table, key) in new_keys}
        kept["treatments"] = {row["treatment_id"]: row for row in map(choice, decisions.values()) if row}
        return Harvest(kept, _last(sqlite, "decisions"), _last(sqlite, "events"))


def fold(events: Iterable[Body], decisions: Mapping[str, Body]) -> Rows:
    """Fold events, in the order they became known, into rows by table and key."""
    rows: Rows = {}
    for event in (part for body in events for part in _by_channel(body)):
        table, key = _key(event)
        row = rows.setdefault(table, {}).setdefault(key, {KEYS[table]: key})
        _lay(row, _FOLDS[EventKind(event["kind"])](event, decisions))
    return rows


def _lay(row: Row, news: Row) -> None:
    """Lay news over a row; what was known already keeps the instant it was known at, however often it is told."""
    for name, when in (("outcome", "outcome_at"), ("resolution", "resolved_at")):
        if when in row and row.get(name) == news.get(name):
            news.pop(when, None)
    row.update({name: value for name, value in news.items() if name not in _FIRST_COUNTS or row.get(name) is None})


def _happening(event: Body) -> Row:
    shared = {name: event[name] for name in ("customer_id", "contract_id") if event[name] is not None}
    return shared | {"happened_at": instant(event["happened_at"]), "known_at": instant(event["known_at"])}


def _opened(*names: str) -> Callable[[Body, Mapping[str, Body]], Row]:
    """Start a row: who, when, and the named columns of the event or of its data."""

    def start(event: Body, _: Mapping[str, Body]) -> Row:
        data = event["data"]
        return _happening(event) | {
            name: event[name] if event.get(name) is not None else data.get(name) for name in names
        }

    return start


def _sent(event: Body, decisions: Mapping[str, Body]) -> Row:
    decision = decisions.get(event["decision_id"] or "")
    names = ("channel", "decision_id", "contact_point_id", "template", "offer", "offer_propensity", "journey", "step",
             "cost_cents")  # fmt: skip
    row = _opened(*names)(event, decisions)
    if decision is not None:
        row |= {"propensity": decision["propensity"], "is_randomised": decision["explored"]}
    return row


def _came_to(outcome: str | None = None) -> Callable[[Body, Mapping[str, Body]], Row]:
    return lambda event, _: {"outcome": outcome or event["data"]["outcome"], "outcome_at": instant(event["known_at"])}


def _resolved(event: Body, _: Mapping[str, Body]) -> Row:
    return {"resolution": event["data"]["resolution"], "resolved_at": instant(event["known_at"])}


def _promised(event: Body, _: Mapping[str, Body]) -> Row:
    return _opened("amount_cents")(event, _) | {"promised_for": date.fromisoformat(event["data"]["promised_for"])}


def _agreed(event: Body, _: Mapping[str, Body]) -> Row:
    names = ("contact_id", "offer", "kind", "entry_cents", "instalments")
    row = _happening(event) | {name: event["data"].get(name) for name in names}
    first = date.fromisoformat(event["data"]["first_due_on"])
    return row | {"total_cents": event["amount_cents"], "first_due_on": first}


def _instalment(event: Body, _: Mapping[str, Body]) -> Row:
    row = _opened("arrangement_id", "amount_cents")(event, _)
    return row | {"due_on": date.fromisoformat(event["data"]["due_on"])}


def _held(event: Body, _: Mapping[str, Body]) -> Row:
    data = event["data"]
    return _opened("invoice_id")(event, _) | {"kind": data["kind"], "ends_at": instant(data.get("ends_at"))}


def _noticed(event: Body, _: Mapping[str, Body]) -> Row:
    return _happening(event) | {"kind": event["data"]["kind"]}


def _reached(state: str) -> Callable[[Body, Mapping[str, Body]], Row]:
    return lambda event, _: {f"{state}_at": instant(event["known_at"])}


def _disputed(kind: str) -> Callable[[Body, Mapping[str, Body]], Row]:
    return lambda event, _: _opened("invoice_id")(event, _) | {"kind": kind}


def _consented(is_granted: bool) -> Callable[[Body, Mapping[str, Body]], Row]:
    return lambda event, _: _opened("channel")(event, _) | {"is_granted": is_granted}


def _wrong_party(event: Body, _: Mapping[str, Body]) -> Row:
    return {"status": "wrong_party", "status_at": instant(event["known_at"])}


_FOLDS: dict[EventKind, Callable[[Body, Mapping[str, Body]], Row]] = {
    EventKind.CONTACT_SENT: _sent,
    EventKind.CONTACT_ACCEPTED: _reached("accepted"),
    EventKind.CONTACT_DELIVERED: _reached("delivered"),
    EventKind.CONTACT_READ: _reached("read"),
    EventKind.CONTACT_REPLIED: _reached("replied"),
    EventKind.CONTACT_FAILED: _came_to("failed"),
    EventKind.CONTACT_OUTCOME: _came_to(),
    EventKind.PAYMENT: _opened("amount_cents", "invoice_id", "method"),
    EventKind.PAYMENT_CLAIMED: _disputed("paid_claim"),
    EventKind.PROMISE_MADE: _promised,
    EventKind.PROMISE_RESOLVED: _resolved,
    EventKind.ARRANGEMENT_MADE: _agreed,
    EventKind.ARRANGEMENT_RESOLVED: _resolved,
    EventKind.INSTALMENT_DUE: _instalment,
    EventKind.INSTALMENT_PAID: _reached("paid"),
    EventKind.DISPUTE_OPENED: _disputed("dispute"),
    EventKind.DISPUTE_RESOLVED: _resolved,
    EventKind.OPTED_OUT: _consented(is_granted=False),
    EventKind.OPTED_IN: _consented(is_granted=True),
    EventKind.WRONG_PARTY: _wrong_party,
    EventKind.HOLD_PLACED: _held,
    EventKind.HOLD_LIFTED: _reached("lifted"),
    EventKind.SIGNAL_RAISED: _noticed,
    EventKind.SIGNAL_CLEARED: _reached("cleared"),
}
_FIRST_COUNTS = frozenset(
    {"known_at", "accepted_at", "delivered_at", "read_at", "replied_at", "lifted_at", "cleared_at", "paid_at"}
)
_TABLE_OF: dict[EventKind, str] = {
    kind: next(
        table
        for prefix, table in (
            ("contact_", "contacts"), ("payment_claimed", "disputes"), ("payment", "payments"), ("promise", "promises"),
            ("dispute", "disputes"), ("opted", "consents"), ("wrong", "contact_points"), ("hold", "holds"),
            ("signal", "signals"), ("arrangement", "arrangements"), ("instalment", "arrangement_instalments"),
        )
        if kind.value.startswith(prefix)
    )
    for kind in EventKind
}  # fmt: skip


def _by_channel(event: Body) -> Iterator[Body]:
    """Take consent given or withdrawn without naming a channel as said of every channel."""
    if _TABLE_OF[EventKind(event["kind"])] != "consents" or event["channel"] is not None:
        yield event
        return
    for channel in CHANNELS:
        yield {**event, "channel": channel.value, "data": {"consent_id": f"{_key(event)[1]}:{channel}"}}


def _key(event: Body) -> tuple[str, str]:
    """Name the row an event is about: by its key, for a contact by its decision, else by the event itself."""
    table = _TABLE_OF[EventKind(event["kind"])]
    of_decision = event["decision_id"] if table == "contacts" else None
    return table, str(event["data"].get(KEYS[table]) or of_decision or event["event_id"])


def _bodies(sqlite: sqlite3.Connection, table: str, after: int) -> Iterator[Body]:
    for (body,) in sqlite.execute(f"SELECT unsealed(body) FROM {table} WHERE seq > ? ORDER BY seq", (after,)):
        if body is not None:  # erased with the person's key
            yield orjson.loads(body)


def _events_of(sqlite: sqlite3.Connection, customers: list[str]) -> Iterator[Body]:
    query = """
        SELECT unsealed(body) FROM events WHERE customer_id IN (SELECT value FROM json_each(?))
        ORDER BY known_at, happened_at, seq
    """
    for (body,) in sqlite.execute(query, (orjson.dumps(customers).decode(),)):
        if body is not None:  # erased with the person's key
            yield orjson.loads(body)


def _decisions_of(sqlite: sqlite3.Connection, customers: list[str]) -> Iterator[Body]:
    query = """
        SELECT unsealed(body) FROM decisions
        WHERE customer_id IN (SELECT value FROM json_each(?)) AND channel IS NOT NULL
    """
    for (body,) in sqlite.execute(query, (orjson.dumps(customers).decode(),)):
        if body is not None:  # erased with the person's key
            yield orjson.loads(body)


def _last(sqlite: sqlite3.Connection, table: str) -> int:
    (last,) = sqlite.execute(f"SELECT coalesce(max(seq), 0) FROM {table}").fetchone()
    return int(last)
