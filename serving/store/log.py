"""The decision log's rows, how they are written, and what of them is read before the next decision."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import bindparam, func, select

from regua.records import Event
from serving.store import audit, chain, named, plans, subjects, switches
from serving.store import events as events_table
from serving.store.chain import Entry
from serving.store.database import Answer, Row, Transaction
from serving.store.instants import instant, moment_of
from serving.store.plans import Plan
from serving.store.statements import OneOf, inserting, limited, statement
from serving.store.subjects import Keys
from serving.store.tables import decisions, positions

AHEAD = timedelta(minutes=5)
"""How far a reporter's clock, or another process's, may run ahead of ours: what it told is in the log already."""

LAST = datetime(9999, 12, 31, tzinfo=UTC)

_own = decisions.c.portfolio == bindparam("portfolio")
_INSERT = statement(inserting(decisions, "portfolio", *audit.DECISION_COLUMNS), "portfolio", *audit.DECISION_COLUMNS)
_POSITION_COLUMNS = ("portfolio", "customer_id", "decided_at", "position")
_standing = inserting(positions, *_POSITION_COLUMNS)
_STAND = statement(
    _standing.on_conflict_do_update(
        index_elements=["portfolio", "customer_id"],
        set_={"decided_at": _standing.excluded.decided_at, "position": _standing.excluded.position},
        where=_standing.excluded.decided_at >= positions.c.decided_at,
    ),
    *_POSITION_COLUMNS,
)
_STANDING = statement(
    select(positions.c.customer_id, positions.c.decided_at, positions.c.position).where(
        positions.c.portfolio == bindparam("portfolio"), OneOf(positions.c.customer_id, "ids")
    ),
    "portfolio",
    "ids",
)
_EARLIER = statement(
    limited(
        select(decisions.c.position)
        .where(_own, decisions.c.customer_id == bindparam("customer_id"), decisions.c.decided_at < bindparam("moment"))
        .order_by(decisions.c.decided_at.desc(), decisions.c.seq.desc())
    ),
    "portfolio",
    "customer_id",
    "moment",
    "limit",
)
_KEPT = statement(
    select(decisions.c.decision_id, decisions.c.customer_id, decisions.c.body).where(
        _own, OneOf(decisions.c.decision_id, "ids")
    ),
    "portfolio",
    "ids",
)


_WHOLE = [decisions.c[name] for name in audit.DECISION_COLUMNS]
_ONE = statement(
    select(*_WHOLE).where(_own, decisions.c.decision_id == bindparam("decision_id")), "portfolio", "decision_id"
)
_JOURNEY = statement(
    select(decisions.c.journey).where(_own, decisions.c.decision_id == bindparam("decision_id")),
    "portfolio",
    "decision_id",
)
_RUN = statement(
    limited(select(decisions.c.seq, *_WHOLE).where(_own, decisions.c.seq > bindparam("seq")).order_by(decisions.c.seq)),
    "portfolio",
    "seq",
    "limit",
)
_SINCE = statement(
    select(func.count()).select_from(decisions).where(_own, decisions.c.decided_at >= bindparam("moment")),
    "portfolio",
    "moment",
)


@dataclass(frozen=True, slots=True)
class Logged:
    """One row of the decision log: what was answered, and the row it was decided on; nothing where it was erased."""

    decision_id: str
    customer_id: str
    decided_at: datetime
    action: str
    channel: str | None
    send_at: datetime | None
    journey: str | None
    release_id: str
    book_digest: str
    shape_digest: str
    position: bytes
    body: bytes
    inputs: bytes

    @property
    def is_erased(self) -> bool:
        """Whether what was decided, and on what, was erased with the person's key."""
        return not self.body


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far the log had got when it was read: the last record of the portfolio's audit chain.

    ``keys`` are those of the people it was read for. Whoever is erased, or gets a first key, has a record in the chain:
    of whom nothing was written since, the keys are still these.
    """

    seq: int = 0
    keys: Keys = field(default_factory=Keys, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Committed:
    """What a commit did.

    ``moved`` are customers left out, who must be decided again on what is known now; ``repeated`` are the bytes of
    decisions that were in the log already, by identifier; ``taken`` are customers left out because another permit
    holds the slot theirs asks for; ``unclaimed`` are customers whose permit was to be claimed at once and
    waits instead, because a kill switch covers it.
    """

    moved: frozenset[str]
    repeated: Mapping[str, bytes]
    taken: frozenset[str] = field(default=frozenset())
    unclaimed: frozenset[str] = field(default=frozenset())


@dataclass(frozen=True, slots=True)
class Live:
    """What the log says of some customers: plans, events and positions, as of a moment and a watermark.

    ``erased_at`` says of those who were erased when: what was known of them before is not to be used. ``stopped`` names
    what kill switches stop, as (scope, name). ``uncounted`` are plans of decisions of this very moment: where the same
    question is asked again, the same decision comes of it, and where another does, they have to be counted.
    """

    watermark: Watermark
    plans: tuple[Plan, ...]
    events: tuple[Event, ...]
    positions: Mapping[str, Mapping[str, object]]
    erased_at: Mapping[str, datetime] = field(default_factory=dict)
    stopped: tuple[tuple[str, str], ...] = ()
    uncounted: tuple[Plan, ...] = ()


def read_live(
    transaction: Transaction,
    portfolio: str,
    customer_ids: Sequence[str],
    since: datetime,
    moment: datetime,
    beside: Collection[str] = (),
    *,
    whole: bool = False,
) -> Live:
    """Read all the log knows of these customers that a decision at ``moment`` must see.

    Plans of other decisions count wherever their moment lies: two callers whose clocks disagree must not both
    plan the same contact. A plan whose permit was given back, revoked or not used in time is none any more. Decisions
    of this very moment are the same question asked again, and count only of the customers ``beside``. Events count
    once known, by whoever's clock; older ones than ``since`` the profile knows. ``whole`` leaves out none that was told
    while this clock was ahead and has been put right since: where somebody is to be contacted at once, all that was
    acknowledged counts.
    """
    ids, now = transaction.several(customer_ids), instant(moment)
    # All is asked before the first answer is waited for.
    asked_keys, head = subjects.ask(transaction, portfolio, ids), audit.ask_head(transaction, portfolio)
    planned = plans.ask(transaction, portfolio, ids, since, now)
    told = events_table.ask_known(transaction, portfolio, ids, since, LAST if whole else moment + AHEAD)
    stood = transaction.ask(_STANDING, portfolio, ids)
    stopped = switches.ask_in_force(transaction, portfolio)
    keys, seq, found = asked_keys(), head().seq, list(planned())
    events = list(events_table.opened(told(), keys))
    apart = [one for one in found if one.is_of_moment and one.customer_id not in beside]
    return Live(
        watermark=Watermark(seq, keys),
        plans=tuple(one for one in found if one not in apart) if apart else tuple(found),
        events=(*named.earlier(transaction, portfolio, events, since, keys), *events),
        positions=dict(_positions(transaction, portfolio, stood(), now, keys)),
        erased_at={customer_id: moment_of(at) for customer_id, at in keys.erased_at.items()},
        stopped=tuple((str(one.scope), one.name) for one in stopped()),
        uncounted=tuple(apart),
    )


def write(transaction: Transaction, portfolio: str, rows: Sequence[Logged], known: Keys) -> list[Entry]:
    """Write decisions that are not in the log yet, and where they leave their customers.

    ``known`` are keys that were read before and are still those of these customers; of whom there is none, it is made.

    Returns
    -------
    What the audit chain must tell of them.
    """
    if not rows:
        return []
    customers = {row.customer_id for row in rows}
    keys = subjects.complete(transaction, portfolio, known, customers, instant(rows[0].decided_at))
    made = [inserted(row, keys) for row in rows]
    transaction.change_many(_INSERT, ((portfolio, *row) for row in made))
    transaction.change_many(_STAND, ((portfolio, row[1], row[2], row[10]) for row in made))
    return [told(row, audit.DECISION) for row in made]


def ask_bodies(transaction: Transaction, portfolio: str, rows: Iterable[Logged]) -> Answer[dict[str, bytes]]:
    """Ask for the bytes of those decisions that are in the log already, by identifier."""
    found = transaction.ask(_KEPT, portfolio, transaction.several(row.decision_id for row in rows))
    return lambda: _bodies(transaction, portfolio, found())


def _bodies(transaction: Transaction, portfolio: str, rows: Sequence[Row]) -> dict[str, bytes]:
    if not rows:
        return {}
    keys = subjects.read(transaction, portfolio, transaction.several(customer_id for _, customer_id, _ in rows))
    return {decision_id: keys.open(customer_id, body) or b"" for decision_id, customer_id, body in rows}


def ask_contested(
    transaction: Transaction, portfolio: str, rows: Iterable[Logged], seen: Watermark
) -> Answer[set[str]]:
    """Ask for the customers of whom the log has learned something since it was read."""
    moved = audit.ask_touched_since(transaction, portfolio, seen.seq)
    return lambda: moved() & {row.customer_id for row in rows}


def told(row: Sequence[Any], kind: str) -> Entry:
    """Return what the audit chain is told of a decision as it is inserted."""
    return Entry(kind, row[1], row[0], row[2], chain.digest_of_decision(row))


def inserted(row: Logged, keys: Keys) -> tuple[Any, ...]:
    """Return a decision's columns in the order they are inserted, its content sealed."""
    return (
        row.decision_id,
        row.customer_id,
        instant(row.decided_at),
        row.action,
        row.channel,
        instant(row.send_at) if row.send_at else None,
        row.journey,
        row.release_id,
        row.book_digest,
        row.shape_digest,
        *(keys.seal(row.customer_id, content) for content in (row.position, row.body, row.inputs)),
    )


