"""The tables of the store, defined once for SQLite and PostgreSQL; the portfolio stands in every key.

It stands behind what tells rows apart: SQLite's planner takes the first column that is compared with one value, and all
rows of a portfolio are no selection.

``decisions.body`` is a decision's canonical JSON, the bytes that were answered; ``inputs`` is the row it was decided
on (:mod:`serving.deciding.inputs`); ``position`` is where the customer stood afterwards. Instants are UTC text of fixed
width, which sorts as time (:mod:`serving.store.instants`). ``migrations`` lead every older store here; a test compares
both.
"""

from serving.store.tables.access import api_keys
from serving.store.tables.columns import METADATA
from serving.store.tables.feeds import feeds
from serving.store.tables.governance import change_requests, kill_switches, live_versions
from serving.store.tables.jobs import decision_jobs
from serving.store.tables.log import (
    audit,
    audit_checkpoints,
    books,
    decisions,
    events,
    idempotency_keys,
    outbox,
    permits,
    positions,
    quarantine,
    shadows,
    shapes,
)
from serving.store.tables.people import reviews, subjects
from serving.store.tables.sandbox import portfolios, test_clocks, test_customers
from serving.store.tables.webhooks import webhook_attempts, webhook_deliveries, webhook_endpoints

__all__ = [
    "METADATA",
    "api_keys",
    "audit",
    "audit_checkpoints",
    "books",
    "change_requests",
    "decision_jobs",
    "decisions",
    "events",
    "feeds",
    "idempotency_keys",
    "kill_switches",
    "live_versions",
    "outbox",
    "permits",
    "portfolios",
    "positions",
    "quarantine",
    "reviews",
    "shadows",
    "shapes",
    "subjects",
    "test_clocks",
    "test_customers",
    "webhook_attempts",
    "webhook_deliveries",
    "webhook_endpoints",
]
