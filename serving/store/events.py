"""Events as they are kept: once each, whatever the number of times they are sent."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import bindparam, select

from regua.clock import utc
from regua.meaning import refusal
from regua.records import Event, canonical, digest
from regua.vocabulary import Channel, EventKind
from serving.store import audit, chain, subjects
from serving.store.chain import Entry
from serving.store.database import Answer, Database, Row, Transaction
from serving.store.instants import instant, moment_of
from serving.store.statements import OneOf, inserting, statement
from serving.store.subjects import Keys
from serving.store.tables import events as table
from serving.store.tables import quarantine as refused

SOURCE = "crm"
"""Who reported an event, where the report does not say."""

_INSERT = statement(
    inserting(table, "portfolio", *audit.EVENT_COLUMNS).on_conflict_do_nothing(
        index_elements=["portfolio", "source", "event_id"]
    ),
    "portfolio",
    *audit.EVENT_COLUMNS,
)
_own = table.c.portfolio == bindparam("portfolio")
_KEPT = statement(
    select(table.c.customer_id, table.c.content_digest, table.c.body).where(
        _own, table.c.source == bindparam("source"), table.c.event_id == bindparam("event_id")
    ),
    "portfolio",
    "source",
    "event_id",
)
_ONE = statement(
    select(table.c.customer_id, table.c.body).where(
        _own, table.c.source == bindparam("source"), table.c.event_id == bindparam("event_id")
    ),
    "portfolio",
    "source",
    "event_id",
)
_KNOWN = statement(
    select(table.c.customer_id, table.c.body)
    .where(
        _own,
        OneOf(table.c.customer_id, "ids"),
        table.c.known_at >= bindparam("since"),
        table.c.known_at <= bindparam("moment"),
    )
    .order_by(table.c.happened_at, table.c.seq),
    "portfolio",
    "ids",
    "since",
    "moment",
)
_OF_KINDS = statement(
    select(table.c.customer_id, table.c.body)
    .where(
        _own,
        OneOf(table.c.customer_id, "ids"),
        OneOf(table.c.kind, "kinds"),
        table.c.known_at < bindparam("before"),
    )
    .order_by(table.c.happened_at, table.c.seq),
    "portfolio",
    "ids",
    "kinds",
    "before",
)
_REFUSED_COLUMNS = ("received_at", "place", "found", "expected", "raw")
_REFUSE = statement(inserting(refused, "portfolio", *_REFUSED_COLUMNS), "portfolio", *_REFUSED_COLUMNS)
_REFUSED = statement(
    select(*(refused.c[name] for name in _REFUSED_COLUMNS))
    .where(refused.c.portfolio == bindparam("portfolio"))
    .order_by(refused.c.seq),
    "portfolio",
)

NEVER = datetime.min.replace(tzinfo=UTC)
_FIELDS = tuple(one.name for one in fields(Event))


class Receipt(StrEnum):
    """What became of one event that was sent."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Kept:
    """An event as it is kept, and who reported it."""

    source: str
    event: Event


@dataclass(frozen=True, slots=True)
class Refusal:
    """An event that could not be taken, kept as it came."""

    received_at: datetime
    place: str
    found: str
    expected: str | None
    raw: bytes


class Events:
    """The events of one portfolio, one by one."""

    def __init__(self, database: Database, portfolio: str) -> None:
        self._database, self._portfolio = database, portfolio

    def one(self, source: str, event_id: str) -> Kept | None:
        """Read one event by who reported it and under which name; None where there is none, or it was erased."""
        with self._database.reading() as transaction:
            for customer_id, sealed in transaction.rows(_ONE, self._portfolio, source, event_id):
                keys = subjects.read(transaction, self._portfolio, transaction.several([customer_id]))
                if body := keys.open(customer_id, sealed):
                    return Kept(source, event_of(body))
        return None


