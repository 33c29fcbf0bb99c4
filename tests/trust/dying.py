"""Processes that kill themselves at one step of an operation: before a statement, the commit or the answer."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from regua.records import Event
from regua.vocabulary import EventKind
from serving.store import Logged, Message, Permit, PermitState, Store
from serving.store.postgres import PostgresTransaction
from serving.store.sqlite import SQLiteTransaction

NOON = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
STEPS = ("rows", "change", "change_many", "hold", "hold_chain")
NEVER = 0


@dataclass(frozen=True, slots=True)
class Operation:
    """Something a caller asks of the store about one customer, and what has to be there before."""

    name: str
    prepare: Callable[[Store, str], None]
    act: Callable[[Store, str], object]


def decide(store: Store, name: str) -> None:
    """Commit a decision with its permit and a message; a permit of yesterday runs out with it."""
    row = Logged(f"d_{name}", name, NOON, "sms/x", "sms", NOON, "j", "r", "b", "s", b"{}", b"{}", b"in")
    issued = Permit(f"p_{name}", f"d_{name}", name, "k", "sms", "today", NOON, NOON + HOUR, NOON)
    seen = store.live([name], NOON, NOON).watermark
    store.commit([row], seen, [issued], [Message(f"m_{name}", "decision", f"d_{name}", NOON, b"{}")])


def decided_yesterday(store: Store, name: str) -> None:
    """Leave a permit open whose time has passed."""
    at = NOON - 24 * HOUR
    row = Logged(f"y_{name}", name, at, "sms/x", "sms", at, "j", "r", "b", "s", b"{}", b"{}", b"in")
    issued = Permit(f"o_{name}", f"y_{name}", name, "k", "sms", "yesterday", at, at + HOUR, at)
    store.commit([row], store.live([name], at, at).watermark, [issued])


def pay(store: Store, name: str) -> None:
    """Record a payment, which revokes the open permit."""
    store.record([Event(f"e_{name}", EventKind.PAYMENT, name, NOON, NOON, amount_cents=1)])


def claim(store: Store, name: str) -> None:
    """Claim the permit."""
    store.permits.claim(f"p_{name}", NOON, lambda permit, facts: None)


def be_stopped(store: Store, name: str) -> None:
    """Claim the permit and be stopped by what is known now."""
    store.permits.claim(f"p_{name}", NOON, lambda permit, facts: "on_hold")


def claimed(store: Store, name: str) -> None:
    """Decide and claim."""
    decide(store, name)
    claim(store, name)


def in_a_unit(store: Store, name: str) -> None:
    """Record a payment and decide, in one transaction."""
    with store.unit():
        pay(store, name)
        decide(store, name)


OPERATIONS = (
    Operation("decide", decided_yesterday, decide),
    Operation("pay", decide, pay),
    Operation("claim", decide, claim),
    Operation("be stopped at the claim", decide, be_stopped),
    Operation("send", claimed, lambda store, name: store.permits.turn(f"p_{name}", PermitState.SENT, NOON + HOUR)),
    Operation("release", claimed, lambda store, name: store.permits.turn(f"p_{name}", PermitState.RELEASED, NOON)),
    Operation("expire", decided_yesterday, lambda store, name: store.permits.expire(NOON)),
    Operation("deliver", decide, lambda store, name: store.delivered([f"m_{name}", f"p_{name}.open"], NOON)),
    Operation("pay and decide in one unit", decided_yesterday, in_a_unit),
)


def died(where: str, operation: Operation, name: str, step: int) -> tuple[int, bool]:
    """Run an operation in a process of its own that dies before a step; say how many there were, and if it answered."""
    told, tell = os.pipe()
    child = os.fork()
    if not child:
        _live_until(where, operation, name, step, tell)
    os.close(tell)
    with os.fdopen(told) as answer:
        words = answer.read().split()
    os.waitpid(child, 0)
    return (int(words[0]), True) if words else (step, False)


def _live_until(where: str, operation: Operation, name: str, step: int, tell: int) -> None:
    try:
        store = Store(where)
        passed = _die_before(step)
        operation.act(store, name)
        os.write(tell, f"{passed() + 1}".encode())
    finally:
        os._exit(0)


def _die_before(step: int) -> Callable[[], int]:
    """Kill this process before its ``step``-th step from now; return what counts them."""
    count = 0

    def pass_by() -> int:
        nonlocal count
        count += 1
        if count == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return count

    for kind in (SQLiteTransaction, PostgresTransaction):
        for method in STEPS:
            setattr(kind, method, _passing(pass_by, getattr(kind, method)))
        finish = kind.finish
        # The last step before the commit comes after all that was put off.
        kind.finish = lambda self, finish=finish: (finish(self), pass_by())[0]
    return pass_by


def _passing(pass_by: Callable[[], int], method):
    def passed(self, *values):
        pass_by()
        return method(self, *values)

    return passed
