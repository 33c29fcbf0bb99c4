"""Stop a channel, a journey or everything at once; let it go on with a second person's word."""

from starlette.responses import Response

from regua.errors import NotFoundError
from serving.access.roles import Role
from serving.api.anatomy import Resource
from serving.api.call import Call
from serving.api.change_schemas import SWITCH_ID, SwitchesOut, SwitchOut
from serving.changes.asked import StopIn
from serving.changes.permitted import MAY_RESUME, MAY_STOP
from serving.store.switches import Scope

resource = Resource("kill switches", "What is stopped now: nothing it covers can be claimed, in any process.")

READERS = frozenset(Role) - {Role.EVENT_SOURCE}


@resource.operation(
    "POST",
    "/v1/kill-switches",
    summary="Stop a channel, a journey or the portfolio",
    roles=MAY_STOP,
    takes=StopIn,
    gives=SwitchOut,
    status=201,
    keyed=True,
    problems=(404,),
)
async def stop(call: Call) -> Response:
    """Stop at once: when this is answered, no permit it covers is claimed any more. One person may.

    What is stopped already stays as it was stopped; a word to let it go on, said before, no longer counts.
    """
    asked: StopIn = call.body
    if asked.scope == "journey" and asked.name not in {one.name for one in call.service.book.versions}:
        raise NotFoundError("no such journey in the live book", expected="a journey that GET /v1/journeys lists")
    scope, name = Scope(asked.scope), asked.name or call.service.store.portfolio
    switch = call.service.switches.stop(scope, name, by=call.caller.name, reason=asked.reason, at=call.at)
    return call.json(switch.told(), 201)


@resource.operation(
    "GET", "/v1/kill-switches", summary="List the kill switches, the latest first", roles=READERS, gives=SwitchesOut
)
async def list_switches(call: Call) -> Response:
    """Return those in force, those that one person asked to let go, and those of the past."""
    return call.json({"switches": [switch.told() for switch in call.service.switches.all()]})


@resource.operation(
    "DELETE",
    "/v1/kill-switches/{switch_id}",
    summary="Let what was stopped go on: two people have to",
    roles=MAY_RESUME,
    gives=SwitchOut,
    problems=(404, 409),
    path_values={"switch_id": SWITCH_ID},
)
async def resume(call: Call) -> Response:
    """Ask that it goes on. The first person's word changes nothing; the second's, within a day, lets it."""
    switch = call.service.switches.resume(call.path["switch_id"], by=call.caller.name, at=call.at)
    return call.json(switch.told())
