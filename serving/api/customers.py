"""One customer: profile, timeline and contact windows; consents and holds; export and erasure."""

from typing import Any

from starlette.responses import Response

from regua.errors import NotFoundError
from regua.records import Event, digest
from regua.vocabulary import CHANNELS, Channel, EventKind, HoldKind
from serving.access.roles import Role
from serving.api import people
from serving.api.anatomy import InPath, Resource, spelled
from serving.api.call import Call
from serving.api.cursors import PageQuery, page, position_of
from serving.privacy import exporting, seeing
from serving.store.instants import instant

resource = Resource("customers", "One customer, by a pseudonym: what is known, what may be done, and how it goes away.")
OFFICER = frozenset({Role.PRIVACY_OFFICER})
SEEING = frozenset({Role.STRATEGIST, Role.APPROVER, Role.CRM, Role.AUDITOR, Role.PRIVACY_OFFICER})
TELLING = frozenset({Role.CRM, Role.PRIVACY_OFFICER})
UNMASKED = frozenset({Role.CRM, Role.PRIVACY_OFFICER, Role.DATA_SCIENTIST})
SOURCE = "regua"
HOLD_ID = InPath(spelled("[A-Za-z0-9._:-]{1,128}"), "hold-1", "The identifier a hold was placed under.")
CHANNEL = InPath(spelled("|".join(CHANNELS)), "sms", "A channel.")


def _is_masked(call: Call) -> bool:
    return not call.caller.roles & UNMASKED


@resource.operation(
    "GET",
    "/v1/customers/{customer_id}",
    summary="Read what is known of a customer",
    roles=SEEING | {Role.DATA_SCIENTIST},
    gives=people.CustomerOut,
    problems=(404,),
)
async def read_customer(call: Call) -> Response:
    """Tell every feature as the next decision would see it, with its state, and what stands open.

    Who may not see money or contracts is told the rest, with `is_masked`; a data scientist sees features alone.
    """
    seen = seeing.see(call.service, call.path["customer_id"], call.at)
    told: dict[str, Any] = {
        "customer_id": call.path["customer_id"],
        "has_profile": bool(seen.columns["has_profile"][0]),
        "profile_at": seen.profile_at,
        "age_seconds": (call.at - seen.profile_at).total_seconds() if seen.profile_at else None,
        "erased_at": seen.person.erased_at,
        "features": list(seeing.features(seen, is_masked=_is_masked(call))),
        "permits": [],
    }
    if call.caller.roles & SEEING:
        told["permits"] = [
            {"permit_id": one.permit_id, "state": str(one.state), "channel": one.channel, "slot": one.slot}
            for one in seen.person.permits
        ]
    return call.json(told)


@resource.operation(
    "GET",
    "/v1/customers/{customer_id}/timeline",
    summary="Read what was decided and what happened, newest first",
    roles=SEEING,
    query=PageQuery,
    gives=people.TimelineOut,
    problems=(404,),
)
async def customer_timeline(call: Call) -> Response:
    """Tell decisions, events and permits of a customer in one line of time."""
    person = call.service.store.subjects.of(call.path["customer_id"])
    if not person.is_known:
        raise NotFoundError("no such customer", expected="a pseudonym this portfolio knows")
    before = position_of(call)
    rows = seeing.timeline(person, is_masked=_is_masked(call))
    if before:
        rows = [one for one in rows if (instant(one["at"]), one["id"]) < (before[0], before[1])]
    return page(call, rows[: call.query.limit + 1], lambda one: (instant(one["at"]), one["id"]))


@resource.operation(
    "GET",
    "/v1/customers/{customer_id}/contact-windows",
    summary="Read when each channel may be used next, and what stops it now",
    roles=SEEING,
    gives=people.WindowsOut,
    problems=(404,),
)
async def contact_windows(call: Call) -> Response:
    """Tell of each channel the next permitted instant, and the guardrails and rules that close it until then."""
    seen = seeing.see(call.service, call.path["customer_id"], call.at)
    return call.json({"as_of": call.at, "channels": list(seeing.windows(seen, call.service.book, call.at))})


