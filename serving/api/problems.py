"""Every refusal and failure in one shape: RFC 9457 problem details, with what was found, expected and to be done."""

import logging
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from regua.errors import ReguaError
from serving.api.identity import request_id_of

_LOG = logging.getLogger("regua.api")
_TITLES = {
    400: "The request cannot be read",
    404: "Nothing is there",
    405: "Not a thing to do here",
    409: "It contradicts what is kept",
    413: "The request is too large",
    415: "The request is not JSON",
    422: "The request does not fit",
    500: "Something failed that should not have",
    503: "The service cannot answer now",
}
RETRY_SECONDS = 5
MEDIA_TYPE = "application/problem+json"


def body_of(problem: ReguaError, status: int, request_id: str) -> dict[str, Any]:
    """Return the members of a problem."""
    return {
        "type": f"urn:regua:problem:{problem.code}",
        "title": _TITLES.get(status, "Refused"),
        "status": status,
        "code": problem.code,
        "detail": str(problem),
        "found": problem.found,
        "expected": problem.expected,
        "try": problem.remedy,
        "request_id": request_id,
    }


def answer(request: Request, problem: ReguaError, status: int | None = None) -> Response:
    """Answer with a problem."""
    status = status or problem.status
    headers = {"Retry-After": str(RETRY_SECONDS)} if status == 503 else None
    body = orjson.dumps(body_of(problem, status, request_id_of(request)))
    return Response(body, status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Make an application answer every failure with a problem."""

    async def told(request: Request, problem: Exception) -> Response:
        assert isinstance(problem, ReguaError)  # noqa: S101 - what it was registered for
        return answer(request, problem)

    async def http(request: Request, problem: Exception) -> Response:
        assert isinstance(problem, HTTPException)  # noqa: S101 - what it was registered for
        refused = ReguaError(f"{request.method} {request.url.path}: {problem.detail}", remedy="see /openapi.json")
        refused.code = f"http_{problem.status_code}"
        return answer(request, refused, problem.status_code)

    async def parameter(request: Request, problem: Exception) -> Response:
        assert isinstance(problem, RequestValidationError)  # noqa: S101 - what it was registered for
        first = problem.errors()[0]
        refused = ReguaError(".".join(map(str, first["loc"])), expected=first["msg"], remedy="see /openapi.json")
        refused.code = "request"
        return answer(request, refused, 422)

    async def unforeseen(request: Request, problem: Exception) -> Response:
        _LOG.exception("request %s failed", request_id_of(request), exc_info=problem)
        failed = ReguaError("an unforeseen failure", remedy="report it with the request_id; the log has the rest")
        return answer(request, failed, 500)

    app.add_exception_handler(ReguaError, told)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, parameter)
    app.add_exception_handler(Exception, unforeseen)
