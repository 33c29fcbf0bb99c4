"""A client that calls an application in this process: no socket, no thread, and failures answered as a caller sees."""

import asyncio
import threading

import httpx
from starlette.types import ASGIApp


class InProcess(httpx.BaseTransport):
    """Carries each request to the application on an event loop of its own; callers of several threads take turns."""

    def __init__(self, app: ASGIApp) -> None:
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._runner, self._turn = asyncio.Runner(), threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request, whole."""
        with self._turn:
            return self._runner.run(self._answer(request))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        request = httpx.Request(request.method, request.url, headers=request.headers, content=request.read())
        answer = await self._transport.handle_async_request(request)
        content = httpx.ByteStream(await answer.aread())
        return httpx.Response(answer.status_code, headers=answer.headers, stream=content)

    def close(self) -> None:
        """Close the loop."""
        self._runner.close()


def client(app: ASGIApp, headers: dict[str, str]) -> httpx.Client:
    """Open a client of an application, with the headers of a caller."""
    return httpx.Client(transport=InProcess(app), base_url="http://regua", headers=headers)
