"""The audit log: read it, sign its end, and have it verified from the first record."""

from datetime import datetime
from typing import Any

import anyio.to_thread
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from regua.written_time import Instant
from serving.access.roles import Role
from serving.api.anatomy import Resource
from serving.api.call import Call
from serving.api.cursors import PageOut, PageQuery, page, position_of
from serving.proving import auditing
from serving.proving.signing import Signer
from serving.store.checkpoints import LAST, Checkpoint, Record

resource = Resource("audit log", "What was done, by whom and when: a chain of records in which nothing can be changed.")
READERS = frozenset({Role.APPROVER, Role.AUDITOR, Role.PRIVACY_OFFICER})
VERIFIERS = frozenset({Role.AUDITOR, Role.PRIVACY_OFFICER})
_RECORD: dict[str, Any] = {
    "seq": 41,
    "kind": "decision",
    "customer_id": "c0000001",
    "subject": "dec_fcb23c27b22d442f8c97b7203c",
    "recorded_at": "2026-03-04T13:00:00Z",
    "digest": "ab" * 32,
    "hash": "cd" * 32,
}
_CHECKPOINT: dict[str, Any] = {
    "seq": 41,
    "hash": "cd" * 32,
    "signed_at": "2026-03-04T14:00:00Z",
    "key": "5b1f2a9c0d3e4f60",
    "signature": "ef" * 64,
}


class RecordOut(BaseModel):
    """One record: what happened to whom and when, the digest of the row it is about, and the hash that chains it."""

    seq: int
    kind: str
    customer_id: str
    subject: str
    recorded_at: Instant
    digest: str
    hash: str


class RecordsOut(PageOut[RecordOut]):
    """A page of the audit log, oldest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"results": [_RECORD], "has_more": False, "next_cursor": None}]}
    )


class CheckpointOut(BaseModel):
    """An end of the chain, signed (Ed25519) over the canonical JSON of its file in `checkpoints/`."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CHECKPOINT]})

    seq: int
    hash: str
    signed_at: Instant
    key: str
    signature: str


class CheckpointsOut(PageOut[CheckpointOut]):
    """A page of checkpoints, newest first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"results": [_CHECKPOINT], "has_more": False, "next_cursor": None}]}
    )


class VerificationOut(BaseModel):
    """Whether every record, every row it tells of and every checkpoint agree, and which record is the first not to."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"is_whole": True, "records": 41, "checkpoints": 1, "first_bad": None, "found": None}]
        }
    )

    is_whole: bool
    records: int
    checkpoints: int = Field(description="How many lie outside the store.")
    first_bad: int | None = Field(description="The number of the first record that is not as it was written.")
    found: str | None


@resource.operation(
    "GET", "/v1/audit-log", summary="Read the audit log", roles=READERS, query=PageQuery, gives=RecordsOut
)
async def list_audit_log(call: Call) -> Response:
    """Read what was done, oldest first. Contents are not here: a record holds the digest of the row it is about."""
    after = position_of(call)
    rows = call.service.store.trail.records(int(after[0]) if after else 0, call.query.limit + 1)
    return page(call, rows, lambda row: (row.seq,), _record)


@resource.operation(
    "GET",
    "/v1/audit-log/checkpoints",
    summary="Read the signed checkpoints",
    roles=READERS,
    query=PageQuery,
    gives=CheckpointsOut,
)
async def list_checkpoints(call: Call) -> Response:
    """Read the ends of the chain that were signed, newest first. The copies that count lie outside the store."""
    before = position_of(call)
    rows = call.service.store.trail.checkpoints(int(before[0]) if before else LAST, call.query.limit + 1)
    return page(call, rows, lambda row: (row.seq,), _checkpoint)


@resource.operation(
    "POST",
    "/v1/audit-log/checkpoints",
    summary="Sign the end of the audit log",
    roles=VERIFIERS,
    gives=CheckpointOut,
    status=201,
)
async def sign_checkpoint(call: Call) -> Response:
    """Sign where the chain ends now, and keep it in a file of the home as well: a log that was cut contradicts it."""
    service = call.service
    folder = service.settings.kept / auditing.FOLDER
    return call.json(_checkpoint(auditing.sign(service.store, Signer(service.settings.keys), folder, call.at)), 201)


@resource.operation(
    "POST",
    "/v1/audit-log/verifications",
    summary="Verify the audit log from its first record",
    roles=VERIFIERS,
    gives=VerificationOut,
)
async def verify_audit_log(call: Call) -> Response:
    """Follow the chain, compare it with the rows it tells of and with every checkpoint; name the first bad record."""
    service = call.service
    folder = service.settings.kept / auditing.FOLDER
    found = await anyio.to_thread.run_sync(auditing.verify, service.store, Signer(service.settings.keys), folder)
    told: dict[str, Any] = {
        "is_whole": found.is_whole,
        "records": found.records,
        "checkpoints": found.checkpoints,
        "first_bad": found.first_bad,
        "found": found.found,
    }
    return call.json(told)


def _record(row: Record) -> dict[str, str | int | datetime]:
    return {
        "seq": row.seq,
        "kind": row.kind,
        "customer_id": row.customer_id,
        "subject": row.subject,
        "recorded_at": row.recorded_at,
        "digest": row.digest.hex(),
        "hash": row.hash.hex(),
    }


def _checkpoint(one: Checkpoint) -> dict[str, str | int | datetime]:
    return {
        "seq": one.seq,
        "hash": one.hash.hex(),
        "signed_at": one.signed_at,
        "key": one.key,
        "signature": one.signature.hex(),
    }
