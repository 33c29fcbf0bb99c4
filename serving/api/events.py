"""Tell what happened: payments, contacts and their fate, promises, opt-outs, disputes, holds."""

from collections import Counter
from typing import Any

from starlette.responses import Response

from regua.errors import RequestError, TooLargeError
from serving.access.roles import Role
from serving.api.anatomy import Json, Resource
from serving.api.call import Call
from serving.api.schemas import EVENT_EXAMPLE, MOST_EVENTS, EventsOut, one_or_several
from serving.events import EventIn
from serving.intake import Report

resource = Resource("events", "What happened to a customer: each kept once, whatever the number of times it is told.")


@resource.operation(
    "POST",
    "/v1/events",
    summary="Report one event, or up to 1,000",
    roles=frozenset({Role.CRM, Role.EVENT_SOURCE}),
    takes=Json(
        schema=one_or_several(EventIn, MOST_EVENTS),
        examples={"one": EVENT_EXAMPLE, "several": [EVENT_EXAMPLE]},
    ),
    gives=EventsOut,
    problems=(409,),
)
async def report(call: Call) -> Response:
    """Keep every event once, whatever the number of times it is sent, and tell what became of each.

    In a list, an event that is refused never stops the others: it is kept in quarantine with the reason. A single
    event is answered with its problem: 409 if its `event_id` is kept with another content, 422 if it is refused.
    """
    found = call.body
    items = found if isinstance(found, list) else [found]
    if len(items) > MOST_EVENTS:
        raise TooLargeError(f"{len(items)} events", expected=f"at most {MOST_EVENTS}", remedy="send them in parts")
    if not items:
        raise RequestError("an empty list", expected="one event or more", param="")
    reports = call.service.take_in([(f"{call.request_id}:{at}", item) for at, item in enumerate(items, 1)])
    if not isinstance(found, list) and reports[0].problem:
        raise reports[0].problem
    return call.json(summary(reports))


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
