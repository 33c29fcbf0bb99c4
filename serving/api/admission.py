"""Who is let in while many ask: what could not be answered in time is refused early, for next to nothing.

The gate stands twice: where requests are heard (:mod:`serving.api.doorkeeper`), since even making a request of what was
heard costs more than refusing it, and as middleware, which counts those who are let in and serves under any server.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from serving.telemetry.metrics import Metrics

_LOG = logging.getLogger("regua.requests")
_NAME = "req_of_the_refused"
_NAMED = HEADER.encode()
Fields = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Refusal:
    """The answer to one who is refused: most of it was written beforehand."""

    written: "_Written"
    name: bytes
    after_s: int
    status: int = OverloadedError.status

    @property
    def body(self) -> bytes:
        """What it is told."""
        return b"%b%b%b" % (self.written.before, self.name, self.written.after)

    @property
    def fields(self) -> Fields:
        """The headers of the answer."""
        own = (_NAMED, self.name), (b"content-length", b"%d" % self._length), (b"retry-after", b"%d" % self.after_s)
        return [*self.written.fields, *own]

    @property
    def sent(self) -> bytes:
        """The same as it is sent, after the first line and the headers that the server adds itself."""
        written, name = self.written, self.name
        return written.sent % (name, self._length, self.after_s, written.before, name, written.after)

    @property
    def _length(self) -> int:
        return self.written.length + len(self.name)


class Gate:
    """Refuses what cannot be answered in time, before its caller, body or content is looked at.

    Where nobody waits, everybody is let in: so what a slow moment taught is unlearned.

    Parameters
    ----------
    load
        Says how long one who comes now would wait.
    metrics
        Counts those who are refused.
    usual
        The language of those who like none more than another.
    """

    def __init__(self, load: Load, metrics: Metrics, usual: str) -> None:
        self.load, self._metrics, self._usual = load, metrics, usual
        self._written = {language: _Written(language) for language in LANGUAGES}
        self._untold, self._told_s = 0, 0.0

    def refused(self, share: float, patience_s: float, fields: Fields) -> Refusal | None:
        """Refuse one who comes now, or return None: it is let in.

        Parameters
        ----------
        share
            Of the longest wait, how much is too long for what it asks: one of ``SHARES``.
        patience_s
            How long it waits itself.
        fields
            The headers it sent, their names in small letters.
        """
        load = self.load
        if not load.admitted or (wait_s := load.wait_s) <= min(load.longest_wait_s * share, patience_s * LATEST):
            return None
        told = dict(fields)
        liked = told.get(b"accept-language")
        language = language_of(liked.decode("latin-1"), self._usual) if liked else self._usual
        self._count()
        name = name_of(told)
        return Refusal(self._written[language], name.encode(), come_back(wait_s, name))

    def _count(self) -> None:
        self._metrics.refused += 1
        self._untold += 1
        now_s = perf_counter()
        if now_s - self._told_s >= 1:  # a line each would be one more thing there is too much of
            _LOG.info("refused", extra={TOLD: {"requests": self._untold, "status": OverloadedError.status}})
            self._untold, self._told_s = 0, now_s


class Admission:
    """The gate as middleware, outermost: what is let in is counted until it is answered."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app, self._gate = app, gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or tell it when to come back."""
        share = SHARES.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if share is None:
            await self._app(scope, receive, send)
            return
        patience_s = patience_or_none(scope["headers"])
        if refusal := self._gate.refused(share, patience_s, scope["headers"]):
            await send({"type": "http.response.start", "status": refusal.status, "headers": refusal.fields})
            await send({"type": "http.response.body", "body": refusal.body})
            return
        if patience_s < inf:
            scope.setdefault("state", {})[UNTIL] = perf_counter() + patience_s
        load, counted = self._gate.load, scope["path"] == DECISIONS
        load.admitted += counted
        try:
            await self._app(scope, receive, send)
        finally:
            load.admitted -= counted


def patience_or_none(fields: Fields) -> float:
    """Return how many seconds a caller waits, infinite where it says nothing or nonsense: the operation tells it so."""
    try:
        return patience_of(fields)
    except RequestError:
        return inf


class _Written:
    """What those who are refused in one language are told, but for the name of their request and when to come back."""

    def __init__(self, language: str) -> None:
        body = orjson.dumps(body_of(OverloadedError(), OverloadedError.status, _NAME, language))
        self.before, self.after = body.split(_NAME.encode())
        self.length = len(self.before) + len(self.after)
        fields: Mapping[str, str] = {"Content-Type": MEDIA_TYPE, "Content-Language": language, **SAFE}
        self.fields = [(name.lower().encode(), value.encode()) for name, value in fields.items()]
        same = b"".join(b"%b: %b\r\n" % field for field in self.fields).replace(b"%", b"%%")
        self.sent = same + _NAMED + b": %b\r\ncontent-length: %d\r\nretry-after: %d\r\n\r\n%b%b%b"
