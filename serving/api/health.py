"""Is it alive, and can it answer?"""

from fastapi import APIRouter, Request, Response

from regua.records import canonical
from serving.api.bodies import json_answer
from serving.api.schemas import Readiness

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Is the process alive?")
async def alive() -> dict[str, str]:
    """Answer without touching anything."""
    return {"status": "alive"}


@router.get(
    "/readyz",
    summary="Can it decide?",
    responses={200: {"model": Readiness}, 503: {"model": Readiness, "description": "Which part is missing"}},
)
async def ready(request: Request) -> Response:
    """Look at the release, the book, the profiles and the decision log; 503 names the part that fails."""
    found = request.app.state.service.readiness()
    return json_answer(canonical(found), 200 if found["is_ready"] else 503)
