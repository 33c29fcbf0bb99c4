"""Telling the outside: messages of the outbox become deliveries, and each is tried until it is heard or given up.

A receiver hears a message at least once: when a worker dies between the receiver's answer and the log, the message is
told again under the same ``webhook-id``. One receiver that is down keeps neither the others nor any decision waiting.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import orjson

from regua.clock import Clock
from regua.settings import Settings
from serving.store import Store
from serving.store.deliveries import Attempt, Delivery, DeliveryState, Tried
from serving.store.endpoints import Endpoint, EndpointState
from serving.webhooks.addresses import Guard
from serving.webhooks.schedule import next_try, rest
from serving.webhooks.sealing import Seal
from serving.webhooks.sending import Outcome, Sender
from serving.webhooks.signing import headers

THREADS, TOGETHER = 16, 32
"""Tries at the same time, and tries whose ends are kept together; also the most of one endpoint in one pass."""
ROUNDS = 20
LEASE = timedelta(seconds=120)
"""How long a worker has for what it took; longer than its tries may last, so that only a dead one is overtaken."""
GONE = 410


class Deliverer:
    """Delivers the messages of one portfolio; several may run side by side, in one process or in many.

    Parameters
    ----------
    store
        Where messages, endpoints and deliveries are kept.
    clock
        Says when something is due, and when it was sent.
    seal
        Opens the endpoints' secrets.
    sender
        Sends one message.
    """

    def __init__(self, store: Store, clock: Clock, seal: Seal, sender: Sender) -> None:
        self._store, self._clock, self._seal, self._sender = store, clock, seal, sender
        self._pool = ThreadPoolExecutor(THREADS, "webhooks")

    @classmethod
    def of(cls, settings: Settings, store: Store, clock: Clock) -> "Deliverer":
        """Put one together as the settings say."""
        guard = Guard(settings.webhook_networks)
        return cls(store, clock, Seal.of(settings), Sender(guard, settings.webhook_authorities))

    def fan_out(self) -> int:
        """Turn messages that are due into deliveries; return how many messages."""
        count = 0
        for _ in range(ROUNDS):
            found = self._store.webhooks.fan_out(self._clock.now())
            count += found
            if not found:
                break
        return count

    def deliver(self) -> int:
        """Try once what is due, some of each endpoint; return how many tries were made."""
        count = 0
        taken: list[tuple[Endpoint, Delivery]] = []
        for endpoint in self._store.webhooks.every():
            now = self._clock.now()
            if endpoint.state is EndpointState.ENABLED and (endpoint.rests_until or now) <= now:
                # One that failed is asked with one message whether it listens again.
                few = 1 if endpoint.failures else TOGETHER
                due = self._store.webhooks.take(endpoint.endpoint_id, now, now + LEASE, few)
                taken += [(endpoint, one) for one in due]
            if len(taken) >= TOGETHER:
                count += self._try(taken)
                taken = []
        return count + self._try(taken)

    def deliver_one(self, delivery_id: str) -> None:
        """Try one delivery now, though it may not be due; its endpoint may rest or be disabled."""
        delivery, _ = self._store.webhooks.delivery(delivery_id)
        self._try([(self._store.webhooks.one(delivery.endpoint_id), delivery)])

    def close(self) -> None:
        """Wait for what is on its way, and close every connection."""
        self._pool.shutdown()
        self._sender.close()

    def _try(self, taken: Sequence[tuple[Endpoint, Delivery]]) -> int:
        health: dict[str, Endpoint] = {}
        tries: list[Tried] = []
        for (endpoint, delivery), outcome in zip(taken, self._pool.map(self._send, taken), strict=True):
            name, now = endpoint.endpoint_id, self._clock.now()
            tries.append(_tried(delivery, outcome, now))
            health[name] = _health(health.get(name, endpoint), outcome, now)
        if tries:
            self._store.webhooks.tried(tries, health.values())
        return len(tries)

    def _send(self, pair: tuple[Endpoint, Delivery]) -> Outcome:
        endpoint, delivery = pair
        body = cloud_event(self._store.portfolio, delivery)
        secrets = self._seal.open(endpoint.endpoint_id, endpoint.secrets)
        signed = headers(secrets, delivery.message_id, self._clock.now(), body)
        return self._sender.send(endpoint.url, {"content-type": "application/cloudevents+json", **signed}, body)


def _tried(delivery: Delivery, outcome: Outcome, now: datetime) -> Tried:
    attempt = Attempt(now, outcome.status, outcome.problem, outcome.took_ms)
    if outcome.is_heard:
        return Tried(delivery, attempt, DeliveryState.DELIVERED, now)
    again = next_try(delivery.delivery_id, delivery.attempts + 1, now, delivery.began_at, outcome.retry_after)
    if again is None or outcome.status == GONE:
        return Tried(delivery, attempt, DeliveryState.FAILED, now)
    return Tried(delivery, attempt, DeliveryState.WAITING, again)


def _health(endpoint: Endpoint, outcome: Outcome, now: datetime) -> Endpoint:
    if outcome.is_heard:
        return replace(endpoint, failures=0, failing_since=None, rests_until=None)
    failures = endpoint.failures + 1
    state = EndpointState.GONE if outcome.status == GONE else endpoint.state
    since = endpoint.failing_since or now
    return replace(endpoint, state=state, failures=failures, failing_since=since, rests_until=now + rest(failures))


def cloud_event(portfolio: str, delivery: Delivery) -> bytes:
    """Write a message as a CloudEvent 1.0 in JSON; the same bytes at every try.

    Its ``type`` is ``regua.`` and the message's kind, its ``subject`` the identifier of what it tells of, its ``time``
    when that happened, and its ``data`` the message.
    """
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": delivery.message_id,
            "source": f"/portfolios/{portfolio}",
            "type": f"regua.{delivery.kind}",
            "subject": delivery.subject,
            "time": delivery.told_at,
            "datacontenttype": "application/json",
            "data": orjson.Fragment(delivery.body),
        },
        option=orjson.OPT_UTC_Z,
    )
