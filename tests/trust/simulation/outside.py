"""What customers, agents and other systems do in a simulated month, and a network that loses, repeats and delays it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from serving.store.events import SOURCE
from tests.trust.simulation.people import REACHED_BY

if TYPE_CHECKING:
    from tests.trust.simulation.month import Month

HOLDS = ("cease_all", "hardship_review", "vulnerable", "litigation", "disaster_pause", "human_review_requested",
         "over_indebted")  # fmt: skip
SIGNALS = ("payment_failed", "income_shock", "hardship_declared", "human_requested")
A_DAY = {"payment": 0.04, "promise": 0.015, "opt_out": 0.006, "opt_in": 0.003, "hold": 0.012, "signal": 0.012,
         "dispute": 0.01, "claim": 0.002, "arrangement": 0.008, "wrong_party": 0.003, "agent": 0.05}  # fmt: skip
"""How often a day each happens to a customer."""
OUTCOMES = ("none", "failed", "connected", "right_party", "wrong_party", "promised", "refused", "opted_out")
HOUR_S, DAY_S = 3_600, 86_400
AGAIN = timedelta(minutes=20)
SINCE_OVER = timedelta(minutes=15)
"""So far from an end nobody doubts what began before it and what after, whoever's clock is ahead."""
Told = dict[str, Any]


