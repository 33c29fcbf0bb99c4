"""Who is let in while many ask: middleware that refuses early what could not be answered in time."""

from math import inf
from time import perf_counter

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from regua.errors import RequestError
from serving.api import problems
from serving.api.identity import request_id_of
from serving.degrading.overload import DECISIONS, LATEST, SHARES, UNTIL, Load, OverloadedError, patience_of


class Admission:
    """Middleware that refuses what cannot be answered in time, before its caller, body or content is looked at.

    Where nobody waits, everybody is let in: so what a slow moment taught is unlearned.
    """

    def __init__(self, app: ASGIApp, load: Load) -> None:
        self._app, self._load = app, load

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or tell it when to come back."""
        share = SHARES.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if share is None:
            await self._app(scope, receive, send)
            return
        load, began_s = self._load, perf_counter()
        request = Request(scope)
        try:
            patience_s = patience_of(scope["headers"])
        except RequestError as problem:
            await problems.answer(request, problem)(scope, receive, send)
            return
        wait_s = load.wait_s
        if load.admitted and wait_s > min(load.longest_wait_s * share, patience_s * LATEST):
            await problems.answer(request, OverloadedError(wait_s, request_id_of(request)))(scope, receive, send)
            return
        if patience_s < inf:
            scope.setdefault("state", {})[UNTIL] = began_s + patience_s
        counted = scope["path"] == DECISIONS
        load.admitted += counted
        try:
            await self._app(scope, receive, send)
        finally:
            load.admitted -= counted
