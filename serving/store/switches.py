"""What is stopped: a channel, a journey or the whole portfolio; one person may stop, two must let it go on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from regua.errors import ConflictError, NotFoundError
from regua.people import same_person
from regua.records import canonical, digest
from serving.store import audit, chain
from serving.store.chain import Entry
from serving.store.database import Answer, Database, Row, Transaction
from serving.store.instants import instant, moment_of
from serving.store.permit import Permit, PermitState
from serving.store.statements import inserting, statement
from serving.store.tables import kill_switches as table

if TYPE_CHECKING:
    from serving.store.log import Logged

ASK_HOLDS = timedelta(hours=24)
"""How long the first of two people's words to go on waits for the second's."""


class Scope(StrEnum):
    """What a switch stops."""

    PORTFOLIO = "portfolio"
    CHANNEL = "channel"
    JOURNEY = "journey"


REASONS = {
    Scope.PORTFOLIO: "portfolio_stopped",
    Scope.CHANNEL: "channel_stopped",
    Scope.JOURNEY: "journey_stopped",
}
"""The reason a contact is not made, by what was stopped."""

_COLUMNS = (
    "switch_id",
    "scope",
    "name",
    "reason",
    "stopped_by",
    "stopped_at",
    "resume_by",
    "resume_at",
    "lifted_by",
    "lifted_at",
)
_own = table.c.portfolio == bindparam("portfolio")
_read = select(*(table.c[name] for name in _COLUMNS))
_IN_FORCE = statement(_read.where(_own, table.c.lifted_at.is_(None)).order_by(table.c.switch_id), "portfolio")
_ALL = statement(_read.where(_own).order_by(table.c.stopped_at.desc(), table.c.switch_id), "portfolio")
_ONE = statement(_read.where(_own, table.c.switch_id == bindparam("switch_id")), "portfolio", "switch_id")
_KEEP = statement(inserting(table, "portfolio", *_COLUMNS), "portfolio", *_COLUMNS)
_TURN = statement(
    update(table)
    .where(_own, table.c.switch_id == bindparam("switch_id"), table.c.lifted_at.is_(None))
    .values({name: bindparam(f"new_{name}") for name in _COLUMNS[6:]}),
    *(f"new_{name}" for name in _COLUMNS[6:]),
    "portfolio",
    "switch_id",
)


@dataclass(frozen=True, slots=True)
class Switch:
    """One stop: what, why, by whom, and who has asked to go on since."""

    switch_id: str
    scope: Scope
    name: str
    reason: str
    stopped_by: str
    stopped_at: datetime
    resume_by: str | None = None
    resume_at: datetime | None = None
    lifted_by: str | None = None
    lifted_at: datetime | None = None

    @property
    def state(self) -> str:
        """``stopped``, ``resuming`` once one person has asked to go on, ``lifted`` once two have."""
        if self.lifted_at is not None:
            return "lifted"
        return "stopped" if self.resume_by is None else "resuming"

    def told(self) -> dict[str, Any]:
        """Return the switch as people and programs are told of it."""
        return {name: getattr(self, name) for name in _COLUMNS} | {"state": self.state}

    def covers(self, channel: str | None, journey: str | None) -> bool:
        """Whether a contact by this channel, in this journey, is stopped by it."""
        if self.scope is Scope.PORTFOLIO:
            return True
        return self.name == (channel if self.scope is Scope.CHANNEL else journey)


def stopped(transaction: Transaction, portfolio: str, channel: str | None, journey: str | None) -> str | None:
    """Say in a transaction that is open why a contact is stopped; None where nothing stops it.

    A stop waits for every writer of the portfolio before it is acknowledged, and every later one sees it: so a claim
    that asks here cannot be granted once a stop was acknowledged.
    """
    for switch in in_force(transaction, portfolio):
        if switch.covers(channel, journey):
            return REASONS[switch.scope]
    return None


def left_open(
    transaction: Transaction, portfolio: str, issued: Sequence[Permit], rows: Sequence["Logged"]
) -> tuple[list[Permit], frozenset[str]]:
    """Leave open what was to be claimed at once and is stopped; return the permits, and whose were left open.

    The writer holds the permits' customers already, so that a stop waits for it, or is seen here.
    """
    switches = in_force(transaction, portfolio) if any(one.state is PermitState.CLAIMED for one in issued) else []
    journeys = {row.decision_id: row.journey for row in rows}
    stopped_ids = {
        permit.permit_id
        for permit in issued
        if any(switch.covers(permit.channel, journeys.get(permit.decision_id)) for switch in switches)
    }
    permits = [
        replace(one, state=PermitState.OPEN, reason=None, claimed_at=None) if one.permit_id in stopped_ids else one
        for one in issued
    ]
    return permits, frozenset(one.customer_id for one in issued if one.permit_id in stopped_ids)


def in_force(transaction: Transaction, portfolio: str) -> list[Switch]:
    """Read what is stopped, in a transaction that is open."""
    return ask_in_force(transaction, portfolio)()


def ask_in_force(transaction: Transaction, portfolio: str) -> Answer[list[Switch]]:
    """Ask for what is stopped."""
    found = transaction.ask(_IN_FORCE, portfolio)
    return lambda: [_switch(row) for row in found()]


class Switches:
    """The kill switches of one portfolio; each call is one transaction, kept when it returns."""

    def __init__(self, database: Database, portfolio: str) -> None:
        self._database, self._portfolio = database, portfolio

    def stops(self, *, channel: str | None = None, journey: str | None = None) -> str | None:
        """Say why a contact by a channel in a journey is stopped: a word of :data:`REASONS`, None if it is not."""
        with self._database.reading() as transaction:
            return stopped(transaction, self._portfolio, channel, journey)

    def in_force(self) -> list[Switch]:
        """Read what is stopped now."""
        with self._database.reading() as transaction:
            return in_force(transaction, self._portfolio)

    def all(self) -> list[Switch]:
        """Read every switch there was, the latest first."""
        with self._database.reading() as transaction:
            return [_switch(row) for row in transaction.rows(_ALL, self._portfolio)]

    def one(self, switch_id: str) -> Switch:
        """Read a switch.

        Raises
        ------
        NotFoundError
            There is none of this identifier in this portfolio.
        """
        with self._database.reading() as transaction:
            return self._one(transaction, switch_id)

    def stop(self, scope: Scope, name: str, *, by: str, reason: str, at: datetime) -> Switch:
        """Stop something at once; what is stopped already stays as it was stopped.

        When this returns, no claim is granted any more that the switch covers, in any process: it waits for the
        writers that had begun, and those that come later see it.
        """
        name = self._portfolio if scope is Scope.PORTFOLIO else name
        made = Switch(_name(self._portfolio, scope, name, by, at), scope, name, reason, by, at)
        with self._database.writing() as transaction:
            transaction.hold_all(self._portfolio)
            for switch in in_force(transaction, self._portfolio):
                if (switch.scope, switch.name) == (scope, name):
                    return self._stopped_again(transaction, switch, at)
            transaction.change(_KEEP, self._portfolio, *_row(made))
            audit.append(transaction, self._portfolio, [_told(made, at)])
        return made

    def resume(self, switch_id: str, *, by: str, at: datetime) -> Switch:
        """Ask that it goes on; the second person who does so within a day lets it.

        Raises
        ------
        NotFoundError
            There is none of this identifier in this portfolio.
        ConflictError
            It was let go already, or the same person asks twice.
        """
        with self._database.writing() as transaction:
            transaction.hold_all(self._portfolio)
            switch = self._one(transaction, switch_id)
            if switch.lifted_at is not None:
                raise ConflictError(f"{switch_id} was let go by {switch.lifted_by}", expected="a switch in force")
            waits = switch.resume_at is not None and at - switch.resume_at <= ASK_HOLDS
            if waits and same_person(str(switch.resume_by), by):
                raise ConflictError(
                    f"{by} has asked already that {switch_id} goes on",
                    expected="two people: whoever asks cannot agree",
                    remedy="ask a colleague to resume it too",
                )
            said = {"lifted_by": by, "lifted_at": at} if waits else {"resume_by": by, "resume_at": at}
            switch = replace(switch, **said)  # type: ignore[arg-type]
            transaction.change(_TURN, *_row(switch)[6:], self._portfolio, switch_id)
            audit.append(transaction, self._portfolio, [_told(switch, at)])
        return switch

    def _stopped_again(self, transaction: Transaction, switch: Switch, at: datetime) -> Switch:
        """Whoever stops what others were about to let go on takes their word back."""
        if switch.resume_by is None:
            return switch
        switch = replace(switch, resume_by=None, resume_at=None)
        transaction.change(_TURN, *_row(switch)[6:], self._portfolio, switch.switch_id)
        audit.append(transaction, self._portfolio, [_told(switch, at)])
        return switch

    def _one(self, transaction: Transaction, switch_id: str) -> Switch:
        found = transaction.rows(_ONE, self._portfolio, switch_id)
        if not found:
            raise NotFoundError(f"no kill switch {switch_id}", expected="one that GET /v1/kill-switches lists")
        return _switch(found[0])


def _name(portfolio: str, scope: Scope, name: str, by: str, at: datetime) -> str:
    return "stp_" + digest(canonical([portfolio, scope, name, by, at]))[:26]


def _told(switch: Switch, at: datetime) -> Entry:
    content = chain.digest_of_texts(*_row(switch))
    return Entry(f"switch.{switch.state}", "", switch.switch_id, instant(at), content)


def _row(switch: Switch) -> tuple[str | None, ...]:
    instants = {name: getattr(switch, name) for name in ("stopped_at", "resume_at", "lifted_at")}
    written = {name: None if value is None else instant(value) for name, value in instants.items()}
    return tuple(written[name] if name in written else getattr(switch, name) for name in _COLUMNS)


def _switch(row: Row) -> Switch:
    named = dict(zip(_COLUMNS, row, strict=True))
    for name in ("stopped_at", "resume_at", "lifted_at"):
        named[name] = None if named[name] is None else moment_of(named[name])
    return Switch(**{**named, "scope": Scope(named["scope"])})
