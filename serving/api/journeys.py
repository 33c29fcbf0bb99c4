"""Read the journeys at work."""

from fastapi import APIRouter, Request, Response

from regua.records import canonical
from serving.api.bodies import json_answer
from serving.api.documented import problems
from serving.api.schemas import JourneysOut

router = APIRouter(tags=["journeys"])


@router.get(
    "/v1/journeys", summary="List the journeys of the book", responses={200: {"model": JourneysOut}, **problems(503)}
)
async def list_journeys(request: Request) -> Response:
    """Return each journey with its version, its title and its purpose, under the digest decisions carry."""
    return json_answer(canonical(request.app.state.service.journeys()))
