"""Idempotency keys: the answer a request got, kept in the transaction of what it did, for those who ask again.

Source: the IETF draft "The Idempotency-Key HTTP Header Field"; the fingerprint is the SHA-256 of RFC 8785 JSON.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select

from regua.errors import ConflictError, RequestError
from serving.store.database import Database, Transaction
from serving.store.instants import instant
from serving.store.statements import Statement, inserting, statement
from serving.store.tables import idempotency_keys as table

KEPT_FOR = timedelta(days=7)
"""As long as the longest window a contact counts in."""
RETRY_SECONDS = 1

_SCOPE = ("portfolio", "client", "operation", "key")
_COLUMNS = (*_SCOPE, "fingerprint", "began_at", "expires_at", "status", "answer")
_own = [table.c[name] == bindparam(name) for name in _SCOPE]
_FIND = statement(
    select(table.c.fingerprint, table.c.status, table.c.answer).where(*_own, table.c.expires_at > bindparam("at")),
    *_SCOPE,
    "at",
)
_KEEP = statement(inserting(table, *_COLUMNS).on_conflict_do_nothing(), *_COLUMNS)
_FORGET_OWN = statement(delete(table).where(*_own, table.c.expires_at <= bindparam("at")), *_SCOPE, "at")
_FORGET = statement(
    delete(table).where(table.c.portfolio == bindparam("portfolio"), table.c.expires_at <= bindparam("at")),
    "portfolio",
    "at",
)
# Not to wait: whoever is second is told to come back. SQLite's one writer is alone already.
_HOLD = Statement("SELECT ? IS NOT NULL", "SELECT pg_try_advisory_xact_lock(hashtextextended('regua key ' || %s, 0))")


class KeyReusedError(RequestError):
    """A key came with another request than the one it was first used for."""

    code, status = "key_reused", 422

    @classmethod
    def told(cls) -> "KeyReusedError":
        """Say so, and nothing of the first request."""
        return cls(
            "an Idempotency-Key that was used with another request",
            expected="the same path, query and body as the first time, or a new key",
            remedy="make a new key for each new request; repeat a request unchanged",
        )


class KeyInUseError(ConflictError):
    """The first request with a key has not ended yet."""

    code, status = "key_in_use", 409
    headers = {"Retry-After": str(RETRY_SECONDS)}  # noqa: RUF012 - never changed


@dataclass(frozen=True, slots=True)
class Once:
    """A request that is to have effect once: whose it is, which operation, its key, and its content's fingerprint."""

    client: str
    operation: str
    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """The answer a request got: its status and its bytes."""

    status: int
    answer: bytes


class Keys:
    """The idempotency keys of one portfolio."""

    def __init__(self, database: Database, portfolio: str) -> None:
        self._database, self._portfolio = database, portfolio

    def find(self, once: Once, at: datetime) -> Kept | None:
        """Return the answer this request got before, None if it did not.

        Raises
        ------
        KeyReusedError
            The key was used with another content.
        """
        with self._database.reading() as transaction:
            found = transaction.rows(_FIND, *self._scope(once), instant(at))
        if not found:
            return None
        ((fingerprint, status, answer),) = found
        if bytes(fingerprint) != once.fingerprint:
            raise KeyReusedError.told()
        return Kept(int(status), bytes(answer))

    def hold(self, once: Once) -> None:
        """Be the only one that works on this request until the unit ends.

        Raises
        ------
        KeyInUseError
            Somebody else is at it.
        """
        with self._database.writing() as transaction:
            ((is_ours,),) = transaction.rows(_HOLD, " ".join(self._scope(once)))
        if not is_ours:
            raise KeyInUseError(
                "an Idempotency-Key whose first request is still running",
                expected="one request at a time with one key",
                remedy="repeat the request after the time in Retry-After: it gets the first one's answer",
            )

    def keep(self, once: Once, at: datetime, kept: Kept) -> bool:
        """Keep the answer of a request; false if somebody else has kept one meanwhile."""
        with self._database.writing() as transaction:
            transaction.change(_FORGET_OWN, *self._scope(once), instant(at))
            times = (instant(at), instant(at + KEPT_FOR))
            return self._insert(transaction, once, times, kept) > 0

    def forget(self, moment: datetime) -> int:
        """Remove the keys whose time has passed; return how many."""
        with self._database.writing() as transaction:
            return transaction.change(_FORGET, self._portfolio, instant(moment))

    def _insert(self, transaction: Transaction, once: Once, times: tuple[str, str], kept: Kept) -> int:
        return transaction.change(_KEEP, *self._scope(once), once.fingerprint, *times, kept.status, kept.answer)

    def _scope(self, once: Once) -> tuple[str, str, str, str]:
        return self._portfolio, once.client, once.operation, once.key
