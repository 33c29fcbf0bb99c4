"""All that is kept of one person: read together, and erased together by destroying the key it is sealed under."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Table, bindparam, delete, func, literal_column, select, update

from regua.records import Event
from regua.sealing import MAGIC
from serving.store import audit, chain, log, permits, subjects
from serving.store import events as events_table
from serving.store.audit import ERASED, ERASURE
from serving.store.chain import Entry
from serving.store.database import Database, Transaction
from serving.store.instants import instant, moment_of
from serving.store.log import Logged
from serving.store.permit import Permit, PermitState
from serving.store.statements import Holds, OneOf, Statement, statement
from serving.store.tables import decisions, events, idempotency_keys, outbox, positions, quarantine, reviews
from serving.store.tables import subjects as table

GONE = 410


def _of_customer(table: Table) -> tuple[Any, Any]:
    return table.c.customer_id == bindparam("customer_id"), table.c.portfolio == bindparam("portfolio")


def _blanking(table: Table, *names: str) -> tuple[Statement, Statement]:
    """Empty what was kept before contents were sealed; what is sealed stays as it is, and the chain over it whole."""
    body = table.c[names[-1]]
    start = func.substr(body, literal_column("1"), literal_column(str(len(MAGIC))))
    is_unsealed = (*_of_customer(table), body != bindparam("nothing"), start != bindparam("magic"))
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    order = (*_WHOSE, "nothing", "magic")
    found = statement(select(func.count()).select_from(table).where(*is_unsealed), *order)
    return found, statement(
        update(table).where(*is_unsealed).values(values), *(f"new_{name}" for name in names), *order
    )


_WHOSE = ("customer_id", "portfolio")
_BLANK_DECISIONS = _blanking(decisions, "position", "body", "inputs")
_BLANK_EVENTS = _blanking(events, "body")
_DECISIONS = statement(
    select(*(decisions.c[name] for name in audit.DECISION_COLUMNS))
    .where(*_of_customer(decisions))
    .order_by(decisions.c.seq),
    *_WHOSE,
)
_EVENTS = statement(
    select(events.c.body).where(*_of_customer(events)).order_by(events.c.seq), "customer_id", "portfolio"
)
_DECISION_IDS = statement(select(decisions.c.decision_id).where(*_of_customer(decisions)), "customer_id", "portfolio")
_FORGET_POSITION = statement(delete(positions).where(*_of_customer(positions)), "customer_id", "portfolio")
_FORGET_REVIEWS = statement(
    update(reviews).where(*_of_customer(reviews)).values(body=bindparam("body")), "body", "customer_id", "portfolio"
)
_UNTELL = statement(
    update(outbox)
    .where(outbox.c.portfolio == bindparam("portfolio"), OneOf(outbox.c.subject, "subjects"))
    .values(body=bindparam("body"), delivered_at=func.coalesce(outbox.c.delivered_at, bindparam("at"))),
    "at",
    "body",
    "portfolio",
    "subjects",
)
_FORGET_REFUSED = statement(
    update(quarantine)
    .where(quarantine.c.portfolio == bindparam("portfolio"), Holds(quarantine.c.raw, "named"))
    .values(raw=bindparam("raw")),
    "raw",
    "portfolio",
    "named",
)
_FORGET_ANSWERS = statement(
    update(idempotency_keys)
    .where(idempotency_keys.c.portfolio == bindparam("portfolio"), Holds(idempotency_keys.c.answer, "named"))
    .values(answer=bindparam("answer"), status=bindparam("status")),
    "status",
    "answer",
    "portfolio",
    "named",
)
_WHEN = statement(
    select(table.c.customer_id, table.c.erased_at).where(
        table.c.portfolio == bindparam("portfolio"), table.c.erased_at.is_not(None)
    ),
    "portfolio",
)

_LIVES = statement(
    select(table.c.customer_id, table.c.made_at).where(
        table.c.portfolio == bindparam("portfolio"),
        table.c.wrapped.is_not(None),
        OneOf(table.c.customer_id, "ids"),
    ),
    "portfolio",
    "ids",
)


@dataclass(frozen=True, slots=True)
class Person:
    """All that is kept of one person, oldest first."""

    decisions: tuple[Logged, ...]
    events: tuple[Event, ...]
    permits: tuple[Permit, ...]
    erased_at: datetime | None

    @property
    def is_known(self) -> bool:
        """Whether anything was ever kept of them."""
        return bool(self.decisions or self.events or self.permits or self.erased_at)


class Subjects:
    """The people of one portfolio; each call is one transaction, kept when it returns."""

    def __init__(self, database: Database, portfolio: str) -> None:
        self._database, self._portfolio = database, portfolio

    def of(self, customer_id: str) -> Person:
        """Read all that is kept of somebody, as of one state of the store."""
        with self._database.reading() as transaction:
            keys = subjects.read(transaction, self._portfolio, transaction.several([customer_id]))
            bodies = [
                keys.open(customer_id, body) for (body,) in transaction.rows(_EVENTS, customer_id, self._portfolio)
            ]
            rows = transaction.rows(_DECISIONS, customer_id, self._portfolio)
            when = keys.erased_at.get(customer_id)
            return Person(
                tuple(log.logged(transaction, self._portfolio, rows)),
                tuple(events_table.event_of(body) for body in bodies if body),
                tuple(permits.of_customers(transaction, self._portfolio, [customer_id], tuple(PermitState))),
                moment_of(when) if when else None,
            )

    def erased(self) -> Mapping[str, datetime]:
        """Say who was erased, and when that was last."""
        with self._database.reading() as transaction:
            return {who: moment_of(when) for who, when in transaction.rows(_WHEN, self._portfolio)}

    def outlived(self, erased_at: Mapping[str, datetime]) -> list[str]:
        """Name those of whom something is kept from before they were erased: as in a copy of the store of before."""
        with self._database.reading() as transaction:
            rows = transaction.rows(_LIVES, self._portfolio, transaction.several(erased_at))
        return sorted(who for who, made_at in rows if moment_of(made_at) <= erased_at[who])

    def erase(self, customer_id: str, at: datetime, by: str) -> None:
        """Erase what is kept of somebody; the audit log tells that it was done.

        Open permits are revoked. Decisions and events stay as they are sealed, and nobody can open them again; where
        the customer stood, messages about them and refused reports of theirs are emptied. Said again, it is done again.

        Parameters
        ----------
        customer_id
            Whom.
        at
            When.
        by
            Who asked for it.
        """
        with self._database.writing() as transaction:
            transaction.hold(self._portfolio, [customer_id])
            entries = list(permits.revoke(transaction, self._portfolio, {customer_id: ("erased", at)}))
            self._empty(transaction, customer_id, instant(at))
            subjects.destroy(transaction, self._portfolio, customer_id, instant(at))
            told = chain.digest_of_texts(ERASURE, customer_id, instant(at), by)
            entries.append(Entry(ERASURE, customer_id, by, instant(at), told))
            audit.append(transaction, self._portfolio, entries)

    def wrap_anew(self) -> int:
        """Wrap everybody's key under the newest of the home's own; return how many were not yet."""
        with self._database.writing() as transaction:
            return subjects.wrap_anew(transaction, self._portfolio)

    def _empty(self, transaction: Transaction, customer_id: str, at: str) -> None:
        own = (customer_id, self._portfolio)
        for (found, blank), count in ((_BLANK_DECISIONS, 3), (_BLANK_EVENTS, 1)):
            # Asked first: where a store was sealed from its beginning, the log's tables may not be changed at all.
            if transaction.rows(found, *own, b"", MAGIC)[0][0]:
                transaction.change(blank, *[b""] * count, *own, b"", MAGIC)
        transaction.change(_FORGET_POSITION, *own)
        transaction.change(_FORGET_REVIEWS, ERASED, *own)
        about = {name for (name,) in transaction.rows(_DECISION_IDS, *own)}
        held = permits.of_customers(transaction, self._portfolio, [customer_id], tuple(PermitState))
        about |= {permit.permit_id for permit in held}
        transaction.change(_UNTELL, at, ERASED, self._portfolio, transaction.several(about))
        named = orjson.dumps(customer_id)
        transaction.change(_FORGET_REFUSED, ERASED, self._portfolio, named)
        transaction.change(_FORGET_ANSWERS, GONE, ERASED, self._portfolio, named)
