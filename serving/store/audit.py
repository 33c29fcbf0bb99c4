"""The audit chain as it is stored: appended in the transaction it tells of, read as a watermark, and verified."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Table, bindparam, func, literal_column, select

from serving.store import chain
from serving.store.chain import Entry, Head, Link
from serving.store.database import Answer, Transaction
from serving.store.permit import FOLLOWING
from serving.store.statements import OneOf, Statement, inserting, limited, statement
from serving.store.tables import audit, decisions, events, outbox, permits, shadows

AT_ONCE = 1_000
DECISION, EVENT, SHADOW, PERMIT, ERASURE = "decision", "event", "shadow", "permit.", "erasure"
"""What a record is about; of a permit it says what the permit became, as in ``permit.claimed``."""

EMPTIED = b""
"""Stands for the digest of a row whose content was taken away."""
ERASED = b'{"erased":true}'
"""What stands in a message, and in whatever else is not sealed, once its customer was erased."""

_own = audit.c.portfolio == bindparam("portfolio")
_after = audit.c.seq > bindparam("seq")
_LAST = statement(
    limited(select(audit.c.seq, audit.c.hash).where(_own).order_by(audit.c.seq.desc())), "portfolio", "limit"
)
_SINCE = statement(select(audit.c.customer_id).distinct().where(_own, _after), "portfolio", "seq")
_AFTER = statement(
    limited(select(*(audit.c[name] for name in chain.COLUMNS)).where(_own, _after).order_by(audit.c.seq)),
    "portfolio",
    "seq",
    "limit",
)
_ERASED = statement(
    select(audit.c.customer_id, func.max(audit.c.seq))
    .where(_own, audit.c.kind == bindparam("kind"))
    .group_by(audit.c.customer_id),
    "portfolio",
    "kind",
)
_APPEND = statement(inserting(audit, *chain.COLUMNS), *chain.COLUMNS)


@dataclass(frozen=True, slots=True)
class Flaw:
    """The first record of a chain that is not what was written: its number, and what is wrong."""

    seq: int
    found: str


@dataclass(frozen=True, slots=True)
class Told:
    """A table whose rows the chain tells of: how they are found by the chain's subject, digested and counted."""

    subject: str
    columns: tuple[str, ...]
    digest: Callable[[Sequence[Any]], bytes]
    read: Statement
    counted: Statement


def _told(table: Table, subject: str, columns: tuple[str, ...], digest: Callable[[Sequence[Any]], bytes]) -> Told:
    own = table.c.portfolio == bindparam("portfolio")
    read = select(*(table.c[name] for name in (subject, *columns))).where(own, OneOf(table.c[subject], "subjects"))
    counted = select(func.count()).select_from(table).where(own)
    return Told(
        subject,
        columns,
        digest,
        statement(read, "portfolio", "subjects"),
        statement(counted, "portfolio"),
    )


DECISION_COLUMNS = tuple(name for name in decisions.c.keys() if name not in ("seq", "portfolio"))  # noqa: SIM118
EVENT_COLUMNS = tuple(name for name in events.c.keys() if name not in ("seq", "portfolio"))  # noqa: SIM118
PERMIT_COLUMNS = tuple(name for name in permits.c.keys() if name != "portfolio")  # noqa: SIM118
_TOLD = {
    DECISION: _told(decisions, "decision_id", DECISION_COLUMNS, chain.digest_of_decision),
    EVENT: _told(events, "event_id", EVENT_COLUMNS, chain.digest_of_event),
    SHADOW: _told(shadows, "decision_id", DECISION_COLUMNS, chain.digest_of_decision),
}
_TOLD_OF_PERMITS = _told(permits, "permit_id", PERMIT_COLUMNS, chain.digest_of_permit)
# By their words: what is not a state is found changed, and breaks nothing.
_FOLLOWING: Mapping[str, Iterable[str]] = {str(state): tuple(map(str, after)) for state, after in FOLLOWING.items()}
_STATE = PERMIT_COLUMNS.index("state")
_about_permits = outbox.c.portfolio == bindparam("portfolio"), outbox.c.kind.like(literal_column(f"'{PERMIT}%'"))
_MESSAGES = statement(
    select(outbox.c.message_id, outbox.c.body).where(*_about_permits, OneOf(outbox.c.message_id, "ids")),
    "portfolio",
    "ids",
)
_COUNT_MESSAGES = statement(select(func.count()).select_from(outbox).where(*_about_permits), "portfolio")


