"""Where requests are heard: one that is refused is answered there, and no task, scope or call is made of it."""

from asyncio import Event
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from serving.api.admission import Fields, Gate, Refusal, patience_or_none
from serving.degrading.overload import SHARES, OverloadedError

_SHARES = {path.encode(): share for path, share in SHARES.items()}
_FIRST_LINE = b"HTTP/1.1 %d %b\r\n" % (OverloadedError.status, HTTPStatus(OverloadedError.status).phrase.encode())


class _Answered:
    """Stands where a request's cycle does: it was answered, what else is sent with it is read and left."""

    response_complete = True
    message_event = Event()


class Doorkeeper(HttpToolsProtocol):
    """The server's own protocol, which asks the gate as soon as it has read what is asked, and by whom.

    Whatever is out of the ordinary (a caller whose earlier request is unanswered, who does not read its answers, waits
    for leave to send, or ends the connection) is left to the application, which refuses it as well.

    Parameters
    ----------
    gate
        Says who is refused, and in which words.
    """

    def __init__(self, *given: Any, gate: Gate, **named: Any) -> None:
        super().__init__(*given, **named)
        self._gate = gate

    def on_headers_complete(self) -> None:
        """Refuse what has begun to come, or make a request of it."""
        share = _SHARES.get(self.url)
        if share is not None and self._is_ordinary():
            refusal = self._gate.refused(share, patience_or_none(self.headers), self.headers)
            if refusal is not None:
                self.cycle = _Answered  # type: ignore[assignment]
                self.transport.write(_as_sent(refusal, self.server_state.default_headers))
                self.on_response_complete()
                return
        super().on_headers_complete()

    def _is_ordinary(self) -> bool:
        is_free = self.cycle is None or self.cycle.response_complete
        is_read = not (self.flow.write_paused or self.expect_100_continue)
        parser = self.parser
        return is_free and is_read and parser.get_method() == b"POST" and parser.should_keep_alive()


def _as_sent(refusal: Refusal, usual: Fields) -> bytes:
    return b"".join([_FIRST_LINE, *[b"%b: %b\r\n" % field for field in usual], refusal.sent])
