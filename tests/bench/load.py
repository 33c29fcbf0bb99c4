"""Callers on sockets of their own: as little work as a caller can do, since it runs on the cores it measures."""

import socket
import statistics
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

_END_OF_HEAD = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Load:
    """How long calls took, in milliseconds, and how many were answered a second."""

    p50: float
    p99: float
    per_second: float


def middle(rounds: Sequence[Load]) -> Load:
    """Return the median of each figure over several rounds."""
    return Load(
        statistics.median(one.p50 for one in rounds),
        statistics.median(one.p99 for one in rounds),
        statistics.median(one.per_second for one in rounds),
    )


def load(ports: Sequence[int], callers: int, calls: int, names: Iterator[str], headers: Mapping[str, str]) -> Load:
    """Let callers ask about one customer after the other, each caller of one port and each call of the next name."""
    each = max(10, calls // callers)
    asked = [[request(next(names), headers) for _ in range(each)] for _ in range(callers)]
    found: list[list[float]] = [[] for _ in range(callers)]
    failed: list[Exception] = []

    def call(caller: int) -> None:
        try:
            found[caller] = _ask(ports[caller % len(ports)], asked[caller])
        except Exception as problem:  # told by the thread that waits
            failed.append(problem)

    threads = [threading.Thread(target=call, args=(caller,)) for caller in range(callers)]
    start = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent_s = perf_counter() - start
    if failed:
        raise failed[0]
    spent = [one for part in found for one in part]
    p99 = statistics.quantiles(spent, n=100, method="inclusive")[98]
    return Load(statistics.median(spent), p99, len(spent) / spent_s)


def request(name: str, headers: Mapping[str, str]) -> bytes:
    """Write a request for a decision about one customer."""
    body = b'{"customer_ids": ["%b"]}' % name.encode()
    fields = {"Host": "127.0.0.1", "Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return b"POST /v1/decisions HTTP/1.1\r\n" + head.encode() + b"\r\n" + body


def _ask(port: int, requests: Sequence[bytes]) -> list[float]:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        spent = []
        for one in requests:
            start = perf_counter()
            connection.sendall(one)
            answer = _answer(connection)
            spent.append(1_000 * (perf_counter() - start))
            if not answer.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"{answer[:400]!r}")
        return spent


def _answer(connection: socket.socket) -> bytes:
    content = b""
    while (head := content.find(_END_OF_HEAD)) < 0:
        content += _more(connection)
    fields = content[:head].lower()
    at = fields.index(b"content-length:") + len(b"content-length:")
    whole = head + len(_END_OF_HEAD) + int(fields[at:].split(b"\r\n", 1)[0])
    while len(content) < whole:
        content += _more(connection)
    return content


def _more(connection: socket.socket) -> bytes:
    part = connection.recv(1 << 16)
    if not part:
        raise RuntimeError("the server closed the connection")
    return part
