"""Making an endpoint, changing it, exchanging its secret, and trying it."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import orjson

from regua.errors import RequestError
from serving.store import Message, Store
from serving.store.endpoints import Endpoint, EndpointState
from serving.store.instants import instant
from serving.webhooks.addresses import Guard
from serving.webhooks.sealing import Seal
from serving.webhooks.signing import Secret, new_secret, rotated

TEST = "webhook.test"


class Registry:
    """The endpoints of one portfolio, as those who look after them see them.

    Parameters
    ----------
    store
        Where they are kept.
    guard
        Says which addresses may be named.
    seal
        Seals their secrets.
    """

    def __init__(self, store: Store, guard: Guard, seal: Seal) -> None:
        self._store, self._guard, self._seal = store, guard, seal

    def make(self, url: str, kinds: Sequence[str], about: str, at: datetime, by: str) -> Endpoint:
        """Make an endpoint with a secret of its own.

        Raises
        ------
        AddressError
            Its address may not be called.
        """
        self._guard.read(url)
        name = f"we_{_new_name()}"
        sealed = self._seal.close(name, [Secret(new_secret())])
        endpoint = Endpoint(name, url, about, ordered(kinds), sealed, at, at, by)
        self._store.webhooks.add(endpoint)
        return endpoint

    def change(
        self,
        endpoint_id: str,
        at: datetime,
        by: str,
        *,
        url: str | None = None,
        kinds: Sequence[str] | None = None,
        about: str | None = None,
        state: EndpointState | None = None,
    ) -> Endpoint:
        """Change what is given of an endpoint, and leave the rest; one that is enabled is tried again at once."""
        endpoint = self._store.webhooks.one(endpoint_id)
        if url is not None:
            self._guard.read(url)
        if state is EndpointState.GONE:
            raise RequestError("state: gone", expected="enabled or disabled", remedy="gone is for the endpoint to say")
        turned = replace(
            endpoint,
            url=url if url is not None else endpoint.url,
            kinds=ordered(kinds) if kinds is not None else endpoint.kinds,
            about=about if about is not None else endpoint.about,
            state=state or endpoint.state,
            changed_at=at,
            changed_by=by,
            failures=0,
            failing_since=None,
            rests_until=None,
        )
        self._store.webhooks.change(turned)
        return turned

    def rotate(self, endpoint_id: str, at: datetime, by: str) -> Endpoint:
        """Give an endpoint a new secret; the one before signs beside it for a day."""
        endpoint = self._store.webhooks.one(endpoint_id)
        secrets = rotated(self._seal.open(endpoint_id, endpoint.secrets), at)
        turned = replace(endpoint, secrets=self._seal.close(endpoint_id, secrets), changed_at=at, changed_by=by)
        self._store.webhooks.change(turned, "webhook.secret_rotated")
        return turned

    def secrets(self, endpoint_id: str) -> tuple[Secret, ...]:
        """Read an endpoint's secrets, the newest first."""
        return self._seal.open(endpoint_id, self._store.webhooks.one(endpoint_id).secrets)


def trial(endpoint: Endpoint, at: datetime) -> Message:
    """Write a message that only says that it is a test; each has a name of its own."""
    body = orjson.dumps({"endpoint_id": endpoint.endpoint_id, "asked_at": instant(at)})
    return Message(f"{TEST}.{_new_name()}", TEST, endpoint.endpoint_id, at, body)


def _new_name() -> str:
    return hashlib.sha256(os.urandom(32)).hexdigest()[:26]


def ordered(kinds: Sequence[str]) -> tuple[str, ...]:
    """Return the kinds an endpoint asks for, each once and in order.

    Examples
    --------
    >>> ordered(["permit.open", "permit.*", "permit.open"])
    ('permit.*', 'permit.open')
    """
    return tuple(sorted(set(kinds)))
