"""Keys: who may call, given out and ended by administrators alone, who see no business and approve nothing."""

from datetime import timedelta

from starlette.responses import Response

from serving.access.keys import KEY_ID, ApiKey
from serving.access.roles import Role
from serving.api.anatomy import EVERYBODY, Anybody, InPath, Operation, Resource, spelled
from serving.api.call import Call
from serving.api.cursors import PageQuery, page, position_of
from serving.api.key_bodies import CallerOut, KeyIn, KeyOut, KeyShown, KeysOut, KeyTurn

resource = Resource("keys", "Who may call, what for, and until when; a key is shown once and kept as a hash.")

ADMIN = frozenset({Role.ADMIN})
KEYS, ONE = "/v1/api-keys", "/v1/api-keys/{key_id}"
KEY = {"key_id": InPath(spelled(KEY_ID), "key_0123456789abcdef0123", "A key by its identifier, not the key itself.")}


@resource.operation(
    "POST", KEYS, summary="Make a key", roles=ADMIN, takes=KeyIn, gives=KeyShown, status=201, problems=(422,)
)
async def make_key(call: Call) -> Response:
    """Make a key and show it, this once.

    No Idempotency-Key is honoured: the answer would have to be kept, and the key with it. A key that was made and
    never arrived is revoked.
    """
    asked: KeyIn = call.body
    shown = call.service.access.give(
        asked.name,
        frozenset(asked.roles),
        call.caller.name,
        lives_for=timedelta(days=asked.days),
        requests_per_minute=asked.requests_per_minute,
    )
    return call.json(shown.key.told() | {"key": shown.text}, 201)


@resource.operation("GET", KEYS, summary="List keys", roles=ADMIN, query=PageQuery, gives=KeysOut)
async def list_keys(call: Call) -> Response:
    """List the keys of this portfolio in the order of their identifiers, those that count no more among them."""
    after = position_of(call) or ("",)
    rows = call.service.store.callers.all(str(after[0]), call.query.limit + 1)
    return page(call, rows, lambda key: (key.key_id,), ApiKey.told)


@resource.operation(
    "GET", ONE, summary="Read what is kept of a key", roles=ADMIN, gives=KeyOut, problems=(404,), path_values=KEY
)
async def read_key(call: Call) -> Response:
    """Tell whose key it is, what for, until when, and when it was last used."""
    return call.json(call.service.store.callers.one(call.path["key_id"]).told())


@resource.operation(
    "POST",
    "/v1/api-keys/{key_id}/rotate",
    summary="Replace a key",
    roles=ADMIN,
    takes=KeyTurn,
    gives=KeyShown,
    status=201,
    problems=(404, 409),
    path_values=KEY,
)
async def rotate_key(call: Call) -> Response:
    """Make a key of the same caller and show it, this once; the old one counts on for a while, so no call fails."""
    asked: KeyTurn = call.body
    overlap = timedelta(days=asked.overlap_days)
    shown = call.service.access.rotate(call.path["key_id"], call.caller.name, overlap)
    return call.json(shown.key.told() | {"key": shown.text}, 201)


@resource.operation("DELETE", ONE, summary="End a key", roles=ADMIN, gives=KeyOut, problems=(404, 409), path_values=KEY)
async def revoke_key(call: Call) -> Response:
    """End a key: from now on in this process, within five seconds in all. The last key of an admin stays."""
    return call.json(call.service.access.revoke(call.path["key_id"], call.caller.name).told())


@resource.operation("GET", "/v1/caller", summary="Tell who calls", roles=EVERYBODY, gives=CallerOut)
async def read_caller(call: Call) -> Response:
    """Tell a caller who it is here, and every operation its roles allow."""
    caller = call.caller
    declared: list[Operation] = [
        route.endpoint.operation for route in call.request.app.routes if hasattr(route.endpoint, "operation")
    ]
    allowed = sorted(
        one.words for one in declared if isinstance(one.roles, Anybody) or not caller.roles.isdisjoint(one.roles)
    )
    return call.json(
        {
            "caller_id": caller.caller_id,
            "name": caller.name,
            "roles": sorted(caller.roles),
            "portfolio": caller.portfolio,
            "environment": call.service.settings.environment,
            "operations": allowed,
        }
    )
