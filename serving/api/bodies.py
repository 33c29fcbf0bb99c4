"""Bodies as they come in: bounded before they are read, and strict when they are."""

import sys
from typing import Any

from starlette.requests import Request

from regua.errors import RequestError, TooLargeError
from serving.jobs.files import LARGEST_BYTES, JobFiles, Received, too_large
from serving.strict_json import parse, shown

JSON = ("application/json",)


class MediaTypeError(RequestError):
    """The body says it is something other than what the operation takes."""

    code, status = "media_type", 415


async def read_json(request: Request, most_bytes: int, media_types: tuple[str, ...] = JSON) -> Any:
    """Read a request's body as strict JSON.

    Raises
    ------
    MediaTypeError, TooLargeError, UnreadableError, UnsafeError
        It says it is something else, is over ``most_bytes``, is not JSON, or is not strict.
    """
    _check_media_type(request, media_types)
    return parse(await read_bytes(request, most_bytes))


async def read_bytes(request: Request, most_bytes: int) -> bytes:
    """Read a request's body, at most so many bytes of it.

    Raises
    ------
    TooLargeError
        It is larger, by its own word or as it comes.
    """
    if _told_bytes(request) > most_bytes:
        raise _too_large(most_bytes)
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > most_bytes:
            raise _too_large(most_bytes)
    return bytes(content)


async def read_lines(request: Request, files: JobFiles, media_types: tuple[str, ...]) -> Received:
    """Take in a list as it comes, onto the disk.

    Raises
    ------
    MediaTypeError, TooLargeError
        It says it is something else, or is more than a job may hold.
    """
    _check_media_type(request, media_types)
    if _told_bytes(request) > LARGEST_BYTES:
        raise too_large()
    received = files.receive()
    try:
        async for part in request.stream():
            received.add(part)
        received.settle()
    except BaseException:
        received.close()
        raise
    return received


async def refuse_body(request: Request) -> None:
    """Refuse a body where none is taken: whoever sends one believes it counts.

    Raises
    ------
    RequestError
        There is one; an empty JSON object, or nothing, is none.
    """
    if request.method in ("GET", "HEAD"):
        return
    if (await read_bytes(request, 1 << 10)).strip() not in (b"", b"{}"):
        raise RequestError("a body", expected="none: this operation takes nothing but its path", param="")


def _told_bytes(request: Request) -> int:
    told = request.headers.get("content-length", "0")
    return int(told[:12]) if told.isdecimal() else sys.maxsize


def _check_media_type(request: Request, media_types: tuple[str, ...]) -> None:
    kind = media_type_of(request)
    if kind not in media_types:
        raise MediaTypeError(f"content-type {shown(kind)}", expected=" or ".join(media_types))


def media_type_of(request: Request) -> str:
    """Return what a body says it is, without its parameters; JSON where it says nothing."""
    return request.headers.get("content-type", JSON[0]).split(";")[0].strip().lower()


def _too_large(most_bytes: int) -> TooLargeError:
    return TooLargeError(
        f"a body of more than {most_bytes} bytes",
        expected="at most 500 customers or 1,000 events a request",
        remedy="split it; for a whole book use a decision job, regua decide --all or regua events import",
    )
