"""Read the journeys at work."""

from starlette.responses import Response

from serving.access.roles import Role
from serving.api.anatomy import Resource
from serving.api.call import Call
from serving.api.schemas import JourneysOut

resource = Resource("journeys", "The ways customers are led through arrears, as the book at work has them.")


@resource.operation(
    "GET",
    "/v1/journeys",
    summary="List the journeys of the book",
    roles=frozenset(Role) - {Role.EVENT_SOURCE},
    gives=JourneysOut,
)
async def list_journeys(call: Call) -> Response:
    """Return each journey with its version, its title and its purpose, under the digest decisions carry."""
    return call.json(call.service.journeys())
