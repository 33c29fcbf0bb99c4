"""Read the contact policy, and ask it about a region and an instant."""

from starlette.responses import Response

from journeys.telling.policy import explain_region
from journeys.telling.rules import rule_in_words
from regua.errors import NotFoundError
from serving.access.roles import Role
from serving.api.anatomy import Resource
from serving.api.book_schemas import EvaluatedOut, EvaluateIn, PoliciesOut
from serving.api.call import Call
from serving.changes.drafting import policy_digest

resource = Resource("policies", "What is permitted, when and to whom: the rules of law, of providers and of the house.")
READERS = frozenset(Role) - {Role.EVENT_SOURCE}


@resource.operation(
    "GET", "/v1/policies", summary="List every rule of the contact policy", roles=READERS, gives=PoliciesOut
)
async def list_rules(call: Call) -> Response:
    """Return each rule with its section, since when it is in force, its source and its words."""
    book = call.service.book
    rules = [
        {
            "id": rule.id,
            "section": section,
            "effective_from": rule.effective_from,
            "until": rule.until,
            "source": rule.source,
            "status": rule.status,
            "words": rule_in_words(section, rule),
        }
        for section, several in book.policies.sections.items()
        for rule in several
    ]
    return call.json({"policy_digest": policy_digest(book), "rules": rules})


@resource.operation(
    "POST",
    "/v1/policies/evaluate",
    summary="Ask by which channels a region may be contacted at an instant",
    roles=READERS,
    takes=EvaluateIn,
    gives=EvaluatedOut,
    problems=(404,),
)
async def evaluate_policy(call: Call) -> Response:
    """Return by channel whether the hours of the region permit it, the rules that do not, and from when they do."""
    asked: EvaluateIn = call.body
    book = call.service.book
    places = book.policies.places
    if places.code(asked.region) < 0:
        raise NotFoundError(
            "no such region in the live book",
            expected="a region of policies/zones.yaml, such as SP, US-CA or DE",
        )
    told = explain_region(book, asked.region, (asked.at,))
    channels = [
        {
            "channel": one.channel,
            "is_allowed": one.allowed,
            "earliest_permitted_at": one.earliest,
            "rules": [rule.id for rule in one.rules],
        }
        for one in told.channels
    ]
    place = {"region": asked.region, "zones": list(told.zones), "holidays": list(told.holidays[call.language])}
    return call.json({**place, "channels": channels})
