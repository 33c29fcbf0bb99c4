"""Read the journeys at work."""

from starlette.responses import Response

from journeys.book.lock import fingerprint
from journeys.telling.showing import describe
from regua.errors import NotFoundError
from serving.access.roles import Role
from serving.api.anatomy import InPath, Resource, spelled
from serving.api.book_schemas import JourneyDetail
from serving.api.call import Call
from serving.api.schemas import JourneysOut
from serving.changes import versions
from serving.changes.drafting import files_of
from serving.changes.live_book import BOOK

resource = Resource("journeys", "The ways customers are led through arrears, as the book at work has them.")
READERS = frozenset(Role) - {Role.EVENT_SOURCE}
JOURNEY = InPath(spelled("[a-z][a-z0-9_]{0,79}"), "early_digital", "The name of a journey.")


@resource.operation(
    "GET",
    "/v1/journeys",
    summary="List the journeys of the book",
    roles=READERS,
    gives=JourneysOut,
)
async def list_journeys(call: Call) -> Response:
    """Return each journey with its version, its title and its purpose, under the digest decisions carry."""
    return call.json(call.service.journeys())


@resource.operation(
    "GET",
    "/v1/journeys/{journey}",
    summary="Read one journey in words and as written",
    roles=READERS,
    gives=JourneyDetail,
    problems=(404,),
    path_values={"journey": JOURNEY},
)
async def read_journey(call: Call) -> Response:
    """Return its steps and exits in the language asked for, its file, and its versions that have been live."""
    book, name = call.service.book, call.path["journey"]
    found = next((one for one in book.journeys if one.name == name), None)
    if found is None:
        raise NotFoundError("no such journey in the live book", expected="a journey that GET /v1/journeys lists")
    kept: dict[str, dict[str, object]] = {}
    for lived in reversed(call.service.store.changes.lived(BOOK)):
        for number, says in versions.read(lived.body).get(name, {}).items():
            kept.setdefault(number, {"version": int(number), "digest": says, "book": lived.target})
    if not kept:
        says = fingerprint(found)
        kept = {str(found.version): {"version": found.version, "digest": says, "book": book.digest}}
    file = str(found.document.file)
    told = {"journey": name, "version": found.version, "told": describe(book, name, call.language)}
    source = {"file": file, "source": files_of(book.text)[file]}
    return call.json({**told, **source, "versions": list(kept.values())})
