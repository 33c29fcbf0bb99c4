"""What was decided, what happened since, and where does everyone stand? One SQLite file, durable at every commit."""

from serving.store.events import Receipt, Refusal
from serving.store.log import Live, Logged, Plan, Watermark
from serving.store.store import Store

__all__ = ["Live", "Logged", "Plan", "Receipt", "Refusal", "Store", "Watermark"]
