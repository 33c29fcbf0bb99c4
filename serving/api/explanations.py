"""Decisions that were made: listed by what they have in common, and each told in words to who must answer for it."""

from datetime import datetime
from typing import Any

import anyio.to_thread
from starlette.responses import Response

from features import catalog
from regua.errors import RequestError
from serving.access.roles import Role
from serving.api.anatomy import Resource
from serving.api.call import Call
from serving.api.cursors import page, position_of
from serving.api.decision_bodies import DecisionsListOut, DecisionsQuery, ExplanationOut
from serving.api.decisions import DECISION_ID, READERS
from serving.proving.explaining import Explanation, explain
from serving.proving.replay import Replayer
from serving.proving.telling import Teller
from serving.store import Logged
from serving.store.instants import instant
from serving.store.listing import NEWEST

resource = Resource("explanations", "What was decided, found again and told in words.")
UNMASKED = frozenset({Role.CRM, Role.PRIVACY_OFFICER, Role.DATA_SCIENTIST})
"""Who may be told what a customer owes, as of customers."""


@resource.operation(
    "GET",
    "/v1/decisions",
    summary="List decisions, newest first",
    roles=READERS,
    query=DecisionsQuery,
    gives=DecisionsListOut,
)
async def list_decisions(call: Call) -> Response:
    """List the live decisions of the log; those made meanwhile neither hide nor repeat any of the pages that follow."""
    asked: DecisionsQuery = call.query
    words = {name: getattr(asked, name) for name in ("customer_id", "action", "channel", "journey")}
    narrowed = {name: str(value) for name, value in words.items() if value is not None}
    narrowed |= {name: _written(name, at) for name, at in (("since", asked.since), ("until", asked.until)) if at}
    rows = call.service.store.listing.decisions(narrowed, asked.limit + 1, _before(call))
    return page(call, rows, lambda one: (one[0],), lambda one: _short(one[1]))


@resource.operation(
    "GET",
    "/v1/decisions/{decision_id}/explanation",
    summary="Read a decision in words",
    roles=READERS,
    gives=ExplanationOut,
    problems=(404, 410),
    path_values={"decision_id": DECISION_ID},
)
async def decision_explanation(call: Call) -> Response:
    """Tell what was known, what was predicted and why, what was weighed and what forbade the rest.

    In Portuguese or in English, by Accept-Language: the words `regua explain` prints. The reasons of the score that
    decided are worked out on demand, from the release that made it.
    """
    service = call.service

    def made() -> Explanation:
        return explain(service.store, Replayer(service.store, service.settings), call.path["decision_id"])

    told = await anyio.to_thread.run_sync(made)
    return call.json(_told(told, call.language, is_masked=not call.caller.roles & UNMASKED))


def _before(call: Call) -> int:
    """Return the number of the decision behind which the list goes on."""
    position = position_of(call) or (NEWEST,)
    if len(position) != 1 or not isinstance(position[0], int) or not 0 < position[0] <= NEWEST:
        raise RequestError("a cursor of no list", expected="the next_cursor of the page before", param="/query/cursor")
    return position[0]


def _written(name: str, at: datetime) -> str:
    """Write an instant as the store does; at the ends of the calendar there may be none of this name in UTC."""
    try:
        return instant(at)
    except OverflowError:
        raise RequestError(
            f"{name}: an instant outside the calendar", expected="an instant such as 2026-03-04T13:00:00Z"
        ) from None


def _short(row: Logged) -> dict[str, Any]:
    names = ("decision_id", "customer_id", "decided_at", "action", "channel", "send_at", "journey", "release_id")
    told = {name: getattr(row, name) for name in (*names, "book_digest")}
    return told | {"is_erased": row.is_erased}


def _told(explanation: Explanation, language: str, *, is_masked: bool) -> dict[str, Any]:
    teller, known = Teller(explanation, language), catalog.by_name()
    return {
        "decision_id": explanation.decision["decision_id"],
        "language": language,
        "is_masked": is_masked,
        "head": [{"name": name, "value": value} for name, value in teller.head()],
        "why": list(teller.why()),
        "facts": [
            {"name": name, "meaning": meaning, "value": None if is_hidden else value, "is_masked": is_hidden}
            for meaning, value, name in teller.facts()
            for is_hidden in (is_masked and known[name].sensitivity == "financial",)
        ],
        "scores": [
            {"name": one.name, "value": one.value, "source": one.source, "reasons": list(one.reasons)}
            for one in teller.scores()
        ],
        "weighed": [
            {
                "action": one.action,
                "worth": one.worth,
                "standing": one.standing,
                # The sum is over what the customer owes.
                "arithmetic": None if is_masked else one.arithmetic,
                "barriers": list(one.barriers),
            }
            for one in teller.weighed()
        ],
    }