class Outside:
    """The world beside the service: it says everything until it is acknowledged, now and then more often."""

    def __init__(self, month: "Month") -> None:
        self._month = month
        self.waiting: dict[str, Told] = {}
        self._done: dict[tuple[str, str], int] = {}
        self._over: dict[tuple[str, str], tuple[str, datetime]] = {}

    def plan(self, day: datetime, number: int) -> None:
        """Draw what happens to whom on a day."""
        month = self._month
        for name in month.names:
            shares = month.luck.shares(len(A_DAY), "happens", name, number)
            for (what, often), share in zip(A_DAY.items(), shares, strict=True):
                if share < often:
                    at = day + month.luck.between(0, DAY_S, what, name, number, "at")
                    month.later(at, lambda what=what, name=name: self.happen(what, name))

    def interrupt(self, name: str) -> None:
        """Let something become known at once, in the middle of what the service does about a customer."""
        what = self._month.luck.pick(
            ("payment", "agent", "promise", "opt_out", "hold", "arrangement"), "interrupts", name, self._size
        )
        month, event = self._month, next(self._events(what, name), None)
        month.note("interruptions", name)
        if event is None:
            return
        self.waiting[event["event_id"]], is_told = event, False
        try:
            is_told = self._deliver(event)
        finally:
            # Whoever told a process that died over it tells the next.
            if not is_told:
                month.later(month.now + AGAIN, lambda: self.arrive(event, 1))

    def happen(self, what: str, name: str) -> None:
        """Let something happen to a customer now, and somebody tell of it."""
        for event in self._events(what, name):
            self.tell(event)

    def tell(self, event: Told, slowly: float = 0.06) -> None:
        """Tell the service, soon or days later, now and then twice, until it is acknowledged."""
        month, event_id = self._month, event["event_id"]
        self.waiting[event_id] = event
        delay = month.luck.between(0, 300, event_id, "network")
        if month.happens(slowly, event_id, "slow"):
            delay = month.luck.between(HOUR_S, 3 * DAY_S, event_id, "days late")
        month.later(month.now + delay, lambda: self.arrive(event, 0))
        if month.happens(0.08, event_id, "twice"):
            month.later(month.now + month.luck.between(0, DAY_S, event_id, "again"), lambda: self.arrive(event, 0))

    def arrive(self, event: Told, tried: int) -> None:
        """Meet the service, or be lost on the way, or lose its answer, and then come again."""
        month, event_id = self._month, event["event_id"]
        is_told = True
        if not month.happens(0.04, event_id, "lost", tried):
            is_told = month.step("event", [event["customer_id"]], lambda: self._deliver(event))
            if month.happens(0.04, event_id, "answer lost", tried):
                is_told = False
        else:
            is_told = False
        if not is_told:
            month.later(month.now + AGAIN, lambda: self.arrive(event, tried + 1))

    def look_up(self) -> None:
        """After a crash: what was kept is known, whoever got an answer."""
        for event_id in self.waiting.keys() - self._month.ledger.events.keys():
            event, kept = self.waiting[event_id], self._month.service.store.events.one(SOURCE, event_id)
            if kept is not None:
                self._month.ledger.tell(event, kept.event.known_at)

    def came_to(self, contact: str) -> str | None:
        """Say what a contact came to, where anybody tells."""
        luck = self._month.luck
        return luck.pick(OUTCOMES, contact, "outcome") if luck.happens(0.25, contact, "has an outcome") else None

    def left(self) -> Iterator[str]:
        """Say what was told and never acknowledged."""
        if lost := self.waiting.keys() - self._month.ledger.events.keys():
            yield f"{len(lost)} events were never acknowledged, such as {min(lost)}"

    @property
    def _size(self) -> int:
        return len(self.waiting)

    def _deliver(self, event: Told) -> bool:
        month, ledger = self._month, self._month.ledger
        (report,) = month.service.take_in([("simulated", event)])
        month.note(f"events {report.status}", event["event_id"])
        if report.status == "refused":
            # Its moment lies too far ahead of a clock that is wrong: it is told again.
            ahead = datetime.fromisoformat(event["happened_at"]) > month.clock.now()
            month.check([f"refused: {report.problem}"] * (not ahead), event["event_id"])
            return False
        is_known = event["event_id"] in ledger.events
        month.check([f"was {report.status} the second time"] * (is_known and report.status != "duplicate"), event)
        month.check([f"was {report.status} the first time"] * (not is_known and report.status != "accepted"), event)
        if not is_known:
            known_at = max(month.clock.now(), datetime.fromisoformat(event["happened_at"]))
            ledger.tell(event, known_at)
        return True

    def _events(self, what: str, name: str) -> Iterator[Told]:
        """Say in events what happened, if it can happen to this customer now."""
        month, number = self._month, self._done.get((what, name), 0)
        self._done[what, name] = number + 1
        luck, row = month.luck, f"{what}x{name}x{number}"
        if what == "payment" and (owed := month.ledger.owed(name)) > 0:
            share = luck.share(row, "share")
            amount = owed if share > 0.6 else max(int(owed * share), 1)
            paid = self._event("payment", name, row, {"payment_id": row}, amount_cents=amount)
            yield paid
            if luck.happens(0.1, row, "other system"):
                yield {**paid, "event_id": f"{paid['event_id']}o"}
        if what == "agent":
            channel = luck.pick(("call", "sms", "whatsapp", "email"), row)
            yield self._event("contact_sent", name, row, {"contact_id": row}, channel=channel)
            if outcome := self.came_to(row):
                data = {"contact_id": row, "outcome": outcome}
                yield self._event("contact_outcome", name, row, data, channel=channel)
        if what in ("opt_out", "opt_in"):
            channel = luck.pick(REACHED_BY, row, "channel")
            everything = what == "opt_out" and luck.happens(0.2, row, "all")
            about = {} if everything else {"channel": channel}
            yield self._event("opted_out" if what == "opt_out" else "opted_in", name, row, {"consent_id": row}, **about)
        if what == "wrong_party":
            channel = luck.pick(("call", "sms", "whatsapp"), row)
            yield self._event("wrong_party", name, row, {"contact_point_id": row}, channel=channel)
        if what == "hold":
            yield self._held(name, row)
        if what == "signal":
            yield self._noticed(name, row)
        yield from self._opened(what, name, row)

    def _opened(self, what: str, name: str, row: str) -> Iterator[Told]:
        """Say what begins and ends by its own name: a promise, an arrangement, a dispute, a claim of payment."""
        month, luck = self._month, self._month.luck
        if what == "promise":
            day = (month.now + timedelta(days=1 + int(luck.share(row, "for") * 9))).date()
            about = {"promise_id": self._called("promise_id", name, row)}
            yield self._event("promise_made", name, row, about | {"promised_for": str(day)}, amount_cents=1_000)
            data = about | {"resolution": luck.pick(("kept", "broken"), row, "end")}
            self._ends("promise_resolved", name, row, data, days=12)
        if what == "arrangement":
            about = {"arrangement_id": self._called("arrangement_id", name, row)}
            terms = {"offer": "plan", "kind": "instalments", "first_due_on": str(month.now.date()), "instalments": 3}
            yield self._event("arrangement_made", name, row, about | terms, amount_cents=1_000)
            data = about | {"resolution": luck.pick(("completed", "broken", "cancelled"), row, "end")}
            self._ends("arrangement_resolved", name, row, data, days=12)
        if what in ("dispute", "claim"):
            kind = "dispute_opened" if what == "dispute" else "payment_claimed"
            more = {"kind": "paid_claim"} if what == "claim" else {}
            about = {"dispute_id": self._called(f"dispute_id{more.get('kind', '')}", name, row)}
            yield self._event(kind, name, row, about)
            data = about | {"resolution": "upheld"} | more
            self._ends("dispute_resolved", name, row, data, days=6)

    def _called(self, like: str, name: str, row: str) -> str:
        """Name what begins now: now and then as another, as a system does that keeps its record, or changes it."""
        called, over_at = self._over.get((like, name), (row, self._month.now))
        is_clear = abs(over_at - self._month.now) >= SINCE_OVER
        if not is_clear or not self._month.luck.happens(0.6, row, "keeps its name"):
            return row
        self._month.note("names kept", row)
        return called

    def _held(self, name: str, row: str) -> Told:
        """Say that contact is paused: until an instant, until somebody says so, or for good."""
        month, luck = self._month, self._month.luck
        kind = luck.pick(HOLDS, row, "kind")
        data = {"hold_id": self._called(f"hold_id{kind}", name, row), "kind": kind}
        if luck.happens(0.4, row, "has an end"):
            ends = month.now + luck.between(HOUR_S, 5 * DAY_S, row, "ends")
            data |= {"ends_at": ends.isoformat()}
        elif luck.happens(0.6, row, "is lifted"):
            self._ends("hold_lifted", name, row, data, days=6)
        return self._event("hold_placed", name, row, data)

    def _noticed(self, name: str, row: str) -> Told:
        """Say that another system noticed something, which it may take back."""
        luck = self._month.luck
        kind = luck.pick(SIGNALS, row, "kind")
        data = {"signal_id": self._called(f"signal_id{kind}", name, row), "kind": kind}
        if luck.happens(0.7, row, "is cleared"):
            self._ends("signal_cleared", name, row, data, days=9)
        return self._event("signal_raised", name, row, data)

    def _ends(self, kind: str, name: str, row: str, data: Told, days: int) -> None:
        """Let what begins now end some days later."""
        month = self._month
        at = month.now + month.luck.between(DAY_S / 2, days * DAY_S, row, "ends at")
        word = next(iter(data))
        self._over[f"{word}{data.get('kind', '')}", name] = data[word], at
        month.later(at, lambda: self.tell(self._event(kind, name, row, data)))

    def _event(self, kind: str, name: str, row: str, data: Told, **more: object) -> Told:
        month = self._month
        # One reporter in ten has a clock that is some minutes ahead.
        ahead = month.luck.between(0, 240, row, "ahead") if month.happens(0.1, row, "clock") else timedelta()
        return {
            "event_id": f"{kind}x{row}",
            "kind": kind,
            "customer_id": name,
            "happened_at": (month.now + ahead).isoformat(),
            "data": {**data, "row": row},
            **more,
        }
