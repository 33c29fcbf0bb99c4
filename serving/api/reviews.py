"""Contest a decision, and tell what a person made of it."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from starlette.responses import Response

from regua.written_time import Instant
from serving.access.roles import Role
from serving.api.anatomy import InPath, Resource, spelled
from serving.api.call import Call
from serving.api.cursors import PageOut, PageQuery, page, position_of
from serving.api.decisions import DECISION_ID
from serving.happenings.reported import pseudonym
from serving.privacy import reviewing
from serving.store.reviews import Review, ReviewState

resource = Resource("reviews", "Decisions that somebody contested, and what a person decided of them by when.")
REVIEW_ID = InPath(spelled("rev_[0-9a-f]{26}"), "rev_" + "0" * 26, "The identifier a review request was given.")
READERS = frozenset({Role.PRIVACY_OFFICER, Role.AUDITOR})
Words = Annotated[str, StringConstraints(min_length=1, max_length=2_000), AfterValidator(pseudonym)]
"""Free text that names nobody: a CPF, a card, an e-mail or a phone in it is refused."""
_REVIEW: dict[str, Any] = {
    "review_id": "rev_0123456789abcdef0123456789",
    "customer_id": "c0000001",
    "decision_id": "dec_fcb23c27b22d442f8c97b7203c",
    "state": "open",
    "opened_at": "2026-03-04T13:00:00Z",
    "due_at": "2026-03-19T13:00:00Z",
    "closed_at": None,
    "is_late": False,
    "grounds": "The customer says the invoice was paid in February.",
    "opened_by": "crm",
    "explanation": None,
    "closed_by": None,
    "hold_id": "hold_0123456789abcdef0123456789",
}


class ContestIn(BaseModel):
    """Why somebody contests a decision, in their words; it names nobody."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"grounds": _REVIEW["grounds"]}]})

    grounds: Words


class OutcomeIn(BaseModel):
    """What a person decided, and why: the words the customer is told."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"outcome": "changed", "explanation": "The payment was found and matched."}]},
    )

    outcome: Literal["upheld", "changed", "withdrawn"]
    explanation: Words


class ReviewOut(BaseModel):
    """A review: contacts are held while it is open, and a person answers by `due_at`."""

    model_config = ConfigDict(json_schema_extra={"examples": [_REVIEW]})

    review_id: str
    customer_id: str
    decision_id: str
    state: ReviewState
    opened_at: Instant
    due_at: Instant
    closed_at: Instant | None
    is_late: bool = Field(description="Nobody decided in time, or did so too late.")
    grounds: str
    opened_by: str
    explanation: str | None
    closed_by: str | None
    hold_id: str


class ReviewsOut(PageOut[ReviewOut]):
    """A page of reviews."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"results": [_REVIEW], "has_more": False, "next_cursor": None}]}
    )


@resource.operation(
    "POST",
    "/v1/decisions/{decision_id}/review-requests",
    summary="Contest a decision",
    roles=frozenset({Role.CRM, Role.PRIVACY_OFFICER}),
    takes=ContestIn,
    gives=ReviewOut,
    status=201,
    keyed=True,
    problems=(404, 409, 410),
    path_values={"decision_id": DECISION_ID},
)
async def contest_decision(call: Call) -> Response:
    """Ask for a person to look at a decision again. From now on nobody contacts the customer until one has."""
    by, decision_id = call.caller.name, call.path["decision_id"]
    review = reviewing.contest(call.service.store, decision_id, call.body.grounds, by, call.at)
    return call.json(_told(review, call), 201)


@resource.operation(
    "GET", "/v1/review-requests", summary="List reviews", roles=READERS, query=PageQuery, gives=ReviewsOut
)
async def list_reviews(call: Call) -> Response:
    """List what was contested, with the day by which a person answers."""
    after = position_of(call)
    rows = call.service.store.reviews.all(str(after[0]) if after else "", call.query.limit + 1)
    return page(call, rows, lambda row: (row.review_id,), lambda row: _told(row, call))


@resource.operation(
    "GET",
    "/v1/review-requests/{review_id}",
    summary="Read one review",
    roles=READERS | {Role.CRM},
    gives=ReviewOut,
    problems=(404,),
    path_values={"review_id": REVIEW_ID},
)
async def read_review(call: Call) -> Response:
    """Read what was contested, and what a person made of it."""
    return call.json(_told(call.service.store.reviews.one(call.path["review_id"]), call))


@resource.operation(
    "POST",
    "/v1/review-requests/{review_id}/outcome",
    summary="Tell what a person decided",
    roles=frozenset({Role.PRIVACY_OFFICER}),
    takes=OutcomeIn,
    gives=ReviewOut,
    keyed=True,
    problems=(404, 409),
    path_values={"review_id": REVIEW_ID},
)
async def decide_review(call: Call) -> Response:
    """Keep what a person decided and why, and let go of the hold that the review placed."""
    asked: OutcomeIn = call.body
    review = reviewing.decide(
        call.service.store,
        call.path["review_id"],
        ReviewState(asked.outcome),
        asked.explanation,
        call.caller.name,
        call.at,
    )
    return call.json(_told(review, call))


def _told(review: Review, call: Call) -> dict[str, Any]:
    told = {name: getattr(review, name) for name in ReviewOut.model_fields if name != "is_late"}
    return told | {"is_late": review.is_late(call.at)}
