"""The worker of a simulated month: permits run out, and the outside is told, over a network that loses things."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from serving.store.audit import ERASED
from serving.store.statements import Statement
from serving.store.switches import Scope

if TYPE_CHECKING:
    from tests.trust.simulation.month import Month

EVERY, AGAIN = timedelta(hours=2), timedelta(minutes=15)
AT_ONCE = 500
STOPPED = ("sms", "whatsapp", "call", "email")
_WAITING = Statement("SELECT count(*) FROM outbox WHERE delivered_at IS NULL", "")
_MESSAGES = Statement("SELECT message_id, body FROM outbox", "")


class Worker:
    """Does what a worker process does, now and then late, and keeps what the receiver was told."""

    def __init__(self, month: "Month") -> None:
        self._month, self.received = month, set[str]()

    def plan(self, day: datetime, number: int) -> None:
        """Plan a day's turns, and now and then a stop of a channel that two people let go of."""
        month = self._month
        for turn in range(12):
            if not month.luck.happens(0.1, "worker is away", number, turn):
                month.later(day + turn * EVERY, self.turn)
        if month.luck.happens(0.2, "stop", number):
            channel = month.luck.pick(STOPPED, "stop", number)
            at = day + month.luck.between(9 * 3600, 14 * 3600, "stop at", number)
            month.later(at, lambda: self._stop(channel))
            month.later(at + timedelta(hours=5), lambda: self._resume(channel))

    def turn(self) -> None:
        """Let permits run out, call unknown what nobody reported, and deliver what is due."""
        month = self._month
        month.step("sweep", month.names, self._sweep)
        month.step("doubt", month.names, self._doubt)
        month.step("deliver", (), self._deliver)

    def finish(self) -> None:
        """Work until nothing is left."""
        while self._sweep():
            pass
        self._doubt()
        while self._deliver():
            pass

    def left(self) -> Iterator[str]:
        """Say what was not told although it could be."""
        with self._month.service.store._database.reading() as transaction:
            ((waiting,),) = transaction.rows(_WAITING)
            kept = dict(transaction.rows(_MESSAGES))
        if waiting:
            yield f"{waiting} messages wait"
        owed = {name for name, body in kept.items() if body != ERASED}
        if apart := (owed - self.received) | (self.received - kept.keys()):
            yield f"{len(apart)} messages were kept or received alone"
        now = self._month.clock.now()
        overdue = [one for one in self._month.service.store.permits.of(self._month.names) if one.state == "open"]
        if any(one.expires_at <= now - timedelta(hours=1) for one in overdue):
            yield "permits are open past their time"

    def _deliver(self) -> int:
        month, store = self._month, self._month.service.store
        now = month.clock.now()
        taken = store.take_messages(now, now + AGAIN, AT_ONCE)
        arrived = []
        for one in taken:
            if month.happens(0.03, "message lost", one.message_id, one.attempts):
                continue
            self.received.add(one.message_id)
            # Told, and not known to be told: it is told again.
            if not month.happens(0.03, "answer lost", one.message_id, one.attempts):
                arrived.append(one.message_id)
        if arrived:
            store.delivered(arrived, now)
        return len(taken)

    def _sweep(self) -> int:
        """Let permits run out; return how many."""
        month, now = self._month, self._month.clock.now()
        expired = month.service.store.permits.expire(now)
        over = month.ledger.run_out(month.ledger.leaves.values(), now)
        month.check([f"{expired} permits ran out, where the time of {over} was over"] * (expired != over), "sweep")
        return expired

    def _doubt(self) -> None:
        month, now = self._month, self._month.clock.now()
        patience = timedelta(minutes=month.settings.report_minutes)
        unreported = [
            leave
            for leave in month.ledger.leaves.values()
            if leave.state == "claimed" and leave.expires_at <= now - patience
        ]
        doubted = month.service.store.permits.doubt(now, patience)
        found = f"{doubted} contacts nobody reported on became unknown, where {len(unreported)} had waited for long"
        month.check([found] * (doubted != len(unreported)), "doubt")
        for leave in unreported:
            month.ledger.turn(leave, "unknown", now)
        month.note("contacts unreported", by=doubted)

    def _stop(self, channel: str) -> None:
        month = self._month
        month.step("stop", (), lambda: self._stopped(channel))
        for switch in month.service.switches.in_force():
            month.ledger.stopped.add(switch.name)
        month.note("stops", channel)

    def _stopped(self, channel: str) -> None:
        month = self._month
        month.service.switches.stop(Scope.CHANNEL, channel, by="ana", reason="complaints", at=month.clock.now())

    def _resume(self, channel: str) -> None:
        service, at = self._month.service, self._month.clock.now()
        for switch in service.switches.in_force():
            for person in ("bia", "caio"):
                service.switches.resume(switch.switch_id, by=person, at=at)
            self._month.ledger.stopped.discard(switch.name)
