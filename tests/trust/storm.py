"""Callers that come at their own pace, whether or not anybody answers: what a service hears when it is too much."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from time import perf_counter

from tests.trust.served import CUSTOMERS

PATIENCE_S = 1.0
MOST_CONNECTIONS = 800
PAYMENTS_A_SECOND = 20

Numbers = "count[int]"


@dataclass
class Storm:
    """What came of a storm: answers in time, refusals, payments."""

    seconds: float = 0.0
    asked: int = 0
    good_s: list[float] = field(default_factory=list)
    refused_s: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    bare: int = 0
    payments: Counter[int] = field(default_factory=Counter)
    payment_s: list[float] = field(default_factory=list)

    @property
    def goodput(self) -> float:
        """Answers in time, a second."""
        return len(self.good_s) / self.seconds if self.seconds else 0.0


class Connections:
    """Connections that are kept and used again, each by one caller at a time."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self._port = port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.open = 0
        own = {"host": "regua", "content-type": "application/json", "regua-timeout-ms": f"{PATIENCE_S * 1_000:.0f}"}
        self._head = "".join(f"{name}: {value}\r\n" for name, value in (headers | own).items())

    async def post(self, path: str, body: object) -> tuple[int, bool]:
        """Return the status of an answer, and whether it says when to come back; 0 without an answer."""
        content = json.dumps(body).encode()
        head = f"POST {path} HTTP/1.1\r\n{self._head}content-length: {len(content)}\r\n\r\n"
        try:
            reader, writer = self._idle.pop() if self._idle else await self._opened()
            writer.write(head.encode() + content)
            told = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(told.split(b"content-length: ")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
        except (OSError, asyncio.IncompleteReadError):
            self.open -= 1
            return 0, False
        self._idle.append((reader, writer))
        return int(told[9:12]), b"\r\nretry-after: " in told

    async def _opened(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        self.open += 1
        return await asyncio.open_connection("127.0.0.1", self._port)

    @property
    def is_full(self) -> bool:
        return not self._idle and self.open >= MOST_CONNECTIONS

    def close(self) -> None:
        """Close them all."""
        for _, writer in self._idle:
            writer.close()


class Caller:
    """Asks for decisions about one customer after the other, and reports payments."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self._connections = Connections(port, headers)
        self._customers, self._events = count(), count()

    async def ask(self, storm: Storm) -> None:
        """Ask for one decision, and note what came of it."""
        began = perf_counter()
        storm.asked += 1
        customer = f"c{next(self._customers) % CUSTOMERS + 1:07d}"
        status, has_retry = await self._connections.post("/v1/decisions", {"customer_ids": [customer]})
        spent = perf_counter() - began
        storm.statuses[status] += 1
        if status == 200 and spent <= PATIENCE_S:
            storm.good_s.append(spent)
        elif status in (429, 503):
            storm.refused_s.append(spent)
            storm.bare += not has_retry

    async def pay(self, storm: Storm) -> None:
        """Report one payment."""
        began, number = perf_counter(), next(self._events)
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
        storm, until = Storm(), perf_counter() + seconds

        async def call() -> None:
            while perf_counter() < until:
                await self.ask(storm)

        began = perf_counter()
        await asyncio.gather(*(call() for _ in range(callers)))
        storm.seconds = perf_counter() - began
        return storm

    async def at_pace(self, a_second: float, seconds: float) -> Storm:
        """Ask so often a second, whatever is answered; beside it, payments come in."""
        storm, began = Storm(), perf_counter()
        tasks: set[asyncio.Task[None]] = set()
        asked = paid = 0
        while (now := perf_counter() - began) < seconds:
            asked = self._begin(tasks, self.ask, storm, asked, int(now * a_second))
            paid = self._begin(tasks, self.pay, storm, paid, int(now * PAYMENTS_A_SECOND))
            await asyncio.sleep(0.002)
        storm.seconds = perf_counter() - began
        await asyncio.gather(*tasks)
        return storm

    def _begin(
        self,
        tasks: set[asyncio.Task[None]],
        work: Callable[[Storm], Awaitable[None]],
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
