"""Requests to change what is live, and what has been live: every step in the audit chain, none without its request."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, update

from regua.errors import NotFoundError
from serving.store import audit, chain
from serving.store.chain import Entry
from serving.store.database import Database, Row, Transaction
from serving.store.instants import instant, moment_of
from serving.store.statements import inserting, limited, statement
from serving.store.tables import change_requests, live_versions

FIRST = ""
"""The request of what was live before the first one: none."""
LAST_PAGE = 2**62
_ASKED = ("change_id", "kind", "state", "base", "target", "author", "created_at", "changed_at", "body")
_LIVE = ("kind", "target", "replaced", "change_id", "began_by", "began_at", "body")
_own = change_requests.c.portfolio == bindparam("portfolio")
_asked = select(change_requests.c.seq, *(change_requests.c[name] for name in _ASKED))
_ONE = statement(_asked.where(_own, change_requests.c.change_id == bindparam("change_id")), "portfolio", "change_id")
_BEFORE = statement(
    limited(
        _asked.where(_own, change_requests.c.seq < bindparam("before")).order_by(change_requests.c.seq.desc()), "limit"
    ),
    "portfolio",
    "before",
    "limit",
)
_KEEP = statement(inserting(change_requests, "portfolio", *_ASKED), "portfolio", *_ASKED)
_TURN = statement(
    update(change_requests)
    .where(_own, change_requests.c.change_id == bindparam("change"))
    .values({name: bindparam(f"new_{name}") for name in ("state", "base", "target", "changed_at", "body")}),
    "new_state",
    "new_base",
    "new_target",
    "new_changed_at",
    "new_body",
    "portfolio",
    "change",
)
_lived = (
    select(live_versions.c.seq, *(live_versions.c[name] for name in _LIVE))
    .where(live_versions.c.portfolio == bindparam("portfolio"), live_versions.c.kind == bindparam("kind"))
    .order_by(live_versions.c.seq.desc())
)
_LIVES = statement(limited(_lived), "portfolio", "kind", "limit")
_BEGIN = statement(inserting(live_versions, "portfolio", *_LIVE), "portfolio", *_LIVE)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it is kept: from ``base`` to ``target``, with the rest of it in ``body`` as canonical JSON."""

    change_id: str
    kind: str
    state: str
    base: str
    target: str
    author: str
    created_at: datetime
    changed_at: datetime
    body: str
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Lived:
    """What went live: a book or a release by its name, what it replaced, and the request that said so."""

    kind: str
    target: str
    replaced: str
    change_id: str
    began_by: str
    began_at: datetime
    body: str = "{}"
    seq: int = 0


class Acts:
    """What may be done while nobody else changes anything: read what is live, and put something else in its place."""

    def __init__(self, transaction: Transaction, portfolio: str) -> None:
        self._transaction, self._portfolio = transaction, portfolio
        self.entries: list[Entry] = []

    def live(self, kind: str) -> Lived | None:
        """Read what is live."""
        found = self.lived(kind, 1)
        return found[0] if found else None

    def lived(self, kind: str, limit: int = 1_000) -> list[Lived]:
        """Read what has been live, the latest first."""
        return [_lived_of(row) for row in self._transaction.rows(_LIVES, self._portfolio, kind, limit)]

    def begin(self, version: Lived) -> None:
        """Put a version live."""
        row = _words_of(version)
        self._transaction.change(_BEGIN, self._portfolio, *row)
        content = chain.digest_of_texts(*row)
        self.entries.append(Entry(f"live.{version.kind}", "", version.target, instant(version.began_at), content))


Step = Callable[[Asked, Acts], Asked]
"""Makes of a request as it stands what it is to become; raises where it may not."""


