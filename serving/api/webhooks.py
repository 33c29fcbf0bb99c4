"""Who outside is told of what happens here: endpoints, their secrets, and what was delivered to them."""

from typing import Any

from starlette.responses import Response

from serving.access.roles import Role
from serving.api.anatomy import InPath, Resource, spelled
from serving.api.call import Call
from serving.api.cursors import PageQuery, page, position_of
from serving.api.webhook_bodies import (
    DeliveriesOut,
    DeliveryOut,
    EndpointIn,
    EndpointOut,
    EndpointsOut,
    EndpointTurn,
    SecretsOut,
)
from serving.store.deliveries import Attempt, Delivery
from serving.store.endpoints import Endpoint
from serving.store.webhooks import NEWEST
from serving.webhooks.addresses import Guard
from serving.webhooks.registering import Registry, trial
from serving.webhooks.sealing import Seal

resource = Resource("webhooks", "Whom to tell of what happens here, signed by Standard Webhooks.")

ADMIN = frozenset({Role.ADMIN})
ENDPOINT = {"endpoint_id": InPath(spelled("we_[0-9a-f]{26}"), "we_0123456789abcdef0123456789", "A webhook endpoint.")}
DELIVERY = {"delivery_id": InPath(spelled("del_[0-9a-f]{26}"), "del_0123456789abcdef0123456789", "A delivery.")}
ONE, ENDPOINTS = "/v1/webhook-endpoints/{endpoint_id}", "/v1/webhook-endpoints"
DELIVERIES = "/v1/webhook-deliveries"


def registry(call: Call) -> Registry:
    """Return the endpoints of the caller's portfolio."""
    settings, store = call.service.settings, call.service.store
    return Registry(store, Guard(settings.webhook_networks), Seal.of(settings))


@resource.operation(
    "POST",
    ENDPOINTS,
    summary="Make a webhook endpoint",
    roles=ADMIN,
    takes=EndpointIn,
    gives=EndpointOut,
    status=201,
    keyed=True,
    problems=(409,),
)
async def make_webhook_endpoint(call: Call) -> Response:
    """Name an https address that is to be told of some kinds of messages, or of all.

    Its secret is read by `GET …/secrets`, so that no stored answer holds one.
    """
    asked: EndpointIn = call.body
    made = registry(call).make(asked.url, asked.kinds, asked.about, call.at, call.caller.name)
    return call.json(_endpoint(made), 201)


@resource.operation("GET", ENDPOINTS, summary="List webhook endpoints", roles=ADMIN, gives=EndpointsOut)
async def list_webhook_endpoints(call: Call) -> Response:
    """List all endpoints, the oldest first, with how well they listen."""
    return call.json({"endpoints": [_endpoint(one) for one in call.service.store.webhooks.every()]})


@resource.operation(
    "GET",
    ONE,
    summary="Read a webhook endpoint",
    roles=ADMIN,
    gives=EndpointOut,
    problems=(404,),
    path_values=ENDPOINT,
)
async def read_webhook_endpoint(call: Call) -> Response:
    """Read one endpoint, with how well it listens."""
    return call.json(_endpoint(call.service.store.webhooks.one(call.path["endpoint_id"])))


@resource.operation(
    "PATCH",
    ONE,
    summary="Change a webhook endpoint",
    roles=ADMIN,
    takes=EndpointTurn,
    gives=EndpointOut,
    keyed=True,
    problems=(404,),
    path_values=ENDPOINT,
)
async def change_webhook_endpoint(call: Call) -> Response:
    """Change what is given and leave the rest; an endpoint that rested is tried again at once."""
    asked: EndpointTurn = call.body
    turned = registry(call).change(
        call.path["endpoint_id"],
        call.at,
        call.caller.name,
        url=asked.url,
        kinds=asked.kinds,
        about=asked.about,
        state=asked.state,
    )
    return call.json(_endpoint(turned))


@resource.operation(
    "DELETE",
    ONE,
    summary="Remove a webhook endpoint",
    roles=ADMIN,
    status=204,
    keyed=True,
    problems=(404,),
    path_values=ENDPOINT,
)
async def remove_webhook_endpoint(call: Call) -> Response:
    """Forget an endpoint and let go of what waits for it; what was delivered stays in the log of deliveries."""
    call.service.store.webhooks.remove(call.path["endpoint_id"], call.at, call.caller.name)
    return Response(status_code=204)


