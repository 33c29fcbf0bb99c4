"""What came of the decisions: the decision log and the events, turned back into rows of the canonical tables.

Serving writes the log, and training reads it (:mod:`regua.decision_log`). Each event belongs to one row, named by the
key it carries; folding the events of a customer in the order they became known gives the rows as they stand. A state
reported late (delivered, read, resolved) counts from when it was reported, not from when it happened: nobody knew.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice

from regua.decision_log import DecisionLog, Ends
from regua.vocabulary import CHANNELS, EventKind
from training.outcomes.apart import STANDING, told_apart
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


MOST_ROWS = 200_000
"""How many new decisions, and new events, are taken at a time: what they come to is held in memory."""
_EVENTS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Harvest:
    """Rows by table and key, and how far the log had been read."""

    rows: Rows
    decisions: int
    events: int


def harvest(
    log: DecisionLog, after_decision: int = 0, after_event: int = 0, *, until: Ends | None = None, most: int = MOST_ROWS
) -> Harvest:
    """Read what the log learned since it was last read, or a first part of it.

    Parameters
    ----------
    after_decision, after_event
        Sequence numbers up to which an earlier harvest read; rows touched since are given whole.
    until
        The end of what is to be read: that of the log now when None.
    most
        So many new decisions and so many new events are read, and the rest is left to the next harvest.
    """
    ends = until or log.ends()
    last_decision = log.page_end("decisions", after_decision, ends.decisions, most)
    last_event = log.page_end("events", after_event, ends.events, most)
    touched: set[str] = set()
    fresh: set[tuple[str, str]] = set()
    for body in log.between("events", after_event, last_event):
        touched.add(body["customer_id"])
        fresh.update(key for part in _by_channel(body) for key in (_key(part), *_referred(part)))
    kept: Rows = {table: {} for table in KEYS}
    standing: list[Body] = []
    told = (part for body in log.events_of(touched) for part in _by_channel(body) if _key(part) in fresh)
    while some := list(islice(told, _EVENTS_AT_ONCE)):
        # What begins and ends is told apart by all that was told of it, and comes last.
        standing += [part for part in some if EventKind(part["kind"]) in STANDING]
        some = [part for part in some if EventKind(part["kind"]) not in STANDING]
        sent = {part["decision_id"] for part in some if part["kind"] == EventKind.CONTACT_SENT and part["decision_id"]}
        fold(some, log.decisions_named(sent), kept)
    fold(standing, {}, kept)
    chosen = map(choice, log.between("decisions", after_decision, last_decision))
    kept["treatments"] = {row["treatment_id"]: row for row in chosen if row}
    return Harvest(kept, last_decision, last_event)


def fold(events: Iterable[Body], decisions: Mapping[str, Body], rows: Rows | None = None) -> Rows:
    """Fold events, in the order they became known, into rows by table and key; ``rows`` are those of earlier ones.

    Of what begins and ends, and of consents, all that was told of one name has to be among the events.
    """
    rows = {} if rows is None else rows
    for event in told_apart([part for body in events for part in _by_channel(body)]):
        table, key = _key(event)
        row = rows.setdefault(table, {}).setdefault(key, {KEYS[table]: key})
        _lay(row, _FOLDS[EventKind(event["kind"])](event, decisions))
    return rows


def _lay(row: Row, news: Row) -> None:
    """Lay news over a row; what was known already keeps the instant it was known at, however often it is told."""
    alike = (when for name, when in _SAID_AT.items() if row.get(name) == news.get(name))
    for name in (*_FIRST_COUNTS, *alike):
        if row.get(name) is not None and news.get(name) is not None:
            news[name] = min(row[name], news[name])
    row.update(news)


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
    # Where no point is named, those of the channel are meant.
    named = event["data"].get(KEYS["contact_points"]) is not None
    whose = {} if named else {name: event[name] for name in ("customer_id", "channel")}
    return whose | {"status": "wrong_party", "status_at": instant(event["known_at"])}


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
_SAID_AT = {"outcome": "outcome_at", "resolution": "resolved_at"}
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


def _referred(event: Body) -> Iterator[tuple[str, str]]:
    """Name the row that of an event refers to and that may have begun anew: which of both it is, its events tell."""
    if _TABLE_OF[EventKind(event["kind"])] == "arrangement_instalments" and event["data"].get("arrangement_id"):
        yield "arrangements", str(event["data"]["arrangement_id"])


def _key(event: Body) -> tuple[str, str]:
    """Name the row an event is about: by its key, for a contact by its decision, else by the event itself."""
    table = _TABLE_OF[EventKind(event["kind"])]
    of_decision = event["decision_id"] if table == "contacts" else None
    return table, str(event["data"].get(KEYS[table]) or of_decision or event["event_id"])
