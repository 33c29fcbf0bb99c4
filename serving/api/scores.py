"""Ask what is predicted, without asking what to do."""

from starlette.responses import Response

from serving.access.roles import Role
from serving.api.anatomy import Resource
from serving.api.call import Call
from serving.api.schemas import CustomersRequest, ScoresOut

resource = Resource("scores", "What the models predict of a customer, with nothing decided.")


@resource.operation(
    "POST",
    "/v1/scores",
    summary="Score risk and channel response for 1 to 500 customers",
    roles=frozenset({Role.CRM, Role.DATA_SCIENTIST}),
    takes=CustomersRequest,
    gives=ScoresOut,
)
async def score(call: Call) -> Response:
    """Return calibrated probabilities alone; nothing is decided and nothing is logged."""
    return call.json(call.service.score(call.body.customer_ids))