def _positions(
    transaction: Transaction, portfolio: str, rows: Iterable[Row], now: str, keys: Keys
) -> Iterator[tuple[str, Mapping[str, object]]]:
    for customer_id, decided_at, position in rows:
        earlier = transaction.rows(_EARLIER, portfolio, customer_id, now, 1) if decided_at >= now else [(position,)]
        if earlier and (stood := keys.open(customer_id, earlier[0][0])):
            yield customer_id, orjson.loads(stood)


def one(transaction: Transaction, portfolio: str, decision_id: str) -> Logged | None:
    """Read one decision, None where there is none."""
    found = transaction.rows(_ONE, portfolio, decision_id)
    return next(logged(transaction, portfolio, found), None)


def journey_of(transaction: Transaction, portfolio: str, decision_id: str) -> str | None:
    """Read in which journey a decision was made; None where it was in none, or is not here."""
    found = transaction.rows(_JOURNEY, portfolio, decision_id)
    return found[0][0] if found else None


def run(transaction: Transaction, portfolio: str, after: int, limit: int) -> list[tuple[int, Logged]]:
    """Read decisions in the order of their numbers, after one of them."""
    found = transaction.rows(_RUN, portfolio, after, limit)
    rows = logged(transaction, portfolio, [row for _, *row in found])
    return [(seq, row) for (seq, *_), row in zip(found, rows, strict=True)]


def decided_since(transaction: Transaction, portfolio: str, moment: datetime) -> int:
    """Count the decisions made at or after an instant."""
    ((count,),) = transaction.rows(_SINCE, portfolio, instant(moment))
    return int(count)


def logged(transaction: Transaction, portfolio: str, rows: Sequence[Sequence[Any]]) -> Iterator[Logged]:
    """Read rows of the log as they were stored: opened, and empty where they were erased."""
    keys = subjects.read(transaction, portfolio, transaction.several({row[1] for row in rows})) if rows else Keys()
    for decision_id, customer_id, decided_at, action, channel, send_at, *rest in rows:
        sent = None if send_at is None else moment_of(send_at)
        names, contents = rest[:-3], [keys.open(customer_id, content) or b"" for content in rest[-3:]]
        yield Logged(decision_id, customer_id, moment_of(decided_at), action, channel, sent, *names, *contents)
