"""What is not as it should be, and since when: the parts that are down, late, stopped or stood in for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from regua.errors import ReguaError

if TYPE_CHECKING:
    from serving.service import Service

LATE = timedelta(seconds=60)
"""Messages and permits that have been due for longer than this have nobody who works on them."""


@dataclass(frozen=True, slots=True)
class Degraded:
    """One part that is degraded: a code, which of several, since when, and what that means in words."""

    part: str
    code: str
    since: datetime
    about: str
    name: str | None = None


class Watch:
    """Remembers since when each part has been degraded, where the store does not know.

    What this process found is known since it first looked; status, readiness and metrics all look.
    """

    def __init__(self) -> None:
        self._since: dict[tuple[str, str], datetime] = {}

    def look(self, service: "Service") -> list[Degraded]:
        """Say what is degraded now, the longest first."""
        now = service.clock.now()
        found = [*self._seen(service, now), *_kept(service, now)]
        return sorted(found, key=lambda one: (one.since, one.part, one.name or ""))

    def _seen(self, service: "Service", now: datetime) -> Iterator[Degraded]:
        readiness = service.readiness()
        parts = readiness["parts"]
        failing = {
            (part, "unavailable" if not told["is_ready"] else code): told
            for part, told in parts.items()
            for code in ("kept_last_good", "stands_in")
            if told.get(code) or (not told["is_ready"] and code == "stands_in")
        }
        # Which feeds are late the store knows, with since when.
        stops = {("service", code) for code in readiness["contacts_stopped_by"] if code != "payments_stale"}
        self._since = {key: self._since.get(key, now) for key in (*failing, *stops)}
        for (part, code), since in self._since.items():
            yield Degraded(part, code, since, _ABOUT[code])


_ABOUT = {
    "unavailable": "No decision can be answered without it.",
    "kept_last_good": "A newer release could not be used; the last good one goes on.",
    "stands_in": "It cannot be used now; what stands in for it is told with each answer.",
    "payments_stale": "A feed has not told for too long how far it is: nobody is contacted.",
    "clock_untrusted": "The service's clock differs from the database's: nobody is contacted.",
    "policy_unavailable": "No policy is in force today: nobody is contacted.",
    "messages_waiting": "Messages to the outside are not handed on: is a worker running (regua work)?",
    "permits_overdue": "Permits that ran out are not closed: is a worker running (regua work)?",
    "endpoint_failing": "A webhook endpoint does not listen; what it was not told is told again for three days.",
    "stopped": "Stopped by somebody: no contact is permitted.",
}


def _kept(service: "Service", now: datetime) -> list[Degraded]:
    try:
        return list(_in_the_store(service, now))
    except ReguaError:
        # That the store is away is told as one of the parts.
        return []


def _in_the_store(service: "Service", now: datetime) -> Iterator[Degraded]:
    store = service.store
    for feed, as_of in service.standing.late(now).items():
        yield _degraded("feeds", "payments_stale", as_of or now, feed)
    _, oldest = store.webhooks.depth(now)
    if oldest is not None and now - oldest > LATE:
        yield _degraded("webhooks", "messages_waiting", oldest)
    for endpoint in store.webhooks.every():
        if endpoint.failing_since is not None:
            yield _degraded("webhooks", "endpoint_failing", endpoint.failing_since, endpoint.endpoint_id)
    _, first = store.counts.overdue_permits(now)
    if first is not None and now - first > LATE:
        yield _degraded("permits", "permits_overdue", first)
    for switch in store.switches.in_force():
        yield _degraded("switches", "stopped", switch.stopped_at, f"{switch.scope}:{switch.name}".rstrip(":"))


def _degraded(part: str, code: str, since: datetime, name: str | None = None) -> Degraded:
    return Degraded(part, code, since, _ABOUT[code], name)
