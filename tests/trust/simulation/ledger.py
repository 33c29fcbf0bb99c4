"""What the service has acknowledged, written down beside it: the only thing its promises are held against."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from regua.vocabulary import CHANNELS
from tests.oracle import caps
from tests.oracle.tables import Book
from tests.trust.simulation.people import DEBT
from tests.trust.simulation.standing import AHEAD, WORDS, Standing, Told, naive

REVOKING = frozenset(
    {
        "payment",
        "payment_claimed",
        "promise_made",
        "arrangement_made",
        "dispute_opened",
        "opted_out",
        "wrong_party",
        "hold_placed",
        "signal_raised",
    }
)
"""After which nothing decided before may be sent: written by hand, apart from the service's own list."""
USED = frozenset({"claimed", "sent", "unknown"})
WEEK = timedelta(days=8)
BY_ANY_CLOCK = timedelta(days=1)
"""What is told while the service's own clock is ahead is known as well, where somebody is contacted at once."""
LAST = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Leave:
    """A permit, as its issue and each answer about it told."""

    permit_id: str
    decision_id: str
    customer_id: str
    contract_id: str
    channel: str
    slot: str
    not_before: datetime
    expires_at: datetime
    changed_at: datetime
    state: str = "open"
    decided_at: datetime | None = None
    claimed_at: datetime | None = None

    @property
    def asks(self) -> bool:
        """Whether its contact asks for money."""
        return not self.slot.endswith(".service")

    @property
    def key(self) -> tuple[str, str, str]:
        return self.customer_id, self.contract_id, self.slot

    @property
    def sent_at(self) -> datetime:
        """When its contact was made, as far as anybody told: from its claim on, and within its time."""
        at = max(self.not_before, self.claimed_at or self.changed_at)
        return min(at, self.expires_at - timedelta(microseconds=1))

    def stands(self, at: datetime) -> bool:
        """Whether it counts as an attempt at an instant."""
        return self.state in USED or (self.state == "open" and at < self.expires_at)


