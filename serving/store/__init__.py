"""What was decided, what happened since, and where does everyone stand? One store, durable at every commit."""

from serving.store.claiming import Claim, Guard
from serving.store.events import Kept, Receipt, Refusal
from serving.store.log import Committed, Live, Logged, Watermark
from serving.store.outbox import Message
from serving.store.permit import Permit, PermitState
from serving.store.plans import Plan
from serving.store.store import PORTFOLIO, Store

__all__ = [
    "PORTFOLIO",
    "Claim",
    "Committed",
    "Guard",
    "Kept",
    "Live",
    "Logged",
    "Message",
    "Permit",
    "PermitState",
    "Plan",
    "Receipt",
    "Refusal",
    "Store",
    "Watermark",
]
