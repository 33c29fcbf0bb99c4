"""The API keys of one portfolio as they are stored; every change to them is in the audit chain."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update

from regua.errors import ConflictError, NotFoundError
from serving.access.keys import ApiKey, Environment
from serving.access.roles import Role
from serving.store import audit, chain
from serving.store.chain import Entry
from serving.store.database import Database, Transaction
from serving.store.instants import instant, moment_of
from serving.store.statements import inserting, limited, statement
from serving.store.tables import api_keys

MADE, ROTATED, REVOKED = "key.made", "key.rotated", "key.revoked"
_COLUMNS = (
    "key_id",
    "caller_id",
    "name",
    "roles",
    "environment",
    "digest",
    "hint",
    "created_at",
    "created_by",
    "expires_at",
    "requests_per_minute",
    "revoked_at",
    "revoked_by",
    "last_used_at",
)
_own = api_keys.c.portfolio == bindparam("portfolio")
_one = api_keys.c.key_id == bindparam("key_id")
_all = select(*(api_keys.c[name] for name in _COLUMNS))
_INSERT = statement(inserting(api_keys, "portfolio", *_COLUMNS), "portfolio", *_COLUMNS)
_BY_DIGEST = statement(_all.where(_own, api_keys.c.digest == bindparam("digest")), "portfolio", "digest")
_BY_ID = statement(_all.where(_own, _one), "portfolio", "key_id")
_RUN = statement(
    limited(_all.where(_own, api_keys.c.key_id > bindparam("after")).order_by(api_keys.c.key_id)),
    "portfolio",
    "after",
    "limit",
)
_COUNT = statement(select(func.count()).select_from(api_keys).where(_own), "portfolio")
_OF_ROLE = statement(
    _all.where(
        _own,
        api_keys.c.roles == bindparam("roles"),
        api_keys.c.revoked_at.is_(None),
        api_keys.c.expires_at > bindparam("moment"),
    ),
    "portfolio",
    "roles",
    "moment",
)
_EXPIRE = statement(
    update(api_keys).values(expires_at=bindparam("until")).where(_own, _one), "until", "portfolio", "key_id"
)
_REVOKE = statement(
    update(api_keys).values(revoked_at=bindparam("at"), revoked_by=bindparam("who")).where(_own, _one),
    "at",
    "who",
    "portfolio",
    "key_id",
)
_USED = statement(update(api_keys).values(last_used_at=bindparam("at")).where(_own, _one), "at", "portfolio", "key_id")


class Callers:
    """Who may call one portfolio's service; each call is one transaction, kept when it returns."""

    def __init__(self, database: Database, portfolio: str) -> None:
        self._database, self._portfolio = database, portfolio

    def find(self, digest: bytes) -> ApiKey | None:
        """Read a key by what it hashes to; None where this portfolio has none such."""
        with self._database.reading() as transaction:
            found = transaction.rows(_BY_DIGEST, self._portfolio, digest)
        return _key(found[0]) if found else None

    def one(self, key_id: str) -> ApiKey:
        """Read a key by its identifier.

        Raises
        ------
        NotFoundError
            There is none of this identifier in this portfolio.
        """
        with self._database.reading() as transaction:
            return self._one(transaction, key_id)

    def all(self, after: str = "", limit: int = 1_000) -> list[ApiKey]:
        """Read keys in the order of their identifiers, those that count no more among them."""
        with self._database.reading() as transaction:
            return [_key(row) for row in transaction.rows(_RUN, self._portfolio, after, limit)]

    def keep(self, key: ApiKey) -> None:
        """Keep a new key."""
        with self._database.writing() as transaction:
            self._keep(transaction, [key])

    def keep_first(self, make: Callable[[], Sequence[ApiKey]]) -> list[ApiKey]:
        """Keep the first keys of a portfolio; none where it had keys before, also if another process is as early."""
        with self._database.writing() as transaction:
            transaction.hold_chain(self._portfolio)
            if transaction.rows(_COUNT, self._portfolio)[0][0]:
                return []
            keys = list(make())
            self._keep(transaction, keys)
        return keys

    def rotate(self, key_id: str, fresh: Callable[[ApiKey], ApiKey], until: datetime, at: datetime) -> ApiKey:
        """Keep a key in the place of another, which counts until an instant and no longer.

        Raises
        ------
        NotFoundError
            There is none of this identifier in this portfolio.
        ConflictError
            It counts no more: what it opened is not opened again.
        """
        with self._database.writing() as transaction:
            transaction.hold_chain(self._portfolio)
            old = self._counting(transaction, key_id, at)
            key = fresh(old)
            ends = min(old.expires_at, until)
            transaction.change(_EXPIRE, instant(ends), self._portfolio, key_id)
            transaction.change_many(_INSERT, [(self._portfolio, *_row(key))])
            changed = replace(old, expires_at=ends)
            told = [_entry(ROTATED, changed, at, key.created_by), _entry(MADE, key, at, key.created_by)]
            audit.append(transaction, self._portfolio, told)
        return key

    def revoke(self, key_id: str, by: str, at: datetime) -> ApiKey:
        """End a key at once; said again, it stays ended as it was.

        Raises
        ------
        NotFoundError
            There is none of this identifier in this portfolio.
        ConflictError
            It is the last key that may give out keys.
        """
        with self._database.writing() as transaction:
            transaction.hold_chain(self._portfolio)
            key = self._one(transaction, key_id)
            if not key.counts_at(at):
                return key
            self._refuse_last_admin(transaction, key, at)
            transaction.change(_REVOKE, instant(at), by, self._portfolio, key_id)
            key = replace(key, revoked_at=at, revoked_by=by)
            audit.append(transaction, self._portfolio, [_entry(REVOKED, key, at, by)])
        return key

    def used(self, key_id: str, at: datetime) -> None:
        """Remember when a key was used."""
        with self._database.writing() as transaction:
            transaction.change(_USED, instant(at), self._portfolio, key_id)

    def _keep(self, transaction: Transaction, keys: Sequence[ApiKey]) -> None:
        transaction.change_many(_INSERT, [(self._portfolio, *_row(key)) for key in keys])
        told = [_entry(MADE, key, key.created_at, key.created_by) for key in keys]
        audit.append(transaction, self._portfolio, told)

    def _one(self, transaction: Transaction, key_id: str) -> ApiKey:
        found = transaction.rows(_BY_ID, self._portfolio, key_id)
        if not found:
            raise NotFoundError(
                f"no key {key_id}", expected="the identifier of a key of this portfolio", remedy="regua keys list"
            )
        return _key(found[0])

    def _counting(self, transaction: Transaction, key_id: str, at: datetime) -> ApiKey:
        key = self._one(transaction, key_id)
        if not key.counts_at(at):
            raise ConflictError(
                f"the key {key_id} counts no more", expected="a key that still counts", remedy="make a new key instead"
            )
        return key

    def _refuse_last_admin(self, transaction: Transaction, key: ApiKey, at: datetime) -> None:
        if Role.ADMIN not in key.roles:
            return
        others = transaction.rows(_OF_ROLE, self._portfolio, str(Role.ADMIN), instant(at))
        if all(_key(row).key_id == key.key_id for row in others):
            raise ConflictError(
                f"{key.key_id} is the last key of an admin",
                expected="one key at least that may give out keys",
                remedy="make another admin key first, or rotate this one",
            )


