"""Ask that a book or a release goes live; another person agrees, and another may undo it."""

import asyncio

from starlette.responses import Response

from serving.api.anatomy import Resource
from serving.api.call import Call
from serving.api.change_schemas import CHANGE_ID, ChangeOut, ChangesOut
from serving.api.cursors import PageQuery, page, position_of
from serving.changes.asked import ApproveIn, ChangeIn, EditIn, NoteIn
from serving.changes.change import Change, Kind
from serving.changes.permitted import APPROVERS, MAY_ASK, READERS, WRITERS, refuse_to_ask, refuse_to_reject

resource = Resource("change requests", "What is to go live, who asked, who agreed, and what it did.")

ONE = "/v1/change-requests/{change_id}"
PLACES = {"change_id": CHANGE_ID}


@resource.operation(
    "POST",
    "/v1/change-requests",
    summary="Ask that a book or a release goes live",
    roles=WRITERS,
    takes=ChangeIn,
    gives=ChangeOut,
    status=201,
    keyed=True,
    problems=(404, 409),
)
async def submit_change(call: Call) -> Response:
    """Keep a request; nothing is live by it.

    Files are laid over the live book, which makes a version with a digest of its own. A strategist or an approver asks
    for a book, a data scientist for a release. Packs of law and provider rules are not written by a request.
    """
    asked: ChangeIn = call.body
    refuse_to_ask(call.caller, Kind(asked.kind))
    control, title, reason, by = call.service.changes, asked.title, asked.reason, call.caller.name
    if asked.release_id is not None:
        made = control.submit_release(asked.release_id, title=title, reason=reason, by=by, at=call.at)
    else:
        made = control.submit_book(asked.files or {}, title=title, reason=reason, by=by, at=call.at)
    return call.json(made.told(), 201)


@resource.operation(
    "GET",
    "/v1/change-requests",
    summary="List change requests, the latest first",
    roles=READERS,
    query=PageQuery,
    gives=ChangesOut,
)
async def list_changes(call: Call) -> Response:
    """Return requests of every state; one made meanwhile is on the first page alone."""
    position = position_of(call)
    before = int(position[0]) if position else None
    found = call.service.changes.before(before, call.query.limit + 1)
    return page(call, found, lambda change: (change.seq,), Change.told)


@resource.operation(
    "GET",
    ONE,
    summary="Read a change request",
    roles=READERS,
    gives=ChangeOut,
    problems=(404,),
    path_values=PLACES,
)
async def read_change(call: Call) -> Response:
    """Return what it asks, what trying it came to, who agreed, and every step."""
    return call.json(call.service.changes.one(call.path["change_id"]).told())


@resource.operation(
    "PATCH",
    ONE,
    summary="Write a change request anew",
    roles=MAY_ASK[Kind.BOOK],
    takes=EditIn,
    gives=ChangeOut,
    problems=(404, 409),
    path_values=PLACES,
)
async def edit_change(call: Call) -> Response:
    """Lay its files, with those given, over what is live now. Its trial and its approval no longer count."""
    edited = call.service.changes.edit(call.path["change_id"], call.body.files, by=call.caller.name, at=call.at)
    return call.json(edited.told())


@resource.operation(
    "POST",
    ONE + "/trial",
    summary="Check a change request and try it on the current customers",
    roles=WRITERS,
    gives=ChangeOut,
    problems=(404, 409),
    path_values=PLACES,
)
async def try_change(call: Call) -> Response:
    """Prove and rehearse it, then decide the current customers with and without it; nothing is logged.

    Takes seconds, and minutes on a large book, beside the other requests. An approval needs a trial of this very
    version that is at most 24 hours old.
    """
    control, who = call.service.changes, call.caller.name
    judged = await asyncio.to_thread(control.judge, call.path["change_id"], by=who, at=call.at)
    return call.json(judged.told())


@resource.operation(
    "POST",
    ONE + "/approve",
    summary="Agree to a change request",
    roles=APPROVERS,
    takes=ApproveIn,
    gives=ChangeOut,
    problems=(404, 409),
    path_values=PLACES,
)
async def approve_change(call: Call) -> Response:
    """Agree to the version that was read. Whoever wrote or edited it cannot; an edit afterwards takes this back."""
    asked: ApproveIn = call.body
    control, change_id, note = call.service.changes, call.path["change_id"], asked.note or ""
    made = control.approve(change_id, asked.version, by=call.caller.name, at=call.at, note=note)
    return call.json(made.told())


@resource.operation(
    "POST",
    ONE + "/reject",
    summary="Say no to a change request, or take one's own back",
    roles=WRITERS,
    takes=NoteIn,
    gives=ChangeOut,
    problems=(404, 409),
    path_values=PLACES,
)
async def reject_change(call: Call) -> Response:
    """End a request that is not live yet: an approver any, whoever wrote it their own."""
    control, change_id, who = call.service.changes, call.path["change_id"], call.caller
    refuse_to_reject(who, control.one(change_id))
    return call.json(control.reject(change_id, by=who.name, at=call.at, note=call.body.note).told())


@resource.operation(
    "POST",
    ONE + "/apply",
    summary="Put an approved change live",
    roles=APPROVERS,
    gives=ChangeOut,
    problems=(404, 409),
    path_values=PLACES,
)
async def apply_change(call: Call) -> Response:
    """Put it live in every process within five seconds; customers inside a journey go on as its new version says.

    Refused if something else went live since it was written. Applied again, it stays so.
    """
    control, live_book = call.service.changes, call.service.live_book
    made = await asyncio.to_thread(control.apply, call.path["change_id"], by=call.caller.name, at=call.at)
    await asyncio.to_thread(live_book.take_up)
    return call.json(made.told())


@resource.operation(
    "POST",
    ONE + "/rollback",
    summary="Bring back what was live before a change",
    roles=APPROVERS,
    takes=NoteIn,
    gives=ChangeOut,
    problems=(404, 409),
    path_values=PLACES,
)
async def roll_back_change(call: Call) -> Response:
    """Undo the change that went live last; again and again, one change at a time, back to the first version."""
    control, live_book, note = call.service.changes, call.service.live_book, call.body.note
    who, change_id = call.caller.name, call.path["change_id"]
    made = await asyncio.to_thread(control.rollback, change_id, by=who, at=call.at, note=note)
    await asyncio.to_thread(live_book.take_up)
    return call.json(made.told())
