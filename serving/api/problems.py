"""Every refusal and failure in one shape: RFC 9457 problem details, with what was found, expected and to be done."""

import logging
from errno import EDQUOT, EIO, EMFILE, ENFILE, ENOSPC, EROFS
from typing import Any

import orjson
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from regua.errors import ReguaError, UnavailableError
from serving.api.identity import request_id_of
from serving.api.languages import language_of
from serving.api.problem_types import type_of

_LOG = logging.getLogger("regua.api")
RETRY_SECONDS = 5
PASSING = frozenset({EDQUOT, EIO, EMFILE, ENFILE, ENOSPC, EROFS})
"""What a machine lacks for a while: room, a disk that answers, files to open."""
MEDIA_TYPE = "application/problem+json"


def body_of(problem: ReguaError, status: int, request_id: str, language: str) -> dict[str, Any]:
    """Return the members of a problem.

    ``title`` and ``detail`` are in the caller's language; ``found``, ``expected`` and ``try`` are what the check
    itself says.
    """
    kind = type_of(problem.code)
    return {
        "type": kind.path,
        "title": kind.title[language],
        "status": status,
        "code": problem.code,
        "detail": kind.about[language],
        "found": problem.found,
        "expected": problem.expected,
        "try": problem.remedy,
        "param": getattr(problem, "param", None),
        "request_id": request_id,
        "doc_url": kind.path,
        **({"reason": problem.reason} if hasattr(problem, "reason") else {}),
    }


def answer(request: Request, problem: ReguaError, status: int | None = None) -> Response:
    """Answer with a problem, in the language the caller likes best."""
    status = status or problem.status
    request.state.problem = problem
    headers = dict(getattr(problem, "headers", None) or {})
    if status == 503:
        headers.setdefault("Retry-After", str(RETRY_SECONDS))
    usual = request.app.state.service.settings.language
    language = language_of(request.headers.get("accept-language"), usual)
    body = orjson.dumps(body_of(problem, status, request_id_of(request), language))
    return Response(body, status, {**headers, "Content-Language": language}, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Make an application answer every failure with a problem."""

    async def told(request: Request, problem: Exception) -> Response:
        assert isinstance(problem, ReguaError)  # noqa: S101 - what it was registered for
        return answer(request, problem)

    async def http(request: Request, problem: Exception) -> Response:
        assert isinstance(problem, HTTPException)  # noqa: S101 - what it was registered for
        refused = ReguaError(
            f"nothing answers {request.method} here", expected="an operation of /openapi.json", remedy="see its paths"
        )
        refused.code = f"http_{problem.status_code}"
        refused.headers = dict(problem.headers or {})  # type: ignore[attr-defined]
        return answer(request, refused, problem.status_code)

    async def lacking(request: Request, problem: Exception) -> Response:
        if not isinstance(problem, OSError) or problem.errno not in PASSING:
            return await unforeseen(request, problem)
        _LOG.error("request %s failed: %s", request_id_of(request), problem.strerror)
        away = UnavailableError(
            f"this machine cannot read or write now: {problem.strerror}",
            expected="a disk with room, that can be written",
            remedy="check the disk, then ask again: nothing was done",
        )
        return answer(request, away)

    async def unforeseen(request: Request, problem: Exception) -> Response:
        _LOG.exception("request %s failed", request_id_of(request), exc_info=problem)
        failed = ReguaError("an unforeseen failure", remedy="report it with the request_id; the log has the rest")
        return answer(request, failed, 500)

    app.add_exception_handler(ReguaError, told)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(OSError, lacking)
    app.add_exception_handler(Exception, unforeseen)
