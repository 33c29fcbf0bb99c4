"""What happens around a handler: the caller is named and let in, what was sent is read, and every failure is told."""

from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from regua.errors import ReguaError, RequestError
from serving.access import door
from serving.access.roles import Caller
from serving.api import problems
from serving.api.anatomy import Anybody, Json, Keyed, Lines, Operation
from serving.api.bodies import read_json, read_lines, refuse_body
from serving.api.call import Call
from serving.api.idempotency import at_desk, key_of, run_once
from serving.api.identity import request_id_of
from serving.api.languages import language_of
from serving.degrading.overload import patience_of
from serving.jobs.files import JobFiles, Received
from serving.strict_json import misfit, validate

NOBODY = "nobody"


def endpoint(operation: Operation) -> Callable[[Request], Awaitable[Response]]:
    """Make what the router calls for an operation."""

    async def run(request: Request) -> Response:
        call = None
        try:
            call = await _call(operation, request)
            if call.key is None:
                return await operation.handler(call)
            if operation.keyed is Keyed.AT_DESK:
                return await at_desk(operation, call)
            return run_once(operation, call)
        except ReguaError as problem:
            return problems.answer(request, problem)
        finally:
            if call is not None and isinstance(call.body, Received):
                call.body.close()

    run.operation = operation  # type: ignore[attr-defined]
    return run


async def _call(operation: Operation, request: Request) -> Call:
    service = request.app.state.service
    patience_of(request.scope["headers"])
    caller = await _let_in(operation, request)
    return Call(
        service=service,
        caller=caller,
        at=service.clock.now(),
        language=language_of(request.headers.get("accept-language"), service.settings.language),
        request_id=request_id_of(request),
        request=request,
        path=_path(operation, request),
        query=_query(operation, request),
        key=key_of(request) if operation.keyed else None,
        body=await _body(operation, request),
    )


async def _let_in(operation: Operation, request: Request) -> Caller:
    if isinstance(operation.roles, Anybody):
        return Caller(NOBODY, NOBODY, frozenset(), request.app.state.service.store.portfolio)
    return await door.let_in(request, operation.roles, operation.words)


def _path(operation: Operation, request: Request) -> dict[str, str]:
    values = {}
    for name, place in operation.places.items():
        try:
            values[name] = place.adapter.validate_python(request.path_params[name], strict=True)
        except ValidationError as problem:
            raise misfit(problem, where=("path", name), example=place.example) from None
    return values


def _query(operation: Operation, request: Request) -> BaseModel | None:
    if operation.query is None and not request.scope["query_string"]:
        return None
    given = request.query_params.multi_items()
    values = dict(given)
    model = operation.query
    known = {field.alias or name for name, field in model.model_fields.items()} if model else set()
    for name, _ in given:
        if name not in known:
            raise RequestError(
                "a query parameter this operation does not know",
                expected=f"any of {', '.join(sorted(known))}" if known else "no query parameters",
            )
    if len(values) < len(given):
        raise RequestError("a query parameter given twice", expected="each one once")
    if model is None:
        return None
    try:
        return model.model_validate_strings(values, strict=True)
    except ValidationError as problem:
        raise misfit(problem, where=("query",)) from None


async def _body(operation: Operation, request: Request) -> Any:
    takes = operation.takes
    if takes is None:
        await refuse_body(request)
        return None
    if isinstance(takes, Json):
        return await read_json(request, operation.most_bytes, tuple(takes.shapes))
    if isinstance(takes, Lines):
        service = request.app.state.service
        return await read_lines(request, JobFiles(service.settings, service.store.portfolio), takes.media_types)
    return validate(takes, await read_json(request, operation.most_bytes))
