"""Around every request: how long it took and how it ended, counted, logged and, where asked for, traced."""

import logging
from collections.abc import Mapping
from contextlib import nullcontext
from time import perf_counter
from typing import TYPE_CHECKING, Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from regua.errors import UnauthenticatedError
from serving.telemetry.logs import REQUEST_ID, TOLD
from serving.telemetry.metrics import NO_OPERATION, Metrics

if TYPE_CHECKING:
    from serving.telemetry.tracing import Tracing

_LOG = logging.getLogger("regua.requests")


class Observing:
    """Middleware that sees each request come and go; it stands inside the one that names them.

    A path holds customers' identifiers: an operation's own pattern is told instead.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, tracing: "Tracing | None" = None) -> None:
        self._app, self._metrics, self._tracing = app, metrics, tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, and tell how it went."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = 500, perf_counter()

        async def heard(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        name = scope.get("state", {}).get("request_id", "")
        token = REQUEST_ID.set(name)
        self._metrics.in_flight.inc()
        try:
            with self._tracing.request(scope["headers"]) if self._tracing else nullcontext() as span:
                try:
                    await self._app(scope, receive, heard)
                finally:
                    if span is not None:
                        span.ended(_words(scope), status, name)
        finally:
            self._metrics.in_flight.dec()
            took = perf_counter() - began
            self._metrics.request(_operation(scope), status, took)
            if _LOG.isEnabledFor(logging.INFO):
                told = {"operation": _words(scope), "status": status, "took_ms": round(took * 1_000, 2)}
                _LOG.info("answered", extra={TOLD: told | _who_and_why(scope.get("state", {}))})
            REQUEST_ID.reset(token)


def _who_and_why(state: Mapping[str, Any]) -> dict[str, str]:
    """Say who called, and why it was refused: of who cannot be told in the door's own words, which quote nobody."""
    found = {"caller": state["caller_id"]} if "caller_id" in state else {}
    if problem := state.get("problem"):
        found["problem"] = problem.code
        if isinstance(problem, UnauthenticatedError):
            found["found"] = problem.found
    return found


def _operation(scope: Scope) -> str:
    operation = getattr(scope.get("endpoint"), "operation", None)
    return operation.name if operation else NO_OPERATION


def _words(scope: Scope) -> str:
    operation = getattr(scope.get("endpoint"), "operation", None)
    return operation.words if operation else NO_OPERATION
