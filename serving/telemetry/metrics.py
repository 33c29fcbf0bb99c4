"""Figures for Prometheus: how often, how long, how it went, what waits; no figure is about one customer.

Every label takes its values from a short list of this house's own words: operations, statuses, codes. What comes from
a caller never becomes a label.
"""

from collections import Counter as Counted
from collections.abc import Iterable, Iterator
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from regua.clock import Clock
from regua.errors import ReguaError
from regua.records import Decision
from serving.store import Store
from serving.store.counts import Totals

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
NO_OPERATION = "none"
OTHER = "other"
MOST_CODES = 500
"""Beyond so many codes a new one is counted as ``other``: a label's values stay few whatever a release brings."""


class Metrics:
    """What one process counts, and what its store holds when it is asked.

    Parameters
    ----------
    store
        Whose messages, permits and records are counted; None where there is none.
    clock
        Says what is overdue.
    """

    def __init__(self, store: Store | None = None, clock: Clock | None = None) -> None:
        self.registry = CollectorRegistry()
        self._requests = Histogram(
            "regua_request_seconds",
            "Time to answer, by operation and status.",
            ("operation", "status"),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.in_flight = Gauge("regua_requests_in_flight", "Requests being answered.", registry=self.registry)
        self._actions = self._counter("regua_decisions", "Decisions answered, by channel.", "channel")
        self._reasons = self._counter("regua_reasons", "Reasons given with decisions, by code.", "code")
        self._degraded = self._counter("regua_degraded", "Decisions something was missing for, by code.", "code")
        self._events = self._counter("regua_events", "Events reported, by what became of them.", "status")
        self.refused = 0
        """Requests refused because more is asked than can be answered: counted for next to nothing, as they are."""
        self.registry.register(_Refused(self))
        self._codes: set[str] = set()
        self._children: dict[tuple[Any, tuple[str, ...]], Any] = {}
        if store is not None and clock is not None:
            self.registry.register(_OfTheStore(store, clock))

    def request(self, operation: str, status: int, seconds: float) -> None:
        """Count one request that was answered."""
        self._of(self._requests, operation, str(status)).observe(seconds)

    def decided(self, decisions: Iterable[Decision]) -> None:
        """Count decisions with their reasons, and what was missing for them."""
        actions: Counted[str] = Counted()
        reasons: Counted[str] = Counted()
        degraded: Counted[str] = Counted()
        for one in decisions:
            actions[str(one.channel or "nothing")] += 1
            reasons.update({reason.code for reason in one.reasons})
            degraded.update(set(one.degraded))
        for counter, counts in ((self._actions, actions), (self._reasons, reasons), (self._degraded, degraded)):
            for code, count in counts.items():
                self._of(counter, self._known(code)).inc(count)

    def reported(self, statuses: Iterable[str]) -> None:
        """Count events that were reported."""
        for status, count in Counted(statuses).items():
            self._events.labels(status).inc(count)

    def page(self) -> bytes:
        """Write everything in Prometheus' own format."""
        return generate_latest(self.registry)

    def _counter(self, name: str, about: str, label: str) -> Counter:
        return Counter(name, about, (label,), registry=self.registry)

    def _of(self, family: Any, *labels: str) -> Any:
        """Return the figure of a family under some labels; the library looks for it under a lock each time."""
        key = family, labels
        found = self._children.get(key)
        if found is None:
            found = self._children[key] = family.labels(*labels)
        return found

    def _known(self, code: str) -> str:
        if code not in self._codes:
            if len(self._codes) >= MOST_CODES:
                return OTHER
            self._codes.add(code)
        return code


class _Refused:
    """How many requests were refused for being too many."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        about = "Requests refused because more was asked than can be answered in time."
        yield CounterMetricFamily("regua_requests_refused", about, self._metrics.refused)


class _OfTheStore:
    """What the store holds when Prometheus asks; when the store is away, only that it is."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock, self._totals = store, clock, Totals(store.counts)

    def describe(self) -> list[Metric]:
        """Name nothing beforehand: the store is not asked when this is registered."""
        return []

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("regua_store_up", "Whether the store answers: 1 if it does.")
        try:
            yield from self._held()
        except ReguaError:
            up.add_metric([], 0)
        else:
            up.add_metric([], 1)
        yield up

    def _held(self) -> list[Metric]:
        now = self._clock.now()
        recorded = CounterMetricFamily("regua_recorded", "Records of the audit chain, by kind.", labels=["kind"])
        for kind, count in sorted(self._totals.up_to_now().items()):
            recorded.add_metric([kind], count)
        waiting, oldest = self._store.webhooks.depth(now)
        outbox = GaugeMetricFamily("regua_outbox_messages", "Messages due and not yet handed on.", waiting)
        late = (now - oldest).total_seconds() if oldest else 0.0
        age = GaugeMetricFamily("regua_outbox_oldest_seconds", "For how long the oldest of them has been due.", late)
        deliveries = GaugeMetricFamily(
            "regua_webhook_deliveries", "Deliveries of messages, by state.", labels=["state"]
        )
        for state, count in sorted(self._store.webhooks.counted().items()):
            deliveries.add_metric([state], count)
        failing = sum(one.failing_since is not None for one in self._store.webhooks.every())
        endpoints = GaugeMetricFamily("regua_webhook_endpoints_failing", "Endpoints that do not listen now.", failing)
        held, (overdue, _) = self._store.counts.open_permits(), self._store.counts.overdue_permits(now)
        permits = GaugeMetricFamily("regua_permits_open", "Permits waiting to be claimed.", held)
        run_out = GaugeMetricFamily("regua_permits_overdue", "Of those, permits whose time has passed.", overdue)
        return [recorded, outbox, age, deliveries, endpoints, permits, run_out]