@resource.operation(
    "GET",
    f"{ONE}/secrets",
    summary="Read the secrets of a webhook endpoint",
    roles=ADMIN,
    gives=SecretsOut,
    problems=(404,),
    path_values=ENDPOINT,
)
async def read_webhook_secrets(call: Call) -> Response:
    """Read what signatures are checked with: the newest first, and the one before it while it still signs."""
    found = registry(call).secrets(call.path["endpoint_id"])
    told = [{"secret": one.text, "until": one.until} for one in found if one.until is None or one.until > call.at]
    return call.json({"secrets": told}, headers={"Cache-Control": "no-store"})


@resource.operation(
    "POST",
    f"{ONE}/rotate",
    summary="Give a webhook endpoint a new secret",
    roles=ADMIN,
    gives=EndpointOut,
    keyed=True,
    problems=(404,),
    path_values=ENDPOINT,
)
async def rotate_webhook_secret(call: Call) -> Response:
    """Sign with a new secret from now on; for 24 hours the one before signs as well, so no message is lost."""
    return call.json(_endpoint(registry(call).rotate(call.path["endpoint_id"], call.at, call.caller.name)))


@resource.operation(
    "POST",
    f"{ONE}/test",
    summary="Send a webhook endpoint a test",
    roles=ADMIN,
    gives=DeliveryOut,
    status=202,
    keyed=True,
    problems=(404,),
    path_values=ENDPOINT,
)
async def try_webhook_endpoint(call: Call) -> Response:
    """Have a message of kind `webhook.test` delivered to this endpoint alone, whatever it asked for."""
    webhooks = call.service.store.webhooks
    endpoint = webhooks.one(call.path["endpoint_id"])
    return call.json(_delivery(webhooks.tell_alone(endpoint, trial(endpoint, call.at), call.at)), 202)


@resource.operation(
    "GET",
    DELIVERIES,
    summary="List deliveries of messages",
    roles=ADMIN,
    query=PageQuery,
    gives=DeliveriesOut,
)
async def list_webhook_deliveries(call: Call) -> Response:
    """List deliveries from the newest back, without their tries and without what they tell."""
    before = position_of(call)
    found = call.service.store.webhooks.page(int(before[0]) if before else NEWEST, call.query.limit + 1)
    return page(call, found, lambda one: (one.seq,), _delivery)


@resource.operation(
    "GET",
    f"{DELIVERIES}/{{delivery_id}}",
    summary="Read a delivery and its tries",
    roles=ADMIN,
    gives=DeliveryOut,
    problems=(404,),
    path_values=DELIVERY,
)
async def read_webhook_delivery(call: Call) -> Response:
    """Read one delivery with every try: when, the status that was answered, or why none was."""
    found, tries = call.service.store.webhooks.delivery(call.path["delivery_id"])
    return call.json(_delivery(found, tries))


@resource.operation(
    "POST",
    f"{DELIVERIES}/{{delivery_id}}/redeliver",
    summary="Deliver a message again",
    roles=ADMIN,
    gives=DeliveryOut,
    status=202,
    keyed=True,
    problems=(404,),
    path_values=DELIVERY,
)
async def redeliver_webhook(call: Call) -> Response:
    """Have a message delivered again from now on, with 72 hours ahead of it; its `webhook-id` stays the same."""
    return call.json(_delivery(call.service.store.webhooks.redeliver(call.path["delivery_id"], call.at)), 202)


def _endpoint(one: Endpoint) -> dict[str, Any]:
    names = ("endpoint_id", "url", "about", "kinds", "state", "made_at", "changed_at", "changed_by")
    return {name: getattr(one, name) for name in names} | {"failures": one.failures, "failing_since": one.failing_since}


def _delivery(one: Delivery, tries: list[Attempt] | None = None) -> dict[str, Any]:
    names = ("delivery_id", "endpoint_id", "message_id", "kind", "subject", "told_at", "due_at", "state", "attempts")
    told = {name: getattr(one, name) for name in names}
    return told | {"tries": tries if tries is not None else []}
