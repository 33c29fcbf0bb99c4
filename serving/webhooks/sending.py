"""One message to one receiver: one connection to the address that was checked, one status back, nothing followed."""

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from ssl import create_default_context
from time import monotonic
from typing import Any

import httpx

from serving.webhooks.addresses import AddressError, Guard, Target

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 15.0
LONGEST_WAIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a try: a status, or a code of why there was none; and how long the receiver asks to be left."""

    status: int | None
    problem: str | None
    took_ms: int
    retry_after: timedelta | None = None

    @property
    def is_heard(self) -> bool:
        """Whether the receiver took the message."""
        return self.status is not None and 200 <= self.status < 300


class Sender:
    """Sends messages; several threads may share it.

    Parameters
    ----------
    guard
        Says which addresses may be called.
    authorities
        A file of certificates to trust instead of the public ones: receivers of the own house.
    answer_seconds
        How long a try takes at most, whatever the receiver does meanwhile.
    """

    def __init__(self, guard: Guard, authorities: Path | None = None, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._guard, self._seconds = guard, answer_seconds
        self._client = httpx.Client(
            verify=create_default_context(cafile=authorities) if authorities else True,
            follow_redirects=False,
            trust_env=False,
            timeout=httpx.Timeout(answer_seconds, connect=min(CONNECT_SECONDS, answer_seconds)),
            # No connection is used twice: one that was checked for a name must not serve another at that address.
            limits=httpx.Limits(max_keepalive_connections=0),
            headers={"user-agent": "regua-webhooks/1", "accept-encoding": "identity"},
        )

    def send(self, url: str, headers: dict[str, str], body: bytes) -> Outcome:
        """Send a message, and say what came of it; only the status of the answer is read."""
        began = monotonic()
        try:
            target = self._guard.read(url)
            status, asked = self._post(target, self._guard.address(target), headers, body)
        except AddressError:
            return Outcome(None, "address_refused", _ms(began))
        except httpx.TimeoutException:
            return Outcome(None, "timeout", _ms(began))
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as problem:
            is_late = monotonic() - began >= self._seconds
            return Outcome(None, "timeout" if is_late else _code(problem), _ms(began))
        return Outcome(status, None, _ms(began), asked)

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def _post(self, target: Target, address: str, headers: dict[str, str], body: bytes) -> tuple[int, timedelta | None]:
        host = f"[{address}]" if ":" in address else address
        usual = {"https": 443, "http": 80}[target.scheme]
        named = target.host if target.port == usual else f"{target.host}:{target.port}"
        url = httpx.URL(f"{target.scheme}://{host}:{target.port}{target.path}")
        with _Deadline(self._seconds) as deadline:
            extensions: dict[str, Any] = {"trace": deadline.watch, "sni_hostname": target.host}
            with self._client.stream(
                "POST", url, content=body, headers={**headers, "host": named}, extensions=extensions
            ) as answer:
                return answer.status_code, _retry_after(answer.headers.get("retry-after"))


class _Deadline:
    """Ends a connection when its time is over; a read's own limit begins anew with every byte that drips in."""

    def __init__(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._socket: socket.socket | None = None

    def __enter__(self) -> "_Deadline":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def watch(self, event: str, told: dict[str, Any]) -> None:
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._socket = told["return_value"].get_extra_info("socket")

    def _end(self) -> None:
        with suppress(OSError, AttributeError):
            self._socket.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]


def _retry_after(told: str | None) -> timedelta | None:
    is_seconds = told is not None and told.isascii() and told.isdigit() and len(told) < 10
    return timedelta(seconds=min(int(told), LONGEST_WAIT)) if is_seconds and told else None


def _code(problem: Exception) -> str:
    if isinstance(problem, httpx.ConnectError):
        return "certificate" if "CERTIFICATE" in str(problem).upper() else "unreachable"
    return "broken_off"


def _ms(began: float) -> int:
    return int((monotonic() - began) * 1_000)
