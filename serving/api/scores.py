"""Ask what is predicted, without asking what to do."""

from fastapi import APIRouter, Request, Response

from regua.records import canonical
from serving.api.bodies import json_answer, read_model
from serving.api.documented import body, problems
from serving.api.schemas import CustomersRequest, ScoresOut

router = APIRouter(tags=["scores"])


@router.post(
    "/v1/scores",
    summary="Score risk and channel response for 1 to 500 customers",
    responses={200: {"model": ScoresOut}, **problems(400, 413, 415, 422, 503)},
    openapi_extra=body(CustomersRequest),
)
async def score(request: Request) -> Response:
    """Return calibrated probabilities alone; nothing is decided and nothing is logged."""
    asked = await read_model(request, CustomersRequest)
    return json_answer(canonical(request.app.state.service.score(asked.customer_ids)))
