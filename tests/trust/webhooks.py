"""Webhooks whose workers are killed: each message is heard by each endpoint, signed, and none ever leads inside."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import sleep

from standardwebhooks import Webhook

from regua.clock import SetClock, SystemClock
from serving.store import Message, Store, outbox
from serving.webhooks.addresses import AddressError, Guard
from serving.webhooks.delivering import Deliverer
from serving.webhooks.registering import Registry
from serving.webhooks.sealing import Seal
from serving.webhooks.sending import Sender
from tests.receiver import Heard, Receiver
from tests.serving.webhooks.bypasses import REFUSED
from tests.trust.databases import POSTGRES, SQLITE, place
from tests.trust.line import Line, count_line

ROOT = Path(__file__).resolve().parents[2]
WORKERS, ENDPOINTS = 2, ("steady", "shaky", "late")
LONGEST_S = 0.05
# Messages, and kills of workers while they are told.
SIZES = {True: (1_000, 40), False: (120, 3)}
LOOPBACK = ["127.0.0.1/32"]
SEAL = Seal(bytes(32))


def run(folder: Path, *, full: bool) -> Sequence[Line]:
    """Tell three endpoints, of which one fails now and then and one at first, while workers are killed."""
    names = (SQLITE, POSTGRES) if full else (SQLITE,)
    return [_inside(), *(line for name in names for line in _killed(name, folder / name, *SIZES[full]))]


def _inside() -> Line:
    # Every name leads to a public address here, so that only the reading of the address is tried.
    guard = Guard(resolve=lambda host, port: ["93.184.215.14"])
    passed = 0
    for url in set(REFUSED):
        with suppress(AddressError):
            guard.read(url)
            passed += 1
    return count_line(f"{len(set(REFUSED)):,} ways to have a webhook lead inside: let through", passed)


def _killed(name: str, folder: Path, messages: int, kills: int) -> Iterator[Line]:
    with place(name, folder) as where, Store(where) as store, Receiver(late=503) as receiver:
        registry = Registry(store, Guard(LOOPBACK), SEAL)
        now = SystemClock().now()
        secrets = {}
        for path in ENDPOINTS:
            made = registry.make(f"{receiver.url}/{path}", [], "", now, "trust")
            secrets[f"/{path}"] = registry.secrets(made.endpoint_id)[0].text
        told = [Message(f"m{number}", "trust.told", f"s{number}", now, b"{}") for number in range(messages)]
        with store.unit(), store._database.writing() as transaction:
            outbox.keep(transaction, store.portfolio, told)
        _kill(where, receiver, messages, kills)
        _finish(store, receiver, now)
        yield from _lines(f"{name}: {messages:,} messages, {kills:,} kills", store, receiver.heard, secrets, messages)


def _kill(where: str, receiver: Receiver, messages: int, kills: int) -> None:
    luck = Random(kills)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.trust.webhooks", where],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as keeper:

        def another() -> int:
            keeper.stdin.write("fork\n")
            keeper.stdin.flush()
            return json.loads(keeper.stdout.readline())

        workers = [another() for _ in range(WORKERS)]
        for at in range(1, kills + 1):
            # No more is waited for than the steady endpoint hears, whatever the others do.
            while len(receiver.heard) < messages * at // (kills + 1):
                sleep(0.005)
            receiver.answers["/shaky"] = 503 if at % 2 else 204
            sleep(luck.random() * LONGEST_S)
            os.kill(workers.pop(luck.randrange(WORKERS)), signal.SIGKILL)
            workers.append(another())
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        keeper.stdin.close()


def _finish(store: Store, receiver: Receiver, now: datetime) -> None:
    """Let what the dead held run out, and what was put off come due, without waiting for it."""
    receiver.answers.clear()
    clock = SetClock(now)
    deliverer = Deliverer(store, clock, SEAL, Sender(Guard(LOOPBACK)))
    for _ in range(10):
        clock.move(timedelta(hours=7))
        deliverer.fan_out()
        while deliverer.deliver():
            pass
    deliverer.close()


def _lines(what: str, store: Store, heard: Sequence[Heard], secrets: dict[str, str], messages: int) -> Iterator[Line]:
    pairs = {(one.path, one.headers["webhook-id"]) for one in heard}
    wrong = sum(not _is_ours(one, secrets[one.path]) for one in heard)
    again = len(heard) - len(pairs)
    yield count_line(f"{what}: not heard by an endpoint", messages * len(ENDPOINTS) - len(pairs))
    yield count_line(
        f"{what}: not marked as delivered", messages * len(ENDPOINTS) - store.webhooks.counted()["delivered"]
    )
    yield count_line(f"{what}: of {len(heard):,} requests, signatures the reference does not make", wrong)
    yield Line(f"{what}: requests beyond one each, under the same webhook-id", "allowed", f"{again:,}", is_met=True)


def _is_ours(one: Heard, secret: str) -> bool:
    at = datetime.fromtimestamp(int(one.headers["webhook-timestamp"]), UTC)
    made = Webhook(secret).sign(one.headers["webhook-id"], at, one.body.decode())
    return one.headers["webhook-signature"] == made and json.loads(one.body)["id"] == one.headers["webhook-id"]


def _keep(where: str) -> None:
    """Fork a worker a line, from a process that has no threads and no open store."""
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _work(where)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


def _work(where: str) -> None:
    with Store(where) as store:
        deliverer = Deliverer(store, SystemClock(), SEAL, Sender(Guard(LOOPBACK)))
        while True:
            if not deliverer.fan_out() + deliverer.deliver():
                sleep(0.01)


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    _keep(sys.argv[1])
