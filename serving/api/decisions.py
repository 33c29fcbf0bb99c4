"""Ask for decisions, and read one back."""

import orjson
from starlette.responses import Response

from regua.records import canonical
from serving.access.roles import Role
from serving.api.anatomy import InPath, Keyed, Resource, spelled
from serving.api.call import Call
from serving.api.desk import Answers, Ask
from serving.api.idempotency import REPLAYED
from serving.api.schemas import DecisionOut, DecisionsOut, DecisionsRequest
from serving.deciding.pipeline import Answer
from serving.degrading.codes import retry_at
from serving.degrading.overload import UNTIL
from serving.permits import How, Mode

resource = Resource("decisions", "The next right action for a customer, with its reasons and all it was based on.")
DECISION_ID = InPath(
    spelled("(dec|shd)_[0-9a-f]{26}"), "dec_" + "0" * 26, "The identifier a decision was answered with."
)
_TRUE = (b"false", b"true")
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

    Where something a contact depends on is away, late or too old, the decision is `nothing`; its `degraded` and its
    reasons say what, and `retry_at` when it is worth asking again. When more is asked than can be answered in time, a
    request is refused with 503 before anything is done; `Regua-Timeout-Ms` says how long this caller waits, and what
    cannot be answered by then is not decided.
    """
    asked: DecisionsRequest = call.body
    how = How(Mode(asked.mode), auto_claim=asked.auto_claim)

    def written(answers: Answers) -> bytes:
        results = b",".join(
            b'{"customer_id":%b,"status":"decided","is_claimed":%b,"retry_at":%b,"decision":%b}'
            % (orjson.dumps(name), _TRUE[answers[name].is_claimed], _retry_at(answers[name]), answers[name].body)
            for name in asked.customer_ids
        )
        return b'{"mode":"%b","results":[%b]}' % (how.mode.encode(), results)

    until_s = call.request.scope.get("state", {}).get(UNTIL)
    told = await call.request.app.state.desk.ask(Ask(asked.customer_ids, written, call.at, call.once, how, until_s))
    return call.json(told.content, headers={REPLAYED: "true"} if told.is_replayed else None)


def _retry_at(answer: Answer) -> bytes:
    decision = answer.decision
    again = retry_at(decision.degraded, decision.decided_at) if decision.degraded else None
    return b"null" if again is None else canonical(again)


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
