"""Figures for Prometheus."""

from anyio import to_thread
from starlette.responses import Response

from serving.api.anatomy import PUBLIC, Resource
from serving.api.call import Call
from serving.telemetry.metrics import MEDIA_TYPE

resource = Resource("metrics", "Figures for Prometheus: how often, how long, how it went, and what waits.")


@resource.operation("GET", "/metrics", summary="Read the figures", roles=PUBLIC, gives="text/plain")
async def metrics(call: Call) -> Response:
    """Tell requests by operation and status, decisions by reason, permits, messages and what is degraded.

    No label and no figure tells of one customer. Each process tells its own requests; what is read from the store is
    the same from all.
    """
    page = await to_thread.run_sync(call.service.metrics.page)
    return Response(page, headers={"content-type": MEDIA_TYPE})
