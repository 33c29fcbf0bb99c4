"""Webhook endpoints as they are kept: whom to tell of what, and how well they listen."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import orjson
from sqlalchemy import bindparam, delete, select, update

from regua.errors import NotFoundError
from serving.store import chain
from serving.store.chain import Entry
from serving.store.database import Row, Transaction
from serving.store.instants import instant, moment_of
from serving.store.statements import inserting, statement
from serving.store.tables import webhook_endpoints as table

_CONTENT = ("url", "about", "kinds", "state", "secrets", "changed_at", "changed_by")
_HEALTH = ("failures", "failing_since", "rests_until")
_COLUMNS = ("endpoint_id", *_CONTENT[:5], "made_at", *_CONTENT[5:], *_HEALTH)
_own = table.c.portfolio == bindparam("portfolio")
_this = table.c.endpoint_id == bindparam("endpoint_id")
_read = select(*(table.c[name] for name in _COLUMNS))
_ADD = statement(inserting(table, "portfolio", *_COLUMNS), "portfolio", *_COLUMNS)
_ONE = statement(_read.where(_own, _this), "portfolio", "endpoint_id")
_ALL = statement(_read.where(_own).order_by(table.c.made_at, table.c.endpoint_id), "portfolio")
_CHANGE = statement(
    update(table).where(_own, _this).values({name: bindparam(name) for name in _CONTENT}),
    *_CONTENT,
    "portfolio",
    "endpoint_id",
)
_LISTENS = statement(
    update(table).where(_own, _this).values({name: bindparam(name) for name in _HEALTH}),
    *_HEALTH,
    "portfolio",
    "endpoint_id",
)
_REMOVE = statement(delete(table).where(_own, _this), "portfolio", "endpoint_id")


class EndpointState(StrEnum):
    """Whether an endpoint is told anything; ``gone`` said itself that it wants no more."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Somewhere to tell of what happens here.

    ``kinds`` are those it is told of, such as ``permit.open`` or ``permit.*``; none means all. ``secrets`` are sealed.
    After a failure it rests until an instant, so that one that is down does not keep the others waiting.
    """

    endpoint_id: str
    url: str
    about: str
    kinds: tuple[str, ...]
    secrets: bytes
    made_at: datetime
    changed_at: datetime
    changed_by: str
    state: EndpointState = EndpointState.ENABLED
    failures: int = 0
    failing_since: datetime | None = None
    rests_until: datetime | None = None

    def hears(self, kind: str) -> bool:
        """Say whether it is to be told of messages of a kind.

        Examples
        --------
        >>> from datetime import UTC
        >>> at = datetime(2026, 3, 4, tzinfo=UTC)
        >>> one = Endpoint("we_1", "https://crm.example/hooks", "", ("permit.*",), b"", at, at, "ana")
        >>> one.hears("permit.open"), one.hears("webhook.test")
        (True, False)
        """
        if self.state is not EndpointState.ENABLED:
            return False
        family = kind.partition(".")[0] + ".*"
        return not self.kinds or kind in self.kinds or family in self.kinds


def add(transaction: Transaction, portfolio: str, endpoint: Endpoint) -> Entry:
    """Keep a new endpoint; return what the audit chain is told."""
    row = _row(endpoint)
    transaction.change(_ADD, portfolio, *(row[name] for name in _COLUMNS))
    return told("webhook.made", endpoint)


def one(transaction: Transaction, portfolio: str, endpoint_id: str) -> Endpoint:
    """Read an endpoint.

    Raises
    ------
    NotFoundError
        There is none of this identifier.
    """
    found = transaction.rows(_ONE, portfolio, endpoint_id)
    if not found:
        raise NotFoundError(f"no webhook endpoint {endpoint_id}", expected="one that was made and not removed")
    return _endpoint(found[0])


def every(transaction: Transaction, portfolio: str) -> list[Endpoint]:
    """Read all endpoints, the oldest first."""
    return [_endpoint(row) for row in transaction.rows(_ALL, portfolio)]


def change(transaction: Transaction, portfolio: str, endpoint: Endpoint, kind: str = "webhook.changed") -> Entry:
    """Write what an endpoint is now, its health apart; return what the audit chain is told."""
    row = _row(endpoint)
    transaction.change(_CHANGE, *(row[name] for name in _CONTENT), portfolio, endpoint.endpoint_id)
    return told(kind, endpoint)


def keep_health(transaction: Transaction, portfolio: str, endpoint: Endpoint) -> None:
    """Write how well an endpoint listens."""
    row = _row(endpoint)
    transaction.change(_LISTENS, *(row[name] for name in _HEALTH), portfolio, endpoint.endpoint_id)


def remove(transaction: Transaction, portfolio: str, endpoint_id: str) -> None:
    """Forget an endpoint; the audit chain keeps that there was one."""
    transaction.change(_REMOVE, portfolio, endpoint_id)


def told(kind: str, endpoint: Endpoint) -> Entry:
    """Return what the audit chain is told of something done to an endpoint."""
    row = _row(endpoint)
    words = [str(row[name]) for name in ("endpoint_id", "url", "kinds", "state", "changed_at", "changed_by")]
    return Entry(kind, "", endpoint.endpoint_id, words[4], chain.digest_of_texts(kind, *words))


def _row(endpoint: Endpoint) -> dict[str, object]:
    named: dict[str, object] = {name: getattr(endpoint, name) for name in _COLUMNS}
    instants = {name: instant(value) for name, value in named.items() if isinstance(value, datetime)}
    return {**named, **instants, "kinds": orjson.dumps(endpoint.kinds).decode(), "state": str(endpoint.state)}


def _endpoint(row: Row) -> Endpoint:
    named = dict(zip(_COLUMNS, row, strict=True))
    for name in ("made_at", "changed_at", "failing_since", "rests_until"):
        named[name] = moment_of(named[name]) if named[name] else None
    named |= {"kinds": tuple(orjson.loads(named["kinds"])), "state": EndpointState(named["state"])}
    return Endpoint(**named)
