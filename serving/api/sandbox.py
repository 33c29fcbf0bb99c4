"""Try an integration without contacting anybody: set the clock, make customers that play a part, and let time pass."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from starlette.responses import Response

from features import catalog
from regua.errors import NotFoundError, RequestError
from regua.records import Event, digest
from serving.access.roles import Role
from serving.api.anatomy import InPath, Resource, spelled
from serving.api.call import Call
from serving.api.sandbox_bodies import AdvanceIn, ClockIn, ClockOut, TestCustomerIn, TestCustomerOut
from serving.sandbox.parts import Actor
from serving.sandbox.sandbox import Sandbox
from serving.store.sandbox import KeptClock

resource = Resource("sandbox", "Test clocks and test customers: in the environment test, and refused in every other.")
CRM = frozenset({Role.CRM})
CLOCK_ID = {"clock_id": InPath(spelled("clk_[0-9a-f]{26}"), "clk_" + "0" * 26, "A test clock.")}
CUSTOMER_ID = {"customer_id": InPath(example="test_paid_" + "0" * 26, about="A test customer.")}


class SandboxOnlyError(NotFoundError):
    """Where customers are contacted there are no test clocks and no test customers."""

    code = "sandbox_only"


@resource.operation(
    "POST",
    "/v1/test-clocks",
    summary="Set the clock of the sandbox",
    roles=CRM,
    takes=ClockIn,
    gives=ClockOut,
    status=201,
    keyed=True,
    problems=(404, 409),
)
async def set_test_clock(call: Call) -> Response:
    """Let it be another instant, for everybody and every process of this sandbox, until the clock is moved.

    It stands still by itself. A sandbox has one time: setting another clock replaces the one before, and neither goes
    back behind what was decided. Keys run out by the machine's own clock.
    """
    sandbox, asked = _sandbox(call), call.key or call.request_id
    made = sandbox.set_clock(call.body.at, call.caller.name, f"{call.caller.caller_id} {asked}")
    call.service.standing.heard()
    return call.json(_clock(made, is_in_force=True), 201)


@resource.operation(
    "GET",
    "/v1/test-clocks/{clock_id}",
    summary="Read a test clock",
    roles=CRM,
    gives=ClockOut,
    problems=(404,),
    path_values=CLOCK_ID,
)
async def read_test_clock(call: Call) -> Response:
    """Tell what time it is by a clock, and whether it is the one in force."""
    _sandbox(call)
    store = call.service.store.sandbox
    kept, newest = store.clock_of(call.path["clock_id"]), store.clock()
    return call.json(_clock(kept, is_in_force=newest is not None and newest.clock_id == kept.clock_id))


@resource.operation(
    "POST",
    "/v1/test-clocks/{clock_id}/advance",
    summary="Let time pass in the sandbox",
    roles=CRM,
    takes=AdvanceIn,
    gives=ClockOut,
    keyed=True,
    problems=(404, 409),
    path_values=CLOCK_ID,
)
async def advance_test_clock(call: Call) -> Response:
    """Move the clock in force on; what is due until then happens, each thing at its own instant, before the answer.

    Permits run out and give their slots back, and test customers play their parts.
    """
    asked: AdvanceIn = call.body
    by = None if asked.hours is None else timedelta(hours=asked.hours)
    moved = _sandbox(call).advance(call.path["clock_id"], asked.to, by)
    return call.json(_clock(moved, is_in_force=True))


@resource.operation(
    "POST",
    "/v1/test-customers",
    summary="Make a customer that plays a part",
    roles=CRM,
    takes=TestCustomerIn,
    gives=TestCustomerOut,
    status=201,
    keyed=True,
    problems=(404, 409),
)
async def make_test_customer(call: Call) -> Response:
    """Make a customer with a profile of its own, that does what its kind says as the clock passes its instants.

    Decide about it, claim and report as about any other; what it does is told as events of the source `sandbox`.
    """
    sandbox, asked = _sandbox(call), call.body
    if asked.region not in catalog.by_name()["region"].values:
        raise RequestError(f"region: {asked.region}", expected="a state of Brazil, such as SP or RJ", param="/region")
    name = asked.customer_id or _name(call)
    actor = Actor(name, asked.kind, call.at, asked.days_past_due, asked.balance_cents, asked.region)
    return call.json(_customer(actor, sandbox.cast(actor)), 201)


@resource.operation(
    "GET",
    "/v1/test-customers/{customer_id}",
    summary="Read a test customer",
    roles=CRM,
    gives=TestCustomerOut,
    problems=(404,),
    path_values=CUSTOMER_ID,
)
async def read_test_customer(call: Call) -> Response:
    """Tell which part a test customer plays, and what happens with it when."""
    return call.json(_customer(*_sandbox(call).actor(call.path["customer_id"])))


def _sandbox(call: Call) -> Sandbox:
    sandbox = call.service.sandbox
    if sandbox is None:
        raise SandboxOnlyError(
            "this service decides about real customers, by the real time",
            expected="a service in the environment test",
            remedy="regua serve --sandbox, and a key that begins rg_test_",
        )
    return sandbox


def _name(call: Call) -> str:
    """Name a customer after the request that makes it: asked again, it is the same."""
    asked = " ".join((call.caller.caller_id, call.key or call.request_id))
    return f"test_{call.body.kind}_{digest(asked.encode())[:26]}"


def _clock(kept: KeptClock, *, is_in_force: bool) -> dict[str, Any]:
    told = {name: getattr(kept, name) for name in ("clock_id", "begins_at", "at", "made_by")}
    return told | {"is_in_force": is_in_force}


def _customer(actor: Actor, script: Sequence[Event]) -> dict[str, Any]:
    names = ("customer_id", "contract_id", "begins_at", "days_past_due", "balance_cents", "region")
    told = {name: getattr(actor, name) for name in names}
    happenings = [{"at": event.happened_at, "kind": str(event.kind)} for event in script]
    return told | {"kind": str(actor.part), "script": happenings}
