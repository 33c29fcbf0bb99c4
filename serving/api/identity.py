"""A name for each request, given by the caller or made here, in the answer and in every problem."""

import re
from collections.abc import Mapping
from random import getrandbits

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "x-request-id"
_HEADER = HEADER.encode()
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Frame-Options": "DENY",
}
"""Fields of every answer that says nothing else itself: nothing is kept on the way, run, framed or guessed at."""
_GIVEN = re.compile(rb"[A-Za-z0-9._-]{1,64}")


def _encoded(fields: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(field.lower().encode("latin-1"), value.encode("latin-1")) for field, value in fields.items()]


_SAFE = _encoded(SAFE)
"""The same as they go out: told with every answer, they are written once."""


class RequestIdentity:
    """Middleware that names each request; written against ASGI, since the usual wrapper costs as much as a route."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Name the request, then pass it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        name = name_of(dict(scope["headers"]))
        scope.setdefault("state", {})["request_id"] = name

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"]
                known = {field for field, _ in headers}
                told = (*_SAFE, *_encoded(scope["state"].get("told", {})))
                safe = (one for one in told if one[0] not in known)
                message["headers"] = [*headers, (_HEADER, name.encode()), *safe]
            await send(message)

        await self._app(scope, receive, named)


def name_of(headers: Mapping[bytes, bytes]) -> str:
    """Return the name a caller gave its request, or make one."""
    given = headers.get(_HEADER)
    return given.decode() if given and _GIVEN.fullmatch(given) else f"req_{getrandbits(80):020x}"


def request_id_of(request: Request) -> str:
    """Return the name of a request."""
    return str(request.scope.get("state", {}).get("request_id", ""))
