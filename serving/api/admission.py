"""Who is let in while many ask: middleware that refuses early what could not be answered in time."""

import logging
from math import inf
from time import perf_counter

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from regua.errors import RequestError
from serving.api.identity import HEADER, SAFE, name_of
from serving.api.languages import LANGUAGES, language_of
from serving.api.problems import MEDIA_TYPE, body_of
from serving.degrading.overload import DECISIONS, LATEST, SHARES, UNTIL, Load, OverloadedError, come_back, patience_of
from serving.telemetry.logs import TOLD
from serving.telemetry.metrics import NO_OPERATION, Metrics

_LOG = logging.getLogger("regua.requests")
_NAME = "req_of_the_refused"


class Admission:
    """Middleware that refuses what cannot be answered in time, before its caller, body or content is looked at.

    It stands outermost: what is refused costs next to nothing, or refusing itself would be too much. Where nobody
    waits, everybody is let in: so what a slow moment taught is unlearned.

    Parameters
    ----------
    load
        Says how long one who comes now would wait.
    metrics
        Counts those who are refused.
    usual
        The language of those who like none more than another.
    """

    def __init__(self, app: ASGIApp, load: Load, metrics: Metrics, usual: str) -> None:
        self._app, self._load, self._metrics, self._usual = app, load, metrics, usual
        self._refusals = {language: _Refusal(language) for language in LANGUAGES}
        self._refused, self._told_s = 0, 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or tell it when to come back."""
        share = SHARES.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if share is None:
            await self._app(scope, receive, send)
            return
        load, began_s = self._load, perf_counter()
        patience_s = _patience_of(scope)
        wait_s = load.wait_s
        if load.admitted and wait_s > min(load.longest_wait_s * share, patience_s * LATEST):
            await self._refuse(scope, send, wait_s, began_s)
            return
        if patience_s < inf:
            scope.setdefault("state", {})[UNTIL] = began_s + patience_s
        counted = scope["path"] == DECISIONS
        load.admitted += counted
        try:
            await self._app(scope, receive, send)
        finally:
            load.admitted -= counted

    async def _refuse(self, scope: Scope, send: Send, wait_s: float, began_s: float) -> None:
        headers = dict(scope["headers"])
        language = language_of(headers.get(b"accept-language", b"").decode("latin-1"), self._usual)
        await self._refusals[language].send(send, name_of(headers), wait_s)
        now_s = perf_counter()
        self._metrics.request(NO_OPERATION, OverloadedError.status, now_s - began_s)
        self._refused += 1
        if now_s - self._told_s >= 1:  # a line each would be one more thing there is too much of
            _LOG.info("refused", extra={TOLD: {"requests": self._refused, "status": OverloadedError.status}})
            self._refused, self._told_s = 0, now_s


class _Refusal:
    """The answer to those who are refused in one language, written beforehand but for its name and time."""

    def __init__(self, language: str) -> None:
        body = orjson.dumps(body_of(OverloadedError(), OverloadedError.status, _NAME, language))
        self._before, self._after = body.split(_NAME.encode())
        fields = {"Content-Type": MEDIA_TYPE, "Content-Language": language, **SAFE}
        self._fields = [(name.lower().encode(), value.encode()) for name, value in fields.items()]

    async def send(self, send: Send, name: str, wait_s: float) -> None:
        body = b"%b%b%b" % (self._before, name.encode(), self._after)
        own = {HEADER: name, "content-length": str(len(body)), "retry-after": str(come_back(wait_s, name))}
        fields = [*self._fields, *((field.encode(), value.encode()) for field, value in own.items())]
        await send({"type": "http.response.start", "status": OverloadedError.status, "headers": fields})
        await send({"type": "http.response.body", "body": body})


def _patience_of(scope: Scope) -> float:
    try:
        return patience_of(scope["headers"])
    except RequestError:  # told to the caller by the operation
        return inf
