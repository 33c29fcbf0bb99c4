"""Claim leave for a contact just before it is sent, and say what became of it."""

from starlette.responses import Response

from regua.errors import ConflictError
from serving.access.roles import Role
from serving.api.anatomy import InPath, Resource, spelled
from serving.api.call import Call
from serving.api.permit_bodies import PermitOut, ReleaseIn
from serving.permits.claims import Claims, Outcome

resource = Resource("permits", "Leave to contact one customer, once.")
PERMIT_ID = InPath(spelled("per_[0-9a-f]{26}"), "per_" + "0" * 26, "The identifier a decision gives its permit.")
READERS = frozenset({Role.CRM, Role.AUDITOR, Role.STRATEGIST, Role.PRIVACY_OFFICER})


class PermitRefusedError(ConflictError):
    """The contact of a permit must not be made; ``reason`` is the rule, the event or the switch that stops it."""

    code = "permit_refused"

    def __init__(self, permit_id: str, reason: str) -> None:
        super().__init__(
            f"{permit_id} is not claimed: {reason}",
            expected="a permit that is open, within its hours, and that no rule, event or switch stops",
            remedy="do not send; decide again for the customer",
        )
        self.reason = reason


@resource.operation(
    "GET",
    "/v1/permits/{permit_id}",
    summary="Read a permit",
    roles=READERS,
    gives=PermitOut,
    problems=(404,),
    path_values={"permit_id": PERMIT_ID},
)
async def permit(call: Call) -> Response:
    """Return where a permit stands, and who or what brought it there."""
    return call.json(PermitOut.of(call.service.store.permits.one(call.path["permit_id"])))


@resource.operation(
    "POST",
    "/v1/permits/{permit_id}/claim",
    summary="Claim a permit just before sending",
    roles=frozenset({Role.CRM}),
    gives=PermitOut,
    keyed=True,
    problems=(404, 409),
    path_values={"permit_id": PERMIT_ID},
)
async def claim(call: Call) -> Response:
    """Send if, and only if, the answer is 200: one caller gets it, once.

    Every rule is asked again of what is known in this instant: hours, consents, holds, caps, payments, and the kill
    switches. A contact that is refused with 409 must not be made; the member `reason` of the problem says why. A permit
    that a rule or an event has stopped is revoked and its slot is free: decide again for the customer.
    """
    claimed = Claims(call.service.pipeline).claim(call.path["permit_id"], call.at, call.caller.name)
    if not claimed.is_granted:
        raise PermitRefusedError(call.path["permit_id"], claimed.reason or f"permit_{claimed.permit.state}")
    return call.json(PermitOut.of(claimed.permit))


@resource.operation(
    "POST",
    "/v1/permits/{permit_id}/release",
    summary="Say what became of the contact of a permit",
    roles=frozenset({Role.CRM}),
    takes=ReleaseIn,
    gives=PermitOut,
    keyed=True,
    problems=(404, 409),
    path_values={"permit_id": PERMIT_ID},
)
async def release(call: Call) -> Response:
    """Give a permit back that was not used, or say that it was, or that nobody knows.

    Where the provider did not answer, say `unknown` and send nothing more: the slot stays taken until a contact event
    of the provider, with the decision's identifier, settles it.
    """
    asked: ReleaseIn = call.body
    settled = Claims(call.service.pipeline).settle(
        call.path["permit_id"], Outcome(asked.outcome), call.at, call.caller.name
    )
    return call.json(PermitOut.of(settled))
