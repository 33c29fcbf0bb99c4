"""Books of journeys and policies: which have been live, what they say, what a draft would change."""

import asyncio

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from journeys.book import Book
from serving.access.roles import Role
from serving.api.anatomy import Resource
from serving.api.book_schemas import (
    BOOK_DIGEST,
    BookOut,
    BooksOut,
    CheckedOut,
    DifferencesOut,
    DraftIn,
)
from serving.api.call import Call
from serving.api.cursors import PageQuery, page, position_of
from serving.changes.asked import DIGEST
from serving.changes.drafting import draft, files_of
from serving.changes.live_book import BOOK
from serving.changes.trying import differences_in_words, judged
from serving.service import Service
from serving.store.changes import Lived

resource = Resource("books", "Journeys and policies together, by digest: each decision names exactly one.")

READERS = frozenset(Role) - {Role.EVENT_SOURCE, Role.CRM, Role.ADMIN}
DRAFTERS = frozenset({Role.STRATEGIST, Role.APPROVER})


class AgainstQuery(BaseModel):
    """The book to compare with; the live one where none is named."""

    model_config = ConfigDict(extra="forbid")

    against: str | None = Field(None, pattern=f"^{DIGEST}$", description="The digest of the earlier book.")


@resource.operation(
    "GET",
    "/v1/books",
    summary="List the books that have been live, the latest first",
    roles=READERS,
    query=PageQuery,
    gives=BooksOut,
)
async def list_books(call: Call) -> Response:
    """Return since when each was live, by whose word and by which change request."""
    position = position_of(call)
    lived = call.service.store.changes.lived(BOOK)
    shown = [one for one in lived if position is None or one.seq < int(position[0])]
    newest = lived[0].seq if lived else 0
    return page(call, shown, lambda one: (one.seq,), lambda one: _lived(one, is_live=one.seq == newest))


@resource.operation(
    "GET",
    "/v1/books/{digest}",
    summary="Read the files of a book",
    roles=READERS,
    gives=BookOut,
    problems=(404,),
    path_values={"digest": BOOK_DIGEST},
)
async def read_book(call: Call) -> Response:
    """Return every file of a book that decided here, is live, or was asked for."""
    digest = call.path["digest"]
    return call.json({"version": digest, "files": files_of(call.service.store.texts.read("books", digest))})


@resource.operation(
    "GET",
    "/v1/books/{digest}/differences",
    summary="Tell in words what changes from another book to this one",
    roles=READERS,
    query=AgainstQuery,
    gives=DifferencesOut,
    problems=(404,),
    path_values={"digest": BOOK_DIGEST},
)
async def tell_differences(call: Call) -> Response:
    """Return a sentence a change, in Portuguese and in English: journeys first, then rules, then other values."""
    new = call.path["digest"]
    old: str = call.query.against or call.service.book.digest
    told = await asyncio.to_thread(_differences, call.service, old, new)
    return call.json({"old": old, "new": new, "differences": told})


@resource.operation(
    "POST",
    "/v1/books/checks",
    summary="Check files of a draft",
    roles=DRAFTERS,
    takes=DraftIn,
    gives=CheckedOut,
    problems=(403,),
)
async def check_draft(call: Call) -> Response:
    """Read, prove and rehearse the live book with some files written anew; nothing is kept. Takes seconds."""
    base = call.service.book
    made = draft(base.text, call.body.files)
    book, findings = await asyncio.to_thread(judged, call.service, files_of(made.text), base, call.at)
    words = await asyncio.to_thread(differences_in_words, base, book) if book else []
    told = {"is_sound": book is not None, "findings": findings, "differences": words}
    return call.json({"version": made.digest, **told})


def _differences(service: Service, old: str, new: str) -> list[object]:
    before, after = (Book.from_text(service.store.texts.read("books", digest)) for digest in (old, new))
    return list(differences_in_words(before, after))


def _lived(one: Lived, *, is_live: bool) -> dict[str, object]:
    return {
        "version": one.target,
        "replaced": one.replaced or None,
        "change_id": one.change_id or None,
        "began_by": one.began_by,
        "began_at": one.began_at,
        "is_live": is_live,
    }
