"""What a sandbox keeps in its store, so that all its processes share it: clocks, and customers that play a part."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import bindparam, func, select, update

from regua.errors import ConflictError, NotFoundError
from serving.store import audit, chain
from serving.store.chain import Entry
from serving.store.database import Database, Transaction
from serving.store.instants import instant, moment_of
from serving.store.statements import OneOf, inserting, limited, statement
from serving.store.tables import decisions
from serving.store.tables import test_clocks as clocks
from serving.store.tables import test_customers as customers

_CLOCK = ("clock_id", "begins_at", "at", "made_by")
_read_clock = select(*(clocks.c[name] for name in _CLOCK)).where(clocks.c.portfolio == bindparam("portfolio"))
_NEWEST = statement(limited(_read_clock.order_by(clocks.c.seq.desc())), "portfolio", "limit")
_ONE_CLOCK = statement(_read_clock.where(clocks.c.clock_id == bindparam("clock_id")), "portfolio", "clock_id")
_KEEP_CLOCK = statement(inserting(clocks, "portfolio", *_CLOCK), "portfolio", *_CLOCK)
_MOVE = statement(
    update(clocks)
    .where(clocks.c.portfolio == bindparam("portfolio"), clocks.c.clock_id == bindparam("which"))
    .values(at=bindparam("now")),
    "now",
    "portfolio",
    "which",
)
_LAST_DECIDED = statement(
    select(func.max(decisions.c.decided_at)).where(decisions.c.portfolio == bindparam("portfolio")), "portfolio"
)
_ACTOR = ("customer_id", "part", "begins_at", "body")
_own = customers.c.portfolio == bindparam("portfolio")
_read = select(*(customers.c[name] for name in _ACTOR)).where(_own)
_ALL = statement(_read.order_by(customers.c.customer_id), "portfolio")
_SOME = statement(_read.where(OneOf(customers.c.customer_id, "ids")), "portfolio", "ids")
_COUNT = statement(select(func.count()).select_from(customers).where(_own), "portfolio")
_KEEP_ACTOR = statement(inserting(customers, "portfolio", *_ACTOR), "portfolio", *_ACTOR)


@dataclass(frozen=True, slots=True)
class KeptClock:
    """A clock that stands where it was put last; the newest of a portfolio is the one in force."""

    clock_id: str
    begins_at: datetime
    at: datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class KeptActor:
    """A test customer: the part it plays, from when on, and its details as JSON."""

    customer_id: str
    part: str
    begins_at: datetime
    body: str


class SandboxRows:
    """The clocks and test customers of one portfolio; each call is one transaction, kept when it returns."""

    def __init__(self, database: Database, portfolio: str) -> None:
        self._database, self._portfolio = database, portfolio

    def clock(self) -> KeptClock | None:
        """Read the clock in force, None before there is one."""
        with self._database.reading() as transaction:
            found = transaction.rows(_NEWEST, self._portfolio, 1)
        return _clock(found[0]) if found else None

    def clock_of(self, clock_id: str) -> KeptClock:
        """Read a clock.

        Raises
        ------
        NotFoundError
            There is none of this identifier.
        """
        with self._database.reading() as transaction:
            return self._clock_of(transaction, clock_id)

    def last_decided(self) -> datetime | None:
        """Say when the latest decision was made, by whichever clock."""
        with self._database.reading() as transaction:
            ((last,),) = transaction.rows(_LAST_DECIDED, self._portfolio)
        return None if last is None else moment_of(last)

    def keep_clock(self, clock: KeptClock) -> None:
        """Put a clock in force."""
        with self._database.writing() as transaction:
            transaction.hold_all(self._portfolio)
            transaction.change(_KEEP_CLOCK, self._portfolio, *_clock_row(clock))
            self._tell(transaction, "test_clock.set", "", clock.clock_id, clock.at, _clock_row(clock))

    def move(self, clock: KeptClock, to: datetime) -> KeptClock:
        """Put the hands of a clock to a later instant."""
        moved = replace(clock, at=to)
        with self._database.writing() as transaction:
            transaction.hold_all(self._portfolio)
            transaction.change(_MOVE, instant(to), self._portfolio, clock.clock_id)
            self._tell(transaction, "test_clock.moved", "", clock.clock_id, to, _clock_row(moved))
        return moved

    def hold(self) -> None:
        """Inside a unit: keep every other writer of the portfolio away until it ends."""
        with self._database.writing() as transaction:
            transaction.hold_all(self._portfolio)

    def keep_actor(self, actor: KeptActor, most: int) -> None:
        """Let somebody play a part.

        Raises
        ------
        ConflictError
            Somebody of this name does, or there are ``most`` of them already.
        """
        with self._database.writing() as transaction:
            transaction.hold_all(self._portfolio)
            ((count,),) = transaction.rows(_COUNT, self._portfolio)
            if transaction.rows(_SOME, self._portfolio, transaction.several([actor.customer_id])):
                raise ConflictError(
                    f"{actor.customer_id} is a test customer already", expected="a name nobody has in this sandbox"
                )
            if count >= most:
                raise ConflictError(f"this sandbox has {count} test customers", expected=f"at most {most}")
            transaction.change(_KEEP_ACTOR, self._portfolio, *_actor_row(actor))
            row, name = _actor_row(actor), actor.customer_id
            self._tell(transaction, "test_customer.made", name, name, actor.begins_at, row)

    def actors(self) -> list[KeptActor]:
        """Read everybody who plays a part."""
        with self._database.reading() as transaction:
            return [_actor(row) for row in transaction.rows(_ALL, self._portfolio)]

    def actors_among(self, customer_ids: list[str]) -> dict[str, KeptActor]:
        """Read those of some customers who play a part, by name."""
        with self._database.reading() as transaction:
            found = transaction.rows(_SOME, self._portfolio, transaction.several(customer_ids))
        return {row[0]: _actor(row) for row in found}

    def _clock_of(self, transaction: Transaction, clock_id: str) -> KeptClock:
        found = transaction.rows(_ONE_CLOCK, self._portfolio, clock_id)
        if not found:
            raise NotFoundError(f"no test clock {clock_id}", expected="the clock_id that setting one was answered with")
        return _clock(found[0])

    def _tell(
        self, transaction: Transaction, kind: str, who: str, what: str, at: datetime, row: tuple[str, ...]
    ) -> None:
        content = chain.digest_of_texts(*row)
        audit.append(transaction, self._portfolio, [Entry(kind, who, what, instant(at), content)])


def _clock_row(clock: KeptClock) -> tuple[str, ...]:
    return clock.clock_id, instant(clock.begins_at), instant(clock.at), clock.made_by


def _clock(row: tuple[str, ...]) -> KeptClock:
    return KeptClock(row[0], moment_of(row[1]), moment_of(row[2]), row[3])


def _actor_row(actor: KeptActor) -> tuple[str, ...]:
    return actor.customer_id, actor.part, instant(actor.begins_at), actor.body


def _actor(row: tuple[str, ...]) -> KeptActor:
    return KeptActor(row[0], row[1], moment_of(row[2]), row[3])
