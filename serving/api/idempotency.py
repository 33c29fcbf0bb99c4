"""A request that carries an Idempotency-Key has its effect once, and everybody who repeats it gets the same bytes."""

import hashlib
import re
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

import rfc8785
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from regua.errors import ReguaError, RequestError, UnsafeError
from serving.api import problems
from serving.api.anatomy import Operation
from serving.api.call import Call
from serving.jobs.files import Received
from serving.store.keys import Kept, Once

HEADER = "idempotency-key"
REPLAYED = "Idempotency-Replayed"
NOT_KEPT = (409, 429)
"""Refusals that another moment may lift, so that asking again has to be looked at again."""
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


class IdempotencyKeyError(RequestError):
    """The header Idempotency-Key cannot be used."""

    code, status = "idempotency_key", 400


def key_of(request: Request) -> str | None:
    """Return a request's key, None where there is none; the draft's quotation marks may stand around it.

    Raises
    ------
    IdempotencyKeyError
        There are several, or it is none we could keep.
    """
    found = request.headers.getlist(HEADER)
    if not found:
        return None
    key = found[0][1:-1] if len(found[0]) > 1 and found[0][0] == found[0][-1] == '"' else found[0]
    if len(found) > 1 or not _KEY.fullmatch(key):
        raise IdempotencyKeyError(
            "an Idempotency-Key that cannot be kept",
            expected="one, of 1 to 255 visible ASCII characters",
            remedy="use a UUID, a new one for each new request",
        )
    return key


def once_of(operation: Operation, call: Call) -> Once:
    """Return whose request this is, and what is in it: path, query and body by RFC 8785.

    Raises
    ------
    UnsafeError
        It holds a whole number that a float64 cannot.
    """
    content = {"path": dict(call.path), "query": _plain(call.query), "body": _plain(call.body)}
    try:
        fingerprint = hashlib.sha256(rfc8785.dumps(content)).digest()
    except rfc8785.CanonicalizationError:
        raise UnsafeError(
            "a whole number beyond what every reader can hold", expected="whole numbers within ±(2^53 - 1)"
        ) from None
    return Once(call.caller.caller_id, operation.words, call.key or "", fingerprint)


def run_once(operation: Operation, call: Call) -> Response:
    """Run a keyed operation: look for an answer, do the work, keep the answer, all in one transaction.

    Raises
    ------
    KeyReusedError, KeyInUseError
        The key was used with another content, or its first request is still running.
    ReguaError
        The service cannot answer now; nothing was done, and nothing is kept.
    """
    store, once = call.service.store, once_of(operation, call)
    if kept := store.keys.find(once, call.at):
        return replayed(kept)
    with store.unit():
        store.keys.hold(once)
        if kept := store.keys.find(once, call.at):
            return replayed(kept)
        try:
            answer = _at_once(operation.handler(call))
        except ReguaError as problem:
            if problem.status >= 500:
                raise
            answer = problems.answer(call.request, problem)
        if answer.status_code < 500 and answer.status_code not in NOT_KEPT:
            store.keys.keep(once, call.at, Kept(answer.status_code, bytes(answer.body)))
    return answer


async def at_desk(operation: Operation, call: Call) -> Response:
    """Answer from what is kept, or let the desk keep the answer with all else it commits in its turn.

    Raises
    ------
    KeyReusedError
        The key was used with another content.
    """
    once = once_of(operation, call)
    if kept := call.service.store.keys.find(once, call.at):
        return replayed(kept)
    return await operation.handler(replace(call, once=once))


def replayed(kept: Kept) -> Response:
    """Answer with what was answered the first time."""
    media_type = problems.MEDIA_TYPE if kept.status >= 400 else "application/json"
    return Response(kept.answer, kept.status, {REPLAYED: "true"}, media_type if kept.answer else None)


def _at_once(handler: Coroutine[Any, Any, Response]) -> Response:
    """Run a handler to its end in one go: if it waited, others' writes would join its transaction."""
    try:
        handler.send(None)
    except StopIteration as done:
        answer: Response = done.value
        return answer
    handler.close()
    raise TypeError("the handler of a keyed operation must not wait for anything")


def _plain(value: Any) -> Any:
    if isinstance(value, Received):
        return {"sha256": value.fingerprint.hex()}
    return value.model_dump(mode="json", by_alias=True) if isinstance(value, BaseModel) else value