def head(transaction: Transaction, portfolio: str) -> Head:
    """Read the end of a portfolio's chain."""
    return ask_head(transaction, portfolio)()


def ask_head(transaction: Transaction, portfolio: str) -> Answer[Head]:
    """Ask for the end of a portfolio's chain."""
    found = transaction.ask(_LAST, portfolio, 1)
    return lambda: next((Head(*last) for last in found()), chain.START)


def append(transaction: Transaction, portfolio: str, entries: Iterable[Entry]) -> None:
    """Add records to a portfolio's chain, as the last thing the transaction does: all other writers wait for it."""
    told = list(entries)
    if told:
        transaction.put_off(lambda: _append(transaction, portfolio, told))


def _append(transaction: Transaction, portfolio: str, entries: Iterable[Entry]) -> None:
    transaction.hold_chain(portfolio)
    made, _ = chain.links(portfolio, head(transaction, portfolio), entries)
    transaction.change_many(_APPEND, made)


def ask_touched_since(transaction: Transaction, portfolio: str, seq: int) -> Answer[set[str]]:
    """Ask for the customers about whom something was written after a record."""
    found = transaction.ask(_SINCE, portfolio, seq)
    return lambda: {customer_id for (customer_id,) in found()}


def verify(transaction: Transaction, portfolio: str, until: Head | None = None) -> Flaw | None:
    """Follow a portfolio's chain from its first record, and compare it with the rows it tells of.

    A decision, a shadow or an event is what its record says. A permit changes, and each change has a record: as it
    stands now, it is what the last of them says; and what the outside is told of it, while that is kept, is what the
    record of the change says. See docs/decisions/0028 for the tables that no record tells of.

    Parameters
    ----------
    until
        An end that was seen before and kept elsewhere: the chain must pass through it.

    Returns
    -------
    The first record that does not fit; None when all do.
    """
    erased: dict[str, int] = dict(transaction.rows(_ERASED, portfolio, ERASURE))
    last, counted, standing, messages = chain.START, Counter[str](), _Permits(), _Messages(erased)
    while links := transaction.rows(_AFTER, portfolio, last.seq, AT_ONCE):
        found = {kind: _digests(transaction, portfolio, told, links, kind) for kind, told in _TOLD.items()}
        standing.read(transaction, portfolio, links)
        messages.read(transaction, portfolio, links)
        for link in links:
            flaw = _flaw(portfolio, last, link, found, erased) or standing.flaw(link) or messages.flaw(link)
            if flaw is not None:
                return flaw
            last = Head(link[1], link[-1])
            counted[link[2]] += 1
            if until is not None and until.seq == last.seq and until.hash != last.hash:
                return Flaw(last.seq, "the chain was written anew: it does not pass through the end seen before")
    if until is not None and last.seq < until.seq:
        return Flaw(last.seq + 1, "the end of the chain was cut off")
    if standing.waiting:
        permit_id, seq = min(standing.waiting.items(), key=lambda one: one[1])
        return Flaw(seq, f"the permit {permit_id} was changed after its last record")
    for kind, told in (*_TOLD.items(), (PERMIT, _TOLD_OF_PERMITS)):
        ((rows,),) = transaction.rows(told.counted, portfolio)
        if rows != counted[kind] + (standing.settled if kind == PERMIT else 0):
            return Flaw(last.seq + 1, f"{rows} rows of kind {kind} are kept, which is not what the chain tells of")
    ((rows,),) = transaction.rows(_COUNT_MESSAGES, portfolio)
    if rows != messages.found:
        return Flaw(last.seq + 1, f"{rows - messages.found} messages tell of permits what the chain does not")
    return None