def _row(key: ApiKey) -> tuple[Any, ...]:
    return (
        key.key_id,
        key.caller_id,
        key.name,
        _words(key.roles),
        str(key.environment),
        key.digest,
        key.hint,
        instant(key.created_at),
        key.created_by,
        instant(key.expires_at),
        key.requests_per_minute,
        key.revoked_at and instant(key.revoked_at),
        key.revoked_by,
        key.last_used_at and instant(key.last_used_at),
    )


def _key(row: Sequence[Any]) -> ApiKey:
    named = dict(zip(_COLUMNS, row, strict=True))
    for name in ("created_at", "expires_at", "revoked_at", "last_used_at"):
        named[name] = named[name] and moment_of(named[name])
    named["roles"] = frozenset(map(Role, named["roles"].split()))
    return ApiKey(**named | {"environment": Environment(named["environment"]), "digest": bytes(named["digest"])})


def _words(roles: frozenset[Role]) -> str:
    return " ".join(sorted(roles))


def _entry(kind: str, key: ApiKey, at: datetime, by: str) -> Entry:
    texts = (kind, by, key.key_id, key.caller_id, key.name, _words(key.roles), instant(key.expires_at), key.hint)
    return Entry(kind, "", key.key_id, instant(at), chain.digest_of_texts(*texts))