@dataclass(slots=True)
class Ledger:
    """All that was acknowledged; ``book`` holds what the tests' oracle reads of it."""

    book: Book
    leaves: dict[str, Leave] = field(default_factory=dict)
    of: dict[str, list[Leave]] = field(default_factory=lambda: defaultdict(list))
    used: dict[tuple[str, str, str], str] = field(default_factory=dict)
    reports: dict[str, dict[str, Told]] = field(default_factory=lambda: defaultdict(dict))
    events: dict[str, datetime] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)
    erased: dict[str, datetime] = field(default_factory=dict)
    latest: datetime | None = None
    _rows: set[tuple[str, str, str]] = field(default_factory=set)
    _by_decision: dict[str, Leave] = field(default_factory=dict)
    standing: Standing = field(init=False)

    def __post_init__(self) -> None:
        self.standing = Standing(self.book)

    @property
    def size(self) -> int:
        """How much was written down of what may change a decision."""
        return len(self.events) + len(self.erased)

    def issue(self, leave: Leave) -> None:
        """Write down a permit; what its customer had that ran out by then is closed with its issue."""
        self.run_out(self.of[leave.customer_id], leave.decided_at or leave.changed_at)
        self.leaves[leave.permit_id] = self._by_decision[leave.decision_id] = leave
        self.of[leave.customer_id].append(leave)

    def run_out(self, leaves: Iterable[Leave], at: datetime) -> int:
        """Write down which permits ran out by the service's clock, for good even if it is ahead; return how many."""
        over = [leave for leave in leaves if leave.state == "open" and leave.expires_at <= at]
        for leave in over:
            self.turn(leave, "expired", at)
        return len(over)

    def turn(self, leave: Leave, state: str, at: datetime) -> None:
        """Write down what a permit has become."""
        leave.state, leave.changed_at = state, at
        if state in USED:
            self.used[leave.key] = leave.permit_id
        elif self.used.get(leave.key) == leave.permit_id:
            del self.used[leave.key]
        if state == "claimed":
            leave.claimed_at = at
            self._contact(leave.customer_id, leave.decision_id, leave.channel, max(at, leave.not_before))
        if state == "released" and leave.decision_id not in self.reports[leave.customer_id]:
            rows = self.book.rows["contacts"].get(leave.customer_id, [])
            rows[:] = [row for row in rows if row["contact_id"] != leave.decision_id]

    def erase(self, customer: str, at: datetime) -> None:
        """Write down that somebody was erased: what was decided of them before may not be sent."""
        self.erased[customer] = at
        for leave in self.of[customer]:
            if leave.state == "open":
                self.turn(leave, "revoked", at)

    def tell(self, event: Told, known_at: datetime) -> None:
        """Write down an event that was kept; told under another name once more, it is the same thing."""
        self.events[event["event_id"]] = known_at
        self.latest = max(known_at, self.latest or known_at)
        customer, kind = event["customer_id"], event["kind"]
        is_refusal = event["data"].get("outcome") == "opted_out"
        if is_refusal:
            self.events[f"{event['event_id']}:opted_out"] = known_at
        if kind in REVOKING or is_refusal:
            for leave in self.of[customer]:
                if leave.state == "open":
                    self.turn(leave, "revoked", known_at)
        row = event["data"].get("row", event["event_id"])
        if (customer, kind, row) not in self._rows:
            self._rows.add((customer, kind, row))
            if kind in WORDS:
                self.standing.tell(event, known_at)
            else:
                getattr(self, f"_{kind}")(customer, event, known_at)

    def owed(self, customer: str, at: datetime = LAST, ahead: timedelta = AHEAD) -> int:
        """Return what a customer owed still, in cents, as far as was known at an instant."""
        amount = self.book.rows["invoices"][customer][0]["amount_cents"]
        known_by = naive(at) + ahead if at < LAST else naive(at)
        paid = (row["amount_cents"] for row in self.book.of("payments", customer) if row["told_at"] <= known_by)
        return max(amount - sum(paid), 0)

    def contacts(
        self,
        customer: str,
        at: datetime,
        plans_since: datetime,
        but: str | None = None,
        *,
        with_own: bool = False,
        ahead: timedelta = AHEAD,
    ) -> list[caps.Contact]:
        """List what counts as an attempt at an instant, for the oracle that counts; not the decision ``but``.

        A plan nobody reported counts if it was for ``plans_since`` or later; ``with_own``: also one of this instant.
        """
        found = []
        known = {key: one for key, one in self.reports[customer].items() if one["known_at"] <= at + ahead}
        for key, one in known.items():
            if one["at"] > at - WEEK:
                told = (min(one["known_at"], at),)
                found.append(caps.Contact(key, one["channel"], None, one["at"], told, planned=False, answered=None))
        for leave in self.of[customer]:
            if leave.decision_id in known or leave.decision_id == but or not leave.stands(at):
                continue
            if leave.not_before < plans_since:
                continue
            sent = leave.not_before if leave.state == "open" else leave.sent_at
            if sent > at - WEEK and (with_own or leave.decided_at != at):
                found.append(
                    caps.Contact(leave.decision_id, leave.channel, None, sent, (), planned=True, answered=None)
                )
        return found

    def _contact(self, customer: str, key: str, channel: str, at: datetime) -> None:
        rows = self.book.rows["contacts"].setdefault(customer, [])
        rows[:] = [row for row in rows if row["contact_id"] != key]
        rows.append({"contact_id": key, "customer_id": customer, "channel": channel, "happened_at": naive(at)})
        rows.sort(key=lambda row: row["happened_at"])

    def _row(self, table: str, customer: str, event: Told, known_at: datetime, **more: object) -> None:
        # What was acknowledged is known, whatever any clock says: it counts from the first instant it can.
        at = naive(min(datetime.fromisoformat(event["happened_at"]), known_at))
        row = {"known_at": at, "happened_at": at, "told_at": naive(known_at), **more}
        self.book.rows[table].setdefault(customer, []).append(row)

    def _payment(self, customer: str, event: Told, known_at: datetime) -> None:
        amount = event["amount_cents"]
        self._row("payments", customer, event, known_at, amount_cents=amount, invoice_id=None, contract_id=DEBT)

    def _opted_out(self, customer: str, event: Told, known_at: datetime) -> None:
        self._consent(customer, event, known_at, is_granted=False)

    def _opted_in(self, customer: str, event: Told, known_at: datetime) -> None:
        self._consent(customer, event, known_at, is_granted=True)

    def _wrong_party(self, customer: str, event: Told, known_at: datetime) -> None:
        for row in self.book.of("contact_points", customer):
            if row["channel"] == event["channel"]:
                row.update(status="wrong_party", status_at=row["happened_at"])  # type: ignore[attr-defined]

    def _contact_sent(self, customer: str, event: Told, known_at: datetime) -> None:
        at, decision = datetime.fromisoformat(event["happened_at"]), event.get("decision_id")
        key = decision or event["data"]["contact_id"]
        self.reports[customer][key] = {"channel": event["channel"], "at": at, "known_at": known_at}
        self._contact(customer, key, event["channel"], at)
        self._reported(event, known_at)

    def _contact_delivered(self, customer: str, event: Told, known_at: datetime) -> None:
        self._reported(event, known_at)

    def _contact_outcome(self, customer: str, event: Told, known_at: datetime) -> None:
        self._reported(event, known_at)
        if event["data"]["outcome"] == "opted_out":
            self._consent(customer, event, known_at, is_granted=False)
        if event["data"]["outcome"] == "wrong_party":
            self._wrong_party(customer, event, known_at)

    def _reported(self, event: Told, known_at: datetime) -> None:
        """A report settles a permit of which it was open whether its contact was made."""
        leave = self._by_decision.get(event.get("decision_id", ""))
        if leave is not None and leave.state in ("open", "claimed", "unknown"):
            self.turn(leave, "sent", known_at)

    def _consent(self, customer: str, event: Told, known_at: datetime, *, is_granted: bool) -> None:
        for channel in (event["channel"],) if event.get("channel") else CHANNELS:
            self._row("consents", customer, event, known_at, channel=channel, is_granted=is_granted)
