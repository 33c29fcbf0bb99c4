"""What was decided, what happened since, and where does everyone stand? One SQLite file, durable at every commit."""

from serving.store.events import Receipt, Refusal
from serving.store.log import Committed, Live, Logged, Plan, Watermark
from serving.store.store import Store

__all__ = ["Committed", "Live", "Logged", "Plan", "Receipt", "Refusal", "Store", "Watermark"]