def write(
    transaction: Transaction, portfolio: str, events: Sequence[Event], sources: Sequence[str]
) -> tuple[list[Receipt], list[Event], list[Entry]]:
    """Keep events, each of its source; one already here with the same content is a duplicate, else a conflict.

    A refusal that lies in the outcome of a contact is kept beside it (:mod:`regua.meaning`).

    Returns
    -------
    What became of each, those that are news, and what the audit chain must tell of them.
    """
    receipts, news, entries = list[Receipt](), list[Event](), list[Entry]()
    at = instant(max((event.known_at for event in events), default=NEVER))
    keys = subjects.read_or_make(transaction, portfolio, {event.customer_id for event in events}, at)

    def keep(event: Event, source: str) -> Receipt:
        row, plain_digest = _row(event, source, keys)
        receipt = _write_one(transaction, portfolio, row, plain_digest, keys)
        if receipt is Receipt.ACCEPTED:
            news.append(event)
            entry = Entry(audit.EVENT, event.customer_id, event.event_id, row[5], chain.digest_of_event(row))
            entries.append(entry)
        return receipt

    for event, source in zip(events, sources, strict=True):
        receipts.append(keep(event, source))
        if receipts[-1] is not Receipt.CONFLICT and (said := refusal(event)):
            keep(said, source)
    return receipts, news, entries


def quarantine(transaction: Transaction, portfolio: str, refusals: Sequence[Refusal]) -> None:
    """Keep what was refused, with the reason."""
    if refusals:
        rows = [(portfolio, instant(one.received_at), one.place, one.found, one.expected, one.raw) for one in refusals]
        transaction.change_many(_REFUSE, rows)


def quarantined(transaction: Transaction, portfolio: str) -> list[Refusal]:
    """Read what was refused, in the order it came."""
    return [Refusal(moment_of(received_at), *rest) for received_at, *rest in transaction.rows(_REFUSED, portfolio)]


def ask_known(
    transaction: Transaction, portfolio: str, customer_ids: object, since: datetime, moment: datetime
) -> Answer[Iterable[Row]]:
    """Ask for the events of customers learned between two instants, in the order they happened: :func:`opened`."""
    return transaction.ask(_KNOWN, portfolio, customer_ids, instant(since), instant(moment))


def ask_of_kinds(
    transaction: Transaction, portfolio: str, customer_ids: object, kinds: Iterable[EventKind], before: datetime
) -> Answer[Iterable[Row]]:
    """Ask for the events of some kinds learned before an instant; what is of no such kind stays sealed."""
    return transaction.ask(_OF_KINDS, portfolio, customer_ids, transaction.several(set(kinds)), instant(before))


def opened(rows: Iterable[Row], keys: Keys) -> Iterator[Event]:
    """Read events as they are kept; not what was erased."""
    for customer_id, sealed in rows:
        if body := keys.open(customer_id, sealed):
            yield event_of(body)


def event_of(body: bytes) -> Event:
    """Read an event back from its canonical JSON."""
    fields = orjson.loads(body)
    fields["kind"] = EventKind(fields["kind"])
    fields["channel"] = Channel(fields["channel"]) if fields["channel"] else None
    for name in ("happened_at", "known_at"):
        fields[name] = utc(datetime.fromisoformat(fields[name]))
    return Event(**fields)


def _row(event: Event, source: str, keys: Keys) -> tuple[tuple[str, str, str, str, str, str, str, bytes], str]:
    content = {name: getattr(event, name) for name in _FIELDS}
    # When it was learned is not part of what it says: a resent event is the same event.
    said = canonical({name: value for name, value in content.items() if name != "known_at"})
    plain_digest = digest(said)
    row = (
        source,
        event.event_id,
        event.customer_id,
        event.kind.value,
        instant(event.happened_at),
        instant(event.known_at),
        keys.fingerprint(event.customer_id, said, plain_digest),
        keys.seal(event.customer_id, canonical(content)),
    )
    return row, plain_digest


def _write_one(transaction: Transaction, portfolio: str, row: Sequence[Any], plain_digest: str, keys: Keys) -> Receipt:
    if transaction.change(_INSERT, portfolio, *row):
        return Receipt.ACCEPTED
    source, event_id, customer_id, *_, content_digest, _ = row
    ((whose, kept, body),) = transaction.rows(_KEPT, portfolio, source, event_id)
    # What was kept before contents were sealed has its plain digest; what was erased cannot be compared any more.
    is_erased = whose == customer_id and keys.open(customer_id, body) is None
    is_same = is_erased or kept in (content_digest, plain_digest)
    return Receipt.DUPLICATE if is_same else Receipt.CONFLICT
