"""A decision shown and proved: its signed receipt, and the decision made again from the log alone."""

from typing import Any

import anyio.to_thread
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from regua.errors import ErasedError
from serving.api.anatomy import Resource
from serving.api.call import Call
from serving.api.decisions import DECISION_ID, READERS
from serving.proving.receipts import receipt
from serving.proving.replay import Replay, Replayer
from serving.proving.signing import Signer

resource = Resource("receipts", "The proof of a decision: signed by the service, and made again byte for byte.")
_ID = "dec_fcb23c27b22d442f8c97b7203c"
_RECEIPT: dict[str, Any] = {
    "decision_id": _ID,
    "customer_id": "c0000001",
    "portfolio": "main",
    "decided_at": "2026-03-04T13:00:00.000000Z",
    "action": "whatsapp/pay_link",
    "body_sha256": "ab" * 32,
    "inputs_sha256": "cd" * 32,
    "release_id": "d4a8604e426b1258",
    "book_digest": "12" * 32,
    "shape_digest": "34" * 32,
    "record_digest": "56" * 32,
    "algorithm": "ed25519",
    "key": "5b1f2a9c0d3e4f60",
    "signature": "ef" * 64,
}


class ReceiptOut(BaseModel):
    """What was decided, on what and under which rules and models; the signature is over all other members."""

    model_config = ConfigDict(json_schema_extra={"examples": [_RECEIPT]})

    decision_id: str
    customer_id: str
    portfolio: str
    decided_at: str
    action: str
    body_sha256: str = Field(description="Of the bytes that were answered.")
    inputs_sha256: str = Field(description="Of what the decision was made on.")
    release_id: str
    book_digest: str
    shape_digest: str
    record_digest: str | None = Field(description="What the record of the audit log that names the decision holds.")
    algorithm: str
    key: str = Field(description="The first 16 digits of the SHA-256 of the public key, in keys/service.")
    signature: str = Field(description="Ed25519, over the canonical JSON of the other members.")


class ReplayOut(BaseModel):
    """Whether the decision, made again from the log alone, is the same in every byte."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"decision_id": _ID, "is_equal": True, "is_erased": False, "difference": None}]}
    )

    decision_id: str
    is_equal: bool
    is_erased: bool = Field(description="What it was made on was erased with the person's key.")
    difference: str | None = Field(description="Line by line, where there is one.")


@resource.operation(
    "GET",
    "/v1/decisions/{decision_id}/receipt",
    summary="Read the signed receipt of a decision",
    roles=READERS,
    gives=ReceiptOut,
    problems=(404, 410),
    path_values={"decision_id": DECISION_ID},
)
async def decision_receipt(call: Call) -> Response:
    """Tell what was decided, on what and under which rules and models, signed; it is the same whenever it is asked."""
    service = call.service
    return call.json(receipt(service.store, Signer(service.settings.keys), call.path["decision_id"]))


@resource.operation(
    "POST",
    "/v1/decisions/{decision_id}/replay",
    summary="Make a decision again from the log alone",
    roles=READERS,
    gives=ReplayOut,
    problems=(404,),
    path_values={"decision_id": DECISION_ID},
)
async def replay_decision(call: Call) -> Response:
    """Make the decision again from what was logged, and tell whether every byte is the same. Nothing is written."""
    service, name = call.service, call.path["decision_id"]
    try:
        made = await anyio.to_thread.run_sync(Replayer(service.store, service.settings).replay, name)
    except ErasedError:
        made = Replay(name, None, is_erased=True)
    told = {"decision_id": name, "is_equal": made.is_equal, "is_erased": made.is_erased, "difference": made.difference}
    return call.json(told)
