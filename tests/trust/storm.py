"""Callers that come at their own pace, whether or not anybody answers: what a service hears when it is too much."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from math import inf
from time import perf_counter, process_time

from tests.trust.served import CUSTOMERS

PATIENCE_S = 1.0
PATIENCE = f"regua-timeout-ms: {PATIENCE_S * 1_000:.0f}\r\n"
"""Told with what is asked; a payment is told however long that takes."""
MOST_CONNECTIONS = 400
"""Fewer than wait to be accepted at once: whoever is turned away there comes back after seconds, or a minute."""
ASKED_A_PAYMENT = 25
"""So many decisions are asked for at the peak until a payment comes in; a storm brings no more of them."""
PAUSE_S = 0.002
COME_BACK_S = 0.5
"""After this who was refused comes again: sooner than it is told to, and not at once."""
RISE_S = 0.7
"""Until whoever was let in first has been answered, and as many wait as ever will."""


@dataclass
class Storm:
    """What came of a storm: answers in time, refusals, payments."""

    seconds: float = 0.0
    since_s: float = 0.0
    until_s: float = inf
    """Answers between these count: those of its beginning and after its end say nothing of a storm."""
    asked: int = 0
    good_s: list[float] = field(default_factory=list)
    refused_s: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    bare: int = 0
    paid: int = 0
    """Payments that were begun to be told, and below what came of them."""
    payments: Counter[int] = field(default_factory=Counter)
    busy_s: float = 0.0
    """Processor time of those who ask: as much as the time itself, and it is they who are measured."""
    in_time: int = 0
    served_s: float = 0.0
    """Processor time of the service, and how many it answered in time in all."""
    lent: float = 0.0
    """The share of the machine's time that was others' meanwhile, where it is one among several on a host."""
    late_s: float = 0.0
    """How late the latest request was begun."""
    payment_s: list[float] = field(default_factory=list)

    @property
    def goodput(self) -> float:
        """Answers in time, a second."""
        return len(self.good_s) / self.seconds if self.seconds else 0.0

    @property
    def thrift(self) -> float:
        """Answers in time for each second of the service's processor: the same however busy the machine is."""
        return self.in_time / self.served_s if self.served_s else 0.0

    @property
    def pace(self) -> float:
        """Requests a second."""
        return self.asked / (RISE_S + self.seconds)

    @property
    def busy(self) -> float:
        """The share of a processor that those who ask took."""
        return self.busy_s / (RISE_S + self.seconds)


def _storm(seconds: float) -> Storm:
    since_s = perf_counter() + RISE_S
    return Storm(seconds, since_s, since_s + seconds)


class Connection(asyncio.Protocol):
    """One connection, for one request at a time; only the head of an answer is looked at, and its length."""

    def __init__(self) -> None:
        self.is_gone = False
        self._content = bytearray()
        self._whole = 0
        self._asked: asyncio.Future[tuple[int, bool]] | None = None
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_gone = True
        self._tell((0, False))

    def data_received(self, data: bytes) -> None:
        self._content += data
        if not self._whole and (end := self._content.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._content[:end]).lower()
            self._whole = end + 4 + int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
        if self._whole and len(self._content) >= self._whole:
            content, self._content, self._whole = self._content, bytearray(), 0
            self._tell((int(content[9:12]), b"\r\nretry-after: " in content))

    def ask(self, content: bytes) -> asyncio.Future[tuple[int, bool]]:
        """Send a request; the status comes, and whether it is told when to come back."""
        self._asked = asyncio.get_running_loop().create_future()
        if self.is_gone:
            self._tell((0, False))
        self._transport.write(content)
        return self._asked

    def close(self) -> None:
        self._transport.close()

    def _tell(self, seen: tuple[int, bool]) -> None:
        if self._asked is not None and not self._asked.done():
            self._asked.set_result(seen)


