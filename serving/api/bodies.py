"""Bodies in and out: bounded before they are read, strict when they are, and bytes when they leave."""

from typing import Any, TypeVar

from fastapi import Request, Response
from pydantic import BaseModel

from regua.errors import RequestError, TooLargeError
from serving.strict_json import parse, shown, validate

Model = TypeVar("Model", bound=BaseModel)

LARGEST_BYTES = 1 << 20
"""Of one request: 1 MiB holds 1,000 events or 500 identifiers many times over."""


class MediaTypeError(RequestError):
    """The body says it is something other than JSON."""

    code, status = "media_type", 415


async def read_json(request: Request) -> Any:
    """Read a request's body as strict JSON.

    Raises
    ------
    MediaTypeError, TooLargeError, UnreadableError
        It says it is not JSON, is over :data:`LARGEST_BYTES`, or is not JSON.
    """
    kind = request.headers.get("content-type", "application/json").split(";")[0].strip().lower()
    if kind != "application/json":
        raise MediaTypeError(f"content-type {shown(kind)}", expected="application/json")
    if int(request.headers.get("content-length") or 0) > LARGEST_BYTES:
        raise _too_large()
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > LARGEST_BYTES:
            raise _too_large()
    return parse(bytes(content))


async def read_model(request: Request, model: type[Model]) -> Model:
    """Read a request's body as a model, strictly.

    Raises
    ------
    RequestError
        It does not fit.
    """
    return validate(model, await read_json(request))


def json_answer(content: bytes, status: int = 200) -> Response:
    """Answer with JSON bytes as they are."""
    return Response(content, status, media_type="application/json")


def _too_large() -> TooLargeError:
    return TooLargeError(
        f"a body of more than {LARGEST_BYTES} bytes",
        expected="at most 500 customers or 1,000 events a request",
        remedy="split it; for a whole book use regua decide --all or regua events import",
    )
