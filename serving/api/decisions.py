"""Ask for decisions, and read one back."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Request, Response

from serving.api.bodies import json_answer, read_model
from serving.api.documented import body, problems
from serving.api.schemas import CustomersRequest, DecisionOut, DecisionsOut

router = APIRouter(tags=["decisions"])


@router.post(
    "/v1/decisions",
    summary="Decide the next right action for 1 to 500 customers",
    responses={200: {"model": DecisionsOut}, **problems(400, 413, 415, 422, 503)},
    openapi_extra=body(CustomersRequest),
)
async def decide(request: Request) -> Response:
    """Decide, log and answer, in that order; every decision answered is on the disk.

    A customer nobody knows is not an error: the decision is `nothing`, with the reason `no_profile`. Asked again
    later the same day, a planned contact counts as an attempt, so nobody is contacted twice for being asked about
    twice.
    """
    asked = await read_model(request, CustomersRequest)
    answers = await request.app.state.desk.ask(asked.customer_ids)
    results = b",".join(
        b'{"customer_id":%b,"status":"decided","decision":%b}' % (orjson.dumps(name), answers[name])
        for name in asked.customer_ids
    )
    return json_answer(b'{"results":[%b]}' % results)


@router.get(
    "/v1/decisions/{decision_id}",
    summary="Read one decision as it was answered",
    responses={200: {"model": DecisionOut}, **problems(404, 422, 503)},
)
async def decision(
    request: Request, decision_id: Annotated[str, Path(pattern="^dec_[0-9a-f]{26}$", examples=["dec_" + "0" * 26])]
) -> Response:
    """Return the very bytes that were logged before they were answered."""
    return json_answer(request.app.state.service.store.decision(decision_id).body)