class Connections:
    """Connections that are kept and used again, each by one caller at a time."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self._port = port
        self._idle: list[Connection] = []
        self.open = 0
        own = {"host": "regua", "content-type": "application/json"}
        self._head = "".join(f"{name}: {value}\r\n" for name, value in (headers | own).items())

    async def post(self, path: str, body: object, *, more: str = "") -> tuple[int, bool]:
        """Return the status of an answer, and whether it says when to come back; 0 without an answer."""
        content = json.dumps(body)
        request = f"POST {path} HTTP/1.1\r\n{self._head}{more}content-length: {len(content)}\r\n\r\n{content}"
        while self._idle and self._idle[-1].is_gone:  # the service closes what nobody uses
            self._idle.pop()
            self.open -= 1
        try:
            connection = self._idle.pop() if self._idle else await self._opened()
        except OSError:
            self.open -= 1
            return 0, False
        status, has_retry = await connection.ask(request.encode())
        if connection.is_gone:
            self.open -= 1
        else:
            self._idle.append(connection)
        return status, has_retry

    async def _opened(self) -> Connection:
        self.open += 1
        _, connection = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", self._port)
        return connection

    @property
    def is_full(self) -> bool:
        return not self._idle and self.open >= MOST_CONNECTIONS

    def close(self) -> None:
        """Close them all."""
        for connection in self._idle:
            connection.close()


class Caller:
    """Asks for decisions about one customer after the other, and reports payments."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self._connections = Connections(port, headers)
        self._customers, self._events = count(), count()

    async def ask(self, storm: Storm) -> bool:
        """Ask for one decision, and note what came of it; say whether it was refused."""
        began = perf_counter()
        storm.asked += 1
        customer = f"c{next(self._customers) % CUSTOMERS + 1:07d}"
        status, has_retry = await self._connections.post("/v1/decisions", {"customer_ids": [customer]}, more=PATIENCE)
        now = perf_counter()
        spent = now - began
        storm.statuses[status] += 1
        is_good = status == 200 and spent <= PATIENCE_S
        storm.in_time += is_good
        if is_good and storm.since_s <= now <= storm.until_s:
            storm.good_s.append(spent)
        is_refused = status in (429, 503)
        if is_refused:
            storm.refused_s.append(spent)
            storm.bare += not has_retry
        return is_refused

    async def pay(self, storm: Storm) -> None:
        """Report one payment."""
        began, number = perf_counter(), next(self._events)
        storm.paid += 1
        event = {
            "event_id": f"paid-{number}",
            "kind": "payment",
            "customer_id": f"c{number % CUSTOMERS + 1:07d}",
            "happened_at": "2026-03-04T12:00:00Z",
            "amount_cents": 100,
        }
        status, _ = await self._connections.post("/v1/events", event)
        storm.payments[status] += 1
        storm.payment_s.append(perf_counter() - began)

    async def together(self, callers: int, seconds: float) -> Storm:
        """Let some callers ask, each again as soon as it is answered: what the service can do at most."""
        storm = _storm(seconds)

        async def call() -> None:
            while perf_counter() < storm.until_s:
                if await self.ask(storm):
                    await asyncio.sleep(COME_BACK_S)
                if storm.paid < storm.asked // ASKED_A_PAYMENT:
                    await self.pay(storm)

        await asyncio.gather(*(call() for _ in range(callers)))
        return storm

    async def at_pace(self, a_second: float, seconds: float, *, peak: float) -> Storm:
        """Ask so often a second, whatever is answered; beside it, payments come in as at the peak."""
        began, busy = perf_counter(), process_time()
        storm = _storm(seconds)
        tasks: set[asyncio.Task[None]] = set()
        asked = paid = 0
        last = 0.0
        while (now := perf_counter() - began) < RISE_S + seconds:
            storm.late_s, last = max(storm.late_s, now - last), now
            asked = self._begin(tasks, self.ask, storm, asked, int(now * a_second))
            paid = self._begin(tasks, self.pay, storm, paid, int(now * peak / ASKED_A_PAYMENT))
            await asyncio.sleep(PAUSE_S)
        storm.busy_s = process_time() - busy
        await asyncio.gather(*tasks)
        return storm

    def _begin(
        self,
        tasks: set[asyncio.Task[None]],
        work: Callable[[Storm], Awaitable[object]],
        storm: Storm,
        done: int,
        due: int,
    ) -> int:
        for _ in range(due - done):
            if self._connections.is_full and work != self.pay:
                storm.asked += 1  # nobody could even be reached: that is no answer in time
                continue
            task = asyncio.ensure_future(work(storm))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        return due

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()
