"""Is it alive, and can it answer?"""

from starlette.responses import Response

from serving.api.anatomy import EVERYBODY, PUBLIC, Resource
from serving.api.call import Call
from serving.api.status_bodies import Alive, Readiness, StatusOut

resource = Resource("health", "Whether the service is alive, and whether it can answer.")


@resource.operation("GET", "/healthz", summary="Is the process alive?", roles=PUBLIC, gives=Alive)
async def alive(call: Call) -> Response:
    """Answer without touching anything."""
    return call.json({"status": "alive"})


@resource.operation("GET", "/readyz", summary="Can it decide?", roles=PUBLIC, gives=Readiness, also={503: Readiness})
async def ready(call: Call) -> Response:
    """Look at the release, the book, the profiles and the decision log; 503 names the part that fails.

    Each part says what is live: the release, the digests of book and policies, and the change that put them there.
    """
    found = call.service.readiness()
    return call.json(found, 200 if found["is_ready"] else 503)


@resource.operation(
    "GET", "/v1/status", summary="What is at work, and what degraded?", roles=EVERYBODY, gives=StatusOut
)
async def status(call: Call) -> Response:
    """Name what answers now, and the parts that are down, late, stopped or stood in for; `ok` where there are none.

    What the store knows is told from its beginning; what this process saw itself, from when it first looked.
    """
    found = call.service.watch.look(call.service)
    names = ("part", "code", "name", "since", "about")
    degraded = [{name: getattr(one, name) for name in names} for one in found]
    word, at_work = "degraded" if found else "ok", call.service.at_work()
    return call.json({"status": word, "at": call.at, "at_work": at_work, "degraded": degraded})
