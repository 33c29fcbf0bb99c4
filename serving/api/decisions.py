"""Ask for decisions, and read one back."""

import orjson
from starlette.responses import Response

from serving.access.roles import Role
from serving.api.anatomy import InPath, Keyed, Resource, spelled
from serving.api.call import Call
from serving.api.desk import Answers, Ask
from serving.api.idempotency import REPLAYED
from serving.api.schemas import DecisionOut, DecisionsOut, DecisionsRequest
from serving.permits import How, Mode

resource = Resource("decisions", "The next right action for a customer, with its reasons and all it was based on.")
DECISION_ID = InPath(
    spelled("(dec|shd)_[0-9a-f]{26}"), "dec_" + "0" * 26, "The identifier a decision was answered with."
)
READERS = frozenset(Role) - {Role.EVENT_SOURCE, Role.ADMIN}


@resource.operation(
    "POST",
    "/v1/decisions",
    summary="Decide the next right action for 1 to 500 customers",
    roles=frozenset({Role.CRM}),
    takes=DecisionsRequest,
    gives=DecisionsOut,
    keyed=Keyed.AT_DESK,
)
async def decide(call: Call) -> Response:
    """Decide, log and answer, in that order; every decision answered is on the disk.

    A customer nobody knows is not an error: the decision is `nothing`, with the reason `no_profile`. Asked again
    later the same day, a planned contact counts as an attempt, so nobody is contacted twice for being asked about
    twice.

    A live decision that contacts somebody carries a `permit`: claim it just before sending, and send only if the claim
    is granted. A caller that cannot make two calls asks with `auto_claim`, and sends only where `is_claimed` is true:
    what the customer does between the decision and the sending is then not seen. A `shadow` is logged apart and permits
    nothing; a `dry_run` leaves no trace.
    """
    asked: DecisionsRequest = call.body
    how = How(Mode(asked.mode), auto_claim=asked.auto_claim)

    def written(answers: Answers) -> bytes:
        results = b",".join(
            b'{"customer_id":%b,"status":"decided","is_claimed":%b,"decision":%b}'
            % (orjson.dumps(name), b"true" if answers[name].is_claimed else b"false", answers[name].body)
            for name in asked.customer_ids
        )
        return b'{"mode":"%b","results":[%b]}' % (how.mode.encode(), results)

    told = await call.request.app.state.desk.ask(Ask(asked.customer_ids, written, call.at, call.once, how))
    return call.json(told.content, headers={REPLAYED: "true"} if told.is_replayed else None)


@resource.operation(
    "GET",
    "/v1/decisions/{decision_id}",
    summary="Read one decision as it was answered",
    roles=READERS,
    gives=DecisionOut,
    problems=(404, 410),
    path_values={"decision_id": DECISION_ID},
)
async def decision(call: Call) -> Response:
    """Return the very bytes that were logged before they were answered."""
    return call.json(call.service.store.decision(call.path["decision_id"]).body)
