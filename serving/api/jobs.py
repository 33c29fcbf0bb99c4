"""Lists too long for one request: sent whole, worked off in the background, read when they are done."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response, StreamingResponse

from regua.written_time import Instant
from serving.access.roles import Role
from serving.api.anatomy import InPath, Lines, Resource, Text, spelled
from serving.api.call import Call
from serving.jobs.files import JobFiles
from serving.jobs.taking import cancel, take
from serving.store.jobs import Job, JobState

resource = Resource("decision jobs", "Lists of up to a million customers, decided about in the background.")
ROLES = frozenset({Role.CRM})
NDJSON = "application/x-ndjson"
JOB_ID = InPath(spelled("job_[0-9a-f]{26}"), "job_" + "0" * 26, "The identifier a job was answered with.")
_LINES = Lines(
    'One JSON object a line: {"customer_id": …}, or a Salesforce CollectionPlan; at most 32 MiB and a million lines.',
    '{"customer_id": "c0000001"}\n{"customer_id": "c0000002"}\n',
)
_RESULTS = Text(
    NDJSON,
    "One JSON object a line, in the order of the list; a `decision` as POST /v1/decisions answers it, cut short here.",
    '{"line": 1, "customer_id": "c0000001", "status": "decided", "decision": {"decision_id": "dec_fcb2…", "…": "…"}}\n'
    '{"line": 2, "customer_id": null, "status": "refused", "problem": {"code": "field", "found": "no customer_id", '
    '"expected": "an identifier", "try": null, "param": "/customer_id"}}\n',
)
_JOB: dict[str, Any] = {
    "job_id": "job_" + "0" * 26,
    "state": "working",
    "shape": "regua",
    "mode": "live",
    "created_at": "2026-03-04T13:00:00Z",
    "started_at": "2026-03-04T13:00:02Z",
    "finished_at": None,
    "lines": 120_000,
    "lines_done": 64_500,
    "decided": 64_497,
    "refused": 3,
}


class JobQuery(BaseModel):
    """How the lines of a job are written, and what its decisions are meant for."""

    model_config = ConfigDict(extra="forbid")

    shape: Literal["regua", "collection_plan"] = Field(
        "regua", description="Our own names, or those of Salesforce's CollectionPlan, in and out."
    )
    mode: Literal["live", "shadow", "dry_run"] = Field(
        "live", description="As of POST /v1/decisions: with permits, logged apart, or without a trace."
    )


class JobOut(BaseModel):
    """How far a job has got."""

    model_config = ConfigDict(json_schema_extra={"examples": [_JOB]})

    job_id: str
    state: JobState
    shape: str
    mode: str
    created_at: Instant
    started_at: Instant | None
    finished_at: Instant | None
    lines: int = Field(description="How many there are; an empty one is passed over.")
    lines_done: int
    decided: int
    refused: int = Field(description="Lines that have no decision, each with its problem among the results.")


@resource.operation(
    "POST",
    "/v1/decision-jobs",
    summary="Send a list of customers to be decided about",
    roles=ROLES,
    takes=_LINES,
    query=JobQuery,
    gives=JobOut,
    status=202,
    keyed=True,
)
async def open_job(call: Call) -> Response:
    """Take a list in whole; nothing of it is decided before the answer.

    Each line is a request of its own and gets the decision the API would give at the moment its part is worked off. A
    line that cannot be read is answered with its problem and never stops the others. A job outlives a restart: no line
    is lost, and none is decided twice.
    """
    job = take(
        call.service,
        call.body,
        by=call.caller.name,
        request_id=call.key or call.request_id,
        at=call.at,
        shape=call.query.shape,
        mode=call.query.mode,
    )
    return call.json(_told(job), 202)


@resource.operation(
    "GET",
    "/v1/decision-jobs/{job_id}",
    summary="See how far a job has got",
    roles=ROLES,
    gives=JobOut,
    problems=(404,),
    path_values={"job_id": JOB_ID},
)
async def decision_job(call: Call) -> Response:
    """Tell how many lines are done, decided and refused."""
    return call.json(_told(call.service.store.jobs.one(call.path["job_id"])))


@resource.operation(
    "GET",
    "/v1/decision-jobs/{job_id}/results",
    summary="Read the results of a job, a line each",
    roles=ROLES,
    gives=_RESULTS,
    problems=(404,),
    path_values={"job_id": JOB_ID},
)
async def job_results(call: Call) -> Response:
    """Stream the results so far, in the order of the list; whole once the job is `done`.

    Each has the `line` it answers and its `status`: `decided` with the `decision` (or the `record`, for another
    system's shape), `refused` with the `problem`, `erased` where the customer was erased since.
    """
    found = call.service.store.jobs.one(call.path["job_id"])
    files = JobFiles(call.service.settings, call.service.store.portfolio)
    named = {"Content-Disposition": f'attachment; filename="{found.job_id}.ndjson"'}
    return StreamingResponse(files.results(found), media_type=NDJSON, headers=named)


@resource.operation(
    "DELETE",
    "/v1/decision-jobs/{job_id}",
    summary="Give a job up, and delete its list and its results",
    roles=ROLES,
    gives=JobOut,
    problems=(404,),
    path_values={"job_id": JOB_ID},
)
async def delete_job(call: Call) -> Response:
    """Stop after the part in hand; what was decided stands in the log, and permits that were given stand too."""
    return call.json(_told(cancel(call.service, call.path["job_id"], by=call.caller.name, at=call.at)))


def _told(found: Job) -> dict[str, Any]:
    return {name: getattr(found, name) for name in JobOut.model_fields}