@resource.operation(
    "PUT",
    "/v1/customers/{customer_id}/consents/{channel}",
    summary="Tell whether a customer agrees to a channel",
    roles=TELLING,
    takes=people.ConsentIn,
    gives=people.ToldOut,
    keyed=True,
    path_values={"channel": CHANNEL},
)
async def put_consent(call: Call) -> Response:
    """Keep the latest word on a channel; a no revokes what was permitted, in the same transaction."""
    kind = EventKind.OPTED_IN if call.body.is_granted else EventKind.OPTED_OUT
    return _tell(call, kind, {"consent_id": _name("consent", call)}, channel=Channel(call.path["channel"]))


@resource.operation(
    "POST",
    "/v1/customers/{customer_id}/holds",
    summary="Hold every contact of a customer",
    roles=TELLING,
    takes=people.HoldIn,
    gives=people.ToldOut,
    status=201,
    keyed=True,
)
async def place_hold(call: Call) -> Response:
    """Place a hold: what was permitted is revoked in the same transaction, and nobody is contacted until it ends."""
    asked: people.HoldIn = call.body
    data: dict[str, Any] = {"hold_id": _name("hold", call), "kind": str(asked.kind)}
    if asked.ends_at:
        data["ends_at"] = instant(asked.ends_at)
    return _tell(call, EventKind.HOLD_PLACED, data, contract_id=asked.contract_id, status=201)


@resource.operation(
    "DELETE",
    "/v1/customers/{customer_id}/holds/{hold_id}",
    summary="Lift a hold",
    roles=TELLING,
    gives=people.ToldOut,
    keyed=True,
    problems=(404,),
    path_values={"hold_id": HOLD_ID},
)
async def lift_hold(call: Call) -> Response:
    """Lift a hold that was placed here; decisions made from now on may contact the customer again."""
    placed = call.service.store.subjects.of(call.path["customer_id"]).events
    hold_id = call.path["hold_id"]
    kinds = [str(one.data.get("kind")) for one in placed if one.data.get("hold_id") == hold_id]
    if not kinds:
        raise NotFoundError("no such hold of this customer", expected="the hold_id that placing it was answered with")
    return _tell(call, EventKind.HOLD_LIFTED, {"hold_id": hold_id, "kind": str(HoldKind(kinds[0]))})


@resource.operation(
    "GET",
    "/v1/customers/{customer_id}/export",
    summary="Export all that is kept of a customer",
    roles=OFFICER,
    gives=people.ExportOut,
    problems=(404,),
)
async def export_customer(call: Call) -> Response:
    """Give all that is kept of a person, for the person: what was decided, what happened, what was contested."""
    return call.json(exporting.export(call.service, call.path["customer_id"], call.at))


@resource.operation(
    "POST",
    "/v1/customers/{customer_id}/erasure-requests",
    summary="Erase what is kept of a customer",
    roles=OFFICER,
    gives=people.ErasureOut,
    status=201,
    keyed=True,
)
async def erase_customer(call: Call) -> Response:
    """Destroy the key that what is kept of a person is sealed under: nobody can read it again, and the audit log holds.

    Open permits are revoked, and to the next decision nobody is known by that name. The nightly work takes the
    person's rows out of the tables, profiles and jobs of the home.
    """
    customer_id = call.path["customer_id"]
    call.service.store.subjects.erase(customer_id, call.at, call.caller.name)
    return call.json({"customer_id": customer_id, "erased_at": call.at}, 201)


def _name(what: str, call: Call) -> str:
    """Name a fact told here: the same request has the same name."""
    asked = call.key or call.request_id
    return f"{what}_{digest(' '.join((call.caller.caller_id, *call.path.values(), asked)).encode())[:26]}"


def _tell(
    call: Call,
    kind: EventKind,
    data: dict[str, Any],
    *,
    channel: Channel | None = None,
    contract_id: str | None = None,
    status: int = 200,
) -> Response:
    name, customer_id = _name(str(kind), call), call.path["customer_id"]
    event = Event(name, kind, customer_id, call.at, call.at, contract_id, channel=channel, data=data)
    call.service.store.record([event], source=SOURCE)
    told = {"event_id": name, "kind": str(kind), "customer_id": customer_id, "happened_at": call.at, "data": data}
    return call.json(told, status)
