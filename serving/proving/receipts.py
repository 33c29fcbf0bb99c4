"""The receipt of a decision: what was decided, on what, under which rules and models, signed by the service."""

from typing import Any

from regua.records import digest
from serving.proving.signing import Signer
from serving.store import Store
from serving.store.instants import instant


def receipt(store: Store, signer: Signer, decision_id: str) -> dict[str, Any]:
    """Return a decision's receipt: the same decision has the same receipt, whenever it is asked for.

    ``body_sha256`` is of the bytes that were answered, ``inputs_sha256`` of what they were decided on, and
    ``record_digest`` is what the record of the audit chain that names the decision holds.

    Raises
    ------
    NotFoundError
        There is no such decision.
    ErasedError
        It was erased with what was kept of its customer.
    """
    row = store.decision(decision_id)
    kept = store.trail.digest_of(decision_id)
    return signer.signed(
        {
            "decision_id": row.decision_id,
            "customer_id": row.customer_id,
            "portfolio": store.portfolio,
            "decided_at": instant(row.decided_at),
            "action": row.action,
            "body_sha256": digest(row.body),
            "inputs_sha256": digest(row.inputs),
            "release_id": row.release_id,
            "book_digest": row.book_digest,
            "shape_digest": row.shape_digest,
            "record_digest": kept.hex() if kept else None,
        }
    )
