"""Webhooks of one portfolio in the store; each call is one transaction, kept when it returns."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from regua.errors import ConflictError
from serving.store import audit, deliveries, endpoints, outbox, pruning
from serving.store.chain import Entry
from serving.store.database import Database, Transaction
from serving.store.deliveries import Attempt, Delivery, Tried
from serving.store.endpoints import Endpoint, EndpointState
from serving.store.outbox import Message

MOST_ENDPOINTS = 50
NEWEST = 2**62


class Webhooks:
    """Endpoints, what is on its way to them, and what was tried."""

    def __init__(self, database: Database, portfolio: str) -> None:
        self._database, self._portfolio = database, portfolio

    def add(self, endpoint: Endpoint) -> None:
        """Keep a new endpoint.

        Raises
        ------
        ConflictError
            There are as many as one portfolio may have.
        """
        with self._database.writing() as transaction:
            if len(endpoints.every(transaction, self._portfolio)) >= MOST_ENDPOINTS:
                raise ConflictError(
                    f"there are {MOST_ENDPOINTS} webhook endpoints", expected="fewer", remedy="remove one first"
                )
            entry = endpoints.add(transaction, self._portfolio, endpoint)
            audit.append(transaction, self._portfolio, [entry])

    def one(self, endpoint_id: str) -> Endpoint:
        """Read an endpoint; :class:`~regua.errors.NotFoundError` where there is none."""
        with self._database.reading() as transaction:
            return endpoints.one(transaction, self._portfolio, endpoint_id)

    def every(self) -> list[Endpoint]:
        """Read all endpoints, the oldest first."""
        with self._database.reading() as transaction:
            return endpoints.every(transaction, self._portfolio)

    def change(self, endpoint: Endpoint, kind: str = "webhook.changed") -> None:
        """Write what an endpoint is now; one that is enabled again is tried at once."""
        with self._database.writing() as transaction:
            endpoints.one(transaction, self._portfolio, endpoint.endpoint_id)
            entry = endpoints.change(transaction, self._portfolio, endpoint, kind)
            endpoints.keep_health(transaction, self._portfolio, endpoint)
            audit.append(transaction, self._portfolio, [entry])

    def remove(self, endpoint_id: str, at: datetime, by: str) -> None:
        """Forget an endpoint, and let go of what waits for it."""
        with self._database.writing() as transaction:
            endpoint = endpoints.one(transaction, self._portfolio, endpoint_id)
            endpoints.remove(transaction, self._portfolio, endpoint_id)
            deliveries.cancel(transaction, self._portfolio, endpoint_id)
            entry = endpoints.told("webhook.removed", replace(endpoint, changed_at=at, changed_by=by))
            audit.append(transaction, self._portfolio, [entry])

    def fan_out(self, moment: datetime, limit: int = 200) -> int:
        """Turn messages that are due into deliveries, one an endpoint that hears them; return how many messages."""
        with self._database.writing() as transaction:
            found = outbox.due(transaction, self._portfolio, moment, limit)
            if found:
                listening = endpoints.every(transaction, self._portfolio)
                pairs = [(each, message) for message in found for each in listening if each.hears(message.kind)]
                deliveries.add(transaction, self._portfolio, pairs, moment)
                outbox.delivered(transaction, self._portfolio, [one.message_id for one in found], moment)
        return len(found)

    def prune(self, before: datetime, limit: int = 1_000) -> int:
        """Remove what was told before an instant, and to whom; what still waits stays. Returns how many rows went."""
        with self._database.writing() as transaction:
            return pruning.prune(transaction, self._portfolio, before, limit)

    def tell_alone(self, endpoint: Endpoint, message: Message, moment: datetime) -> Delivery:
        """Have a message delivered to one endpoint and to no other, such as a test."""
        with self._database.writing() as transaction:
            outbox.keep(transaction, self._portfolio, [message])
            outbox.delivered(transaction, self._portfolio, [message.message_id], moment)
            deliveries.add(transaction, self._portfolio, [(endpoint, message)], moment)
            name = deliveries.delivery_id(self._portfolio, endpoint.endpoint_id, message.message_id)
            return deliveries.one(transaction, self._portfolio, name)

    def take(self, endpoint_id: str, moment: datetime, until: datetime, limit: int) -> list[Delivery]:
        """Take what is due to an endpoint; nobody else gets it before ``until``."""
        with self._database.writing() as transaction:
            return deliveries.take(transaction, self._portfolio, endpoint_id, moment, until, limit)

    def tried(self, tries: Sequence[Tried], health: Iterable[Endpoint]) -> None:
        """Keep what became of tries, and how well their endpoints listen.

        A delivery that no longer waits, since another worker was heard or its endpoint was removed, stays as it is.
        """
        with self._database.writing() as transaction:
            for one in tries:
                deliveries.keep_attempt(transaction, self._portfolio, one.delivery.delivery_id, one.attempt)
                deliveries.turn(transaction, self._portfolio, one.delivery, one.state, one.due_at)
            gone = []
            for endpoint in health:
                endpoints.keep_health(transaction, self._portfolio, endpoint)
                gone += [endpoint.endpoint_id] if endpoint.state is EndpointState.GONE else []
            entries = [
                self._gone(transaction, each, tries[0].attempt.at)
                for each in endpoints.every(transaction, self._portfolio)
                if each.endpoint_id in gone
            ]
            audit.append(transaction, self._portfolio, entries)

    def _gone(self, transaction: Transaction, endpoint: Endpoint, at: datetime) -> Entry:
        deliveries.cancel(transaction, self._portfolio, endpoint.endpoint_id)
        turned = replace(endpoint, state=EndpointState.GONE, changed_at=at, changed_by="the endpoint")
        return endpoints.change(transaction, self._portfolio, turned, "webhook.gone")

    def delivery(self, name: str) -> tuple[Delivery, list[Attempt]]:
        """Read a delivery and its tries; :class:`~regua.errors.NotFoundError` where there is none."""
        with self._database.reading() as transaction:
            found = deliveries.one(transaction, self._portfolio, name)
            return found, deliveries.attempts(transaction, self._portfolio, name)

    def page(self, before: int = NEWEST, limit: int = 100) -> list[Delivery]:
        """Read deliveries from the newest back, of those numbered below ``before``."""
        with self._database.reading() as transaction:
            return list(deliveries.page(transaction, self._portfolio, before, limit))

    def redeliver(self, name: str, moment: datetime) -> Delivery:
        """Have a delivery tried again from now on, with three days ahead of it; the receiver sees the same message.

        Raises
        ------
        NotFoundError
            There is no such delivery, or its endpoint was removed.
        """
        with self._database.writing() as transaction:
            found = deliveries.one(transaction, self._portfolio, name)
            endpoints.one(transaction, self._portfolio, found.endpoint_id)
            deliveries.begin_again(transaction, self._portfolio, name, moment)
            return deliveries.one(transaction, self._portfolio, name)

    def counted(self) -> dict[str, int]:
        """Count deliveries by state."""
        with self._database.reading() as transaction:
            return deliveries.counted(transaction, self._portfolio)

    def depth(self, moment: datetime) -> tuple[int, datetime | None]:
        """Count the messages that are due and not handed on yet, and say since when the oldest waits."""
        with self._database.reading() as transaction:
            return outbox.depth(transaction, self._portfolio, moment)
