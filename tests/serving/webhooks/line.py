"""A line to receivers that answer what they are asked to, and what is told over it."""

from datetime import UTC, datetime

from serving.store import Message, outbox
from serving.webhooks.addresses import Guard
from serving.webhooks.sealing import Seal
from serving.webhooks.sending import Outcome

NOON = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
SEAL = Seal(bytes(32))
LOOPBACK = Guard(["127.0.0.1/32"])


class Line:
    """A line to receivers that answer what they are asked to: what was sent, and a status by address."""

    def __init__(self, **answers: int) -> None:
        self.answers, self.sent = answers, []
        self.retry_after = None

    def send(self, url, headers, body):
        self.sent.append((url, headers["webhook-id"], body))
        status = self.answers.get(url.rsplit("/", 1)[1], 204)
        return Outcome(status or None, None if status else "timeout", 1, self.retry_after)

    def close(self) -> None:
        """Nothing is open."""


def endpoint(registry, name, *kinds):
    return registry.make(f"https://127.0.0.1/{name}", kinds, "", NOON, "ana")


def message(number, kind="note.open", at=NOON):
    return Message(f"m{number}", kind, f"per_{number}", at, b'{"number":%d}' % number)


def say(store, *messages):
    with store._database.writing() as transaction:
        outbox.keep(transaction, store.portfolio, messages)


def run(deliverer):
    deliverer.fan_out()
    while deliverer.deliver():
        pass
