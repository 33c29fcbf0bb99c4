"""Is it alive, and can it answer?"""

from starlette.responses import Response

from serving.api.anatomy import PUBLIC, Resource
from serving.api.call import Call
from serving.api.schemas import Alive, Readiness

resource = Resource("health", "Whether the service is alive, and whether it can answer.")


@resource.operation("GET", "/healthz", summary="Is the process alive?", roles=PUBLIC, gives=Alive)
async def alive(call: Call) -> Response:
    """Answer without touching anything."""
    return call.json({"status": "alive"})


@resource.operation("GET", "/readyz", summary="Can it decide?", roles=PUBLIC, gives=Readiness, also={503: Readiness})
async def ready(call: Call) -> Response:
    """Look at the release, the book, the profiles and the decision log; 503 names the part that fails."""
    found = call.service.readiness()
    return call.json(found, 200 if found["is_ready"] else 503)