class _Permits:
    """Which permits' last records were met so far: ``waiting`` are those between a first record and the last one."""

    def __init__(self) -> None:
        self.settled = 0
        self.waiting: dict[str, int] = {}
        self._rows: dict[str, tuple[str, bytes]] = {}

    def read(self, transaction: Transaction, portfolio: str, links: Iterable[Any]) -> None:
        """Read how the permits of some records stand today."""
        subjects = transaction.several({link[4] for link in links if link[2].startswith(PERMIT)})
        self._rows = {
            subject: (row[_STATE], _TOLD_OF_PERMITS.digest(row))
            for subject, *row in transaction.rows(_TOLD_OF_PERMITS.read, portfolio, subjects)
        }

    def flaw(self, link: Link | Any) -> Flaw | None:
        """Look at one record, if it is about a permit."""
        _, seq, kind, _, subject, _, digest, _ = link
        if not kind.startswith(PERMIT):
            return None
        if subject not in self._rows:
            return Flaw(seq, f"the permit {subject} was removed")
        state, stands = self._rows[subject]
        if digest == stands:
            self.settled += 1
            self.waiting.pop(subject, None)
        elif state in _becoming(kind.removeprefix(PERMIT)):
            self.waiting[subject] = seq
        else:
            return Flaw(seq, f"the permit {subject} was changed")
        return None


class _Messages:
    """What the outside is told of permits: one message a record, until it is removed in its time."""

    def __init__(self, erased: Mapping[str, int]) -> None:
        self.found = 0
        self._erased = erased
        self._bodies: dict[str, bytes] = {}

    def read(self, transaction: Transaction, portfolio: str, links: Iterable[Any]) -> None:
        """Read what is told of some records."""
        ids = transaction.several(message_id(link[4], link[2]) for link in links if link[2].startswith(PERMIT))
        self._bodies = {name: bytes(body) for name, body in transaction.rows(_MESSAGES, portfolio, ids)}

    def flaw(self, link: Link | Any) -> Flaw | None:
        """Look at what is told of one record."""
        _, seq, kind, customer_id, subject, _, digest, _ = link
        body = self._bodies.get(message_id(subject, kind)) if kind.startswith(PERMIT) else None
        if body is None:
            return None
        self.found += 1
        if body == ERASED and self._erased.get(customer_id, 0) > seq:
            return None
        return None if _digest_of(body) == digest else Flaw(seq, f"the message about {subject} was changed")


def message_id(permit_id: str, kind: str) -> str:
    """Name the message about one change of a permit, by the kind of its record."""
    return f"{permit_id}.{kind.removeprefix(PERMIT)}"


def _digest_of(body: bytes) -> bytes | None:
    """Digest the permit that a message tells of; None where it tells of none."""
    try:
        told = orjson.loads(body)
        return chain.digest_of_permit([told.get(name) for name in PERMIT_COLUMNS])
    except (orjson.JSONDecodeError, AttributeError):
        return None


@cache
def _becoming(state: str) -> frozenset[str]:
    """Name all that a permit in a state may still become, by one step or several."""
    following: frozenset[str] = frozenset(_FOLLOWING.get(state, ()))
    return following.union(*map(_becoming, following))


def _flaw(
    portfolio: str, last: Head, link: Link | Any, found: dict[str, dict[str, set[bytes]]], erased: Mapping[str, int]
) -> Flaw | None:
    _, seq, kind, customer_id, subject, _, digest, own = link
    if seq != last.seq + 1:
        return Flaw(last.seq + 1, "the record is missing")
    if chain.follow(portfolio, last, link) != own:
        return Flaw(seq, "the record was changed, or the hash of the one before it")
    stands = found[kind].get(subject, set()) if kind in found else {digest}
    # What was kept unsealed was emptied when its customer was erased, as a later record tells.
    if digest not in stands and not (EMPTIED in stands and erased.get(customer_id, 0) > seq):
        return Flaw(seq, f"the {kind} {subject} was {'changed' if subject in found[kind] else 'removed'}")
    return None


def _digests(
    transaction: Transaction, portfolio: str, told: Told, links: Iterable[Any], kind: str
) -> dict[str, set[bytes]]:
    subjects = transaction.several(link[4] for link in links if link[2] == kind)
    digests: dict[str, set[bytes]] = {}
    for subject, *row in transaction.rows(told.read, portfolio, subjects):
        # Two sources may report events of one identifier.
        digests.setdefault(subject, set()).update((told.digest(row),) if row[-1] else (told.digest(row), EMPTIED))
    return digests
