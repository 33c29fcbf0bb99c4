"""Tell what happened: payments, contacts and their fate, promises, opt-outs, disputes, holds."""

from collections import Counter
from typing import Any

from starlette.responses import Response

from regua.errors import NotFoundError, RequestError, TooLargeError
from regua.records import canonical
from serving.access.roles import Role
from serving.api.anatomy import InPath, Json, Resource, Shape
from serving.api.bodies import media_type_of
from serving.api.call import Call
from serving.api.schemas import EVENT_EXAMPLE, MOST_EVENTS, EventsOut, either, one_of, several_of
from serving.happenings import cloud_events
from serving.happenings.cloud_events import CloudEventIn, CloudEventOut
from serving.happenings.intake import Report
from serving.happenings.reported import EventIn, Source

resource = Resource("events", "What happened to a customer: each kept once, whatever the number of times it is told.")
BOTH = (EventIn, CloudEventIn)
SOURCE = InPath(Source, "/crm/payments", "Who reported it; crm for an event told without a source.", spans=True)
EVENT_ID = InPath(example="crm-7781", about="The identifier its source gave it.")


@resource.operation(
    "POST",
    "/v1/events",
    summary="Report one event, or up to 1,000",
    roles=frozenset({Role.CRM, Role.EVENT_SOURCE}),
    takes=Json(
        {
            "application/json": Shape(
                either(one_of(*BOTH), several_of(*BOTH, fewest=1, most=MOST_EVENTS)),
                {"one": EVENT_EXAMPLE, "several": [EVENT_EXAMPLE], "a CloudEvent": cloud_events.EXAMPLE},
            ),
            cloud_events.ONE: Shape(one_of(CloudEventIn), {"one": cloud_events.EXAMPLE}),
            # A batch of CloudEvents may hold none.
            cloud_events.SEVERAL: Shape(
                several_of(CloudEventIn, fewest=0, most=MOST_EVENTS), {"several": [cloud_events.EXAMPLE]}
            ),
        }
    ),
    gives=EventsOut,
    problems=(409,),
)
async def report(call: Call) -> Response:
    """Keep every event once, whatever the number of times it is sent, and tell what became of each.

    An event is ours, or a CloudEvent 1.0 with `type` `regua.<kind>`, `subject` the customer, `time` when it happened
    and the rest in `data`; it is known again by its `source` and `id`. In a list, an event that is refused never stops
    the others: it is kept in quarantine with the reason. A single event is answered with its problem: 409 if its
    identifier is kept with another content, 422 if it is refused.
    """
    items, is_list = _items(call)
    in_envelopes = media_type_of(call.request) in (cloud_events.ONE, cloud_events.SEVERAL)
    placed = [(f"{call.request_id}:{at}", item) for at, item in enumerate(items, 1)]
    reports = call.service.take_in(placed, in_envelopes=in_envelopes)
    if not is_list and reports[0].problem:
        raise reports[0].problem
    return call.json(summary(reports))


@resource.operation(
    "GET",
    "/v1/events/{source}/{event_id}",
    summary="Read one event as it is kept",
    roles=frozenset({Role.CRM, Role.AUDITOR, Role.PRIVACY_OFFICER}),
    gives=CloudEventOut,
    gives_as=cloud_events.ONE,
    problems=(404,),
    path_values={"source": SOURCE, "event_id": EVENT_ID},
)
async def event(call: Call) -> Response:
    """Return the event as a CloudEvent; `knowntime` says when Regua learned of it.

    A source that is a path may stand in the address as it is, or with its slashes written as `%2F`.
    """
    source, event_id = call.path["source"], call.path["event_id"]
    # An identifier may hold slashes too: the longest source that has such an event is meant.
    while (kept := call.service.store.events.one(source, event_id)) is None and "/" in source:
        source, _, taken = source.rpartition("/")
        event_id = f"{taken}/{event_id}"
    if kept is None:
        raise NotFoundError(
            "no such event", expected="a source and an identifier as they were reported", remedy="report it"
        )
    return Response(canonical(cloud_events.written(kept)), media_type=cloud_events.ONE)


def _items(call: Call) -> tuple[list[Any], bool]:
    found, kind = call.body, media_type_of(call.request)
    if kind == cloud_events.SEVERAL and not isinstance(found, list):
        raise RequestError("one value", expected=f"a list of events, as {kind} says", param="")
    if kind == cloud_events.ONE and isinstance(found, list):
        raise RequestError("a list", expected=f"one event; a list is {cloud_events.SEVERAL}", param="")
    items = found if isinstance(found, list) else [found]
    if len(items) > MOST_EVENTS:
        raise TooLargeError(f"{len(items)} events", expected=f"at most {MOST_EVENTS}", remedy="send them in parts")
    if not items and kind != cloud_events.SEVERAL:
        raise RequestError("an empty list", expected="one event or more", param="")
    return items, isinstance(found, list)


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
        "param": problem.param,
    }
    return {"event_id": one.event_id, "source": one.source, "status": one.status, "problem": why}