class Changes:
    """The requests of one portfolio and its live versions; each call is one transaction, kept when it returns."""

    def __init__(self, database: Database, portfolio: str) -> None:
        self._database, self._portfolio = database, portfolio

    def one(self, change_id: str) -> Asked:
        """Read a request.

        Raises
        ------
        NotFoundError
            There is none of this identifier in this portfolio.
        """
        with self._database.reading() as transaction:
            return self._one(transaction, change_id)

    def before(self, seq: int | None = None, limit: int = 50) -> list[Asked]:
        """Read requests from the latest, or from one of them on, backwards."""
        with self._database.reading() as transaction:
            found = transaction.rows(_BEFORE, self._portfolio, LAST_PAGE if seq is None else seq, limit)
        return [_asked_of(row) for row in found]

    def live(self, kind: str) -> Lived | None:
        """Read what is live; None before anything was said about it."""
        with self._database.reading() as transaction:
            return Acts(transaction, self._portfolio).live(kind)

    def lived(self, kind: str, limit: int = 1_000) -> list[Lived]:
        """Read what has been live, the latest first."""
        with self._database.reading() as transaction:
            return Acts(transaction, self._portfolio).lived(kind, limit)

    def adopt(self, version: Lived) -> Lived:
        """Say what is live where nothing was said before; what was said stays."""
        with self._database.writing() as transaction:
            transaction.hold_all(self._portfolio)
            acts = Acts(transaction, self._portfolio)
            known = acts.live(version.kind)
            if known is None:
                acts.begin(version)
                audit.append(transaction, self._portfolio, acts.entries)
        return known or version

    def keep(self, asked: Asked) -> Asked:
        """Keep a new request, and return it; one that was said before is returned as it stands by now."""
        with self._database.writing() as transaction:
            transaction.hold_all(self._portfolio)
            if known := transaction.rows(_ONE, self._portfolio, asked.change_id):
                return _asked_of(known[0])
            transaction.change(_KEEP, self._portfolio, *_row(asked))
            audit.append(transaction, self._portfolio, [_told(asked)])
        return asked

    def act(self, change_id: str, step: Step) -> Asked:
        """Take a request one step further, while nobody else changes anything in this portfolio.

        Raises
        ------
        NotFoundError
            There is none of this identifier in this portfolio.
        """
        with self._database.writing() as transaction:
            transaction.hold_all(self._portfolio)
            asked, acts = self._one(transaction, change_id), Acts(transaction, self._portfolio)
            made = step(asked, acts)
            if made == asked:
                return asked
            *_, changed_at, body = _row(made)
            values = (made.state, made.base, made.target, changed_at, body, self._portfolio, change_id)
            transaction.change(_TURN, *values)
            audit.append(transaction, self._portfolio, [_told(made), *acts.entries])
        return made

    def _one(self, transaction: Transaction, change_id: str) -> Asked:
        found = transaction.rows(_ONE, self._portfolio, change_id)
        if not found:
            raise NotFoundError(f"no change request {change_id}", expected="one that GET /v1/change-requests lists")
        return _asked_of(found[0])


def _told(asked: Asked) -> Entry:
    content = chain.digest_of_texts(*_row(asked))
    return Entry(f"change.{asked.state}", "", asked.change_id, instant(asked.changed_at), content)


def _row(asked: Asked) -> tuple[str, ...]:
    words = (asked.change_id, asked.kind, asked.state, asked.base, asked.target, asked.author)
    return (*words, instant(asked.created_at), instant(asked.changed_at), asked.body)


def _words_of(version: Lived) -> tuple[str, ...]:
    words = (version.kind, version.target, version.replaced, version.change_id, version.began_by)
    return (*words, instant(version.began_at), version.body)


def _asked_of(row: Row) -> Asked:
    seq, change_id, kind, state, base, target, author, created_at, changed_at, body = row
    return Asked(
        change_id, kind, state, base, target, author, moment_of(created_at), moment_of(changed_at), body, int(seq)
    )


def _lived_of(row: Row) -> Lived:
    seq, kind, target, replaced, change_id, began_by, began_at, body = row
    return Lived(kind, target, replaced, change_id, began_by, moment_of(began_at), body, int(seq))
