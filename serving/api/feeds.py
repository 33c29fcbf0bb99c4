"""Hear how far those who tell of payments and opt-outs have got: silence alone does not say that nobody paid."""

from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from regua.errors import RequestError
from regua.written_time import Instant
from serving.access.roles import Role
from serving.api.anatomy import InPath, Resource, spelled
from serving.api.call import Call
from serving.store.feeds import Feed

resource = Resource("feeds", "How far those who tell of payments and opt-outs have got.")
FEED = InPath(spelled("[a-z0-9][a-z0-9_-]{0,62}"), "payments", "What a feed is called.")
READERS = frozenset(Role) - {Role.DATA_SCIENTIST}
AHEAD = timedelta(seconds=60)
"""How far another machine's clock may be ahead of ours."""
_FEED: dict[str, Any] = {
    "feed": "payments",
    "as_of": "2026-03-04T12:58:00Z",
    "heard_at": "2026-03-04T13:00:00Z",
    "heard_from": "billing",
    "is_late": False,
}


class FeedIn(BaseModel):
    """How far a feed is."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"as_of": "2026-03-04T12:58:00Z"}]})

    as_of: Instant = Field(description="All that happened up to this instant has been told.")


class FeedOut(BaseModel):
    """How far a feed is, as it last said, and whether that is too long ago."""

    model_config = ConfigDict(json_schema_extra={"examples": [_FEED]})

    feed: str
    as_of: Instant
    heard_at: Instant
    heard_from: str
    is_late: bool = Field(description="While a feed is late, nobody is contacted: `payments_stale`.")


class FeedsOut(BaseModel):
    """Every feed that was ever heard."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"feeds": [_FEED]}]})

    feeds: list[FeedOut]


@resource.operation(
    "PUT",
    "/v1/feeds/{feed}",
    summary="Say how far a feed of payments or opt-outs is",
    roles=frozenset({Role.CRM, Role.EVENT_SOURCE}),
    takes=FeedIn,
    gives=FeedOut,
    path_values={"feed": FEED},
)
async def tell_feed(call: Call) -> Response:
    """Say that everything up to `as_of` has been told, every few minutes and also when nothing happened.

    From the first time on the feed is waited for: when it is later than its limit (30 minutes, unless the service is
    set otherwise), decisions are `nothing` with the reason `payments_stale` and no permit can be claimed, until it is
    heard again. What is said out of order never takes a feed back.
    """
    asked: FeedIn = call.body
    if asked.as_of > call.at + AHEAD:
        raise RequestError("an instant that has not come", expected="one up to now", param="/as_of")
    said = Feed(call.path["feed"], asked.as_of, call.at, call.caller.name)
    call.service.store.feeds.tell(said)
    call.service.standing.heard()
    return call.json(next(one for one in _all(call) if one["feed"] == said.feed))


@resource.operation("GET", "/v1/feeds", summary="List the feeds and how far each is", roles=READERS, gives=FeedsOut)
async def list_feeds(call: Call) -> Response:
    """Return how far each feed is, and whether it is late."""
    return call.json({"feeds": _all(call)})


def _all(call: Call) -> list[dict[str, str | datetime | bool]]:
    late = call.service.standing.late(call.at)
    return [
        {
            "feed": one.feed,
            "as_of": one.as_of,
            "heard_at": one.heard_at,
            "heard_from": one.heard_from,
            "is_late": one.feed in late,
        }
        for one in call.service.store.feeds.all()
    ]
