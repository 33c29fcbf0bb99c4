"""Tell what happened: payments, contacts and their fate, promises, opt-outs, disputes, holds."""

from collections import Counter
from typing import Any

from fastapi import APIRouter, Request, Response

from regua.errors import RequestError, TooLargeError
from regua.records import canonical
from serving.api.bodies import json_answer, read_json
from serving.api.documented import events_body, problems
from serving.api.identity import request_id_of
from serving.api.schemas import MOST_EVENTS, EventsOut
from serving.events import Report

router = APIRouter(tags=["events"])


@router.post(
    "/v1/events",
    summary="Report one event, or up to 1,000",
    responses={200: {"model": EventsOut}, **problems(400, 409, 413, 415, 422, 503)},
    openapi_extra=events_body(),
)
async def report(request: Request) -> Response:
    """Keep every event once, whatever the number of times it is sent, and tell what became of each.

    In a list, an event that is refused never stops the others: it is kept in quarantine with the reason. A single
    event is answered with its problem: 409 if its `event_id` is kept with another content, 422 if it is refused.
    """
    found = await read_json(request)
    items = found if isinstance(found, list) else [found]
    if len(items) > MOST_EVENTS:
        raise TooLargeError(f"{len(items)} events", expected=f"at most {MOST_EVENTS}", remedy="send them in parts")
    if not items:
        raise RequestError("an empty list", expected="one event or more")
    name = request_id_of(request)
    reports = request.app.state.service.take_in([(f"{name}:{at}", item) for at, item in enumerate(items, 1)])
    if not isinstance(found, list) and reports[0].problem:
        raise reports[0].problem
    return json_answer(canonical(summary(reports)))


def summary(reports: list[Report]) -> dict[str, Any]:
    """Count the reports and tell each."""
    return {"counts": Counter(one.status for one in reports), "results": [_told(one) for one in reports]}


def _told(one: Report) -> dict[str, Any]:
    problem = one.problem
    why = problem and {
        "code": problem.code,
        "found": problem.found,
        "expected": problem.expected,
        "try": problem.remedy,
    }
    return {"event_id": one.event_id, "status": one.status, "problem": why}
