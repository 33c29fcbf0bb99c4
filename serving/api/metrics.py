"""Figures for Prometheus."""

from anyio import to_thread
from starlette.responses import Response

from serving.api.anatomy import PUBLIC, Resource, Text
from serving.api.call import Call
from serving.telemetry.metrics import MEDIA_TYPE

resource = Resource("metrics", "Figures for Prometheus: how often, how long, how it went, and what waits.")
_PAGE = Text(
    "text/plain",
    "Families of figures in Prometheus' own format.",
    "# HELP regua_decisions_total Decisions answered, by channel.\n"
    "# TYPE regua_decisions_total counter\n"
    'regua_decisions_total{channel="sms"} 127.0\n',
)


@resource.operation("GET", "/metrics", summary="Read the figures", roles=PUBLIC, gives=_PAGE)
async def metrics(call: Call) -> Response:
    """Tell requests by operation and status, decisions by reason, permits, messages and what is degraded.

    No label and no figure tells of one customer. Each process tells its own requests; what is read from the store is
    the same from all.
    """
    page = await to_thread.run_sync(call.service.metrics.page)
    return Response(page, headers={"content-type": MEDIA_TYPE})
