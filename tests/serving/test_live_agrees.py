"""The overlay and the windows tell one story: a profile of dawn with the day's events is the profile of the moment."""

# ruff: noqa: DTZ001 - the tables hold UTC instants without a zone

from datetime import UTC, date, datetime, timedelta

import numpy as np
import orjson
import polars as pl
import pytest

from features import profile, snapshots
from features.sources import VIEWS
from regua.dice import draw, identity
from regua.episodes import NAMES
from regua.records import Event, canonical
from regua.settings import Settings
from regua.vocabulary import (
    CHANNELS,
    HOLD_BIT,
    ArrangementResolution,
    Channel,
    ContactOutcome,
    EventKind,
    HoldKind,
    SignalKind,
)
from serving.deciding.inputs import Inputs
from serving.deciding.pipeline import as_text
from serving.happenings.counting import LOOK_BACK
from serving.happenings.live import overlay
from serving.store import Live, Store, Watermark
from training.outcomes.harvest import fold

MOMENT = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
ZONE = "America/Sao_Paulo"
CUSTOMERS = 150
REPORTED = (
    EventKind.CONTACT_ACCEPTED,
    EventKind.CONTACT_DELIVERED,
    EventKind.CONTACT_READ,
    EventKind.CONTACT_REPLIED,
    EventKind.CONTACT_FAILED,
    EventKind.CONTACT_OUTCOME,
)
COUNTS = (
    *(
        f"{name}_{channel}"
        for name in ("attempts_1d", "attempts_24h", "attempts_7d", "attempts_30d", "read_90d")
        for channel in CHANNELS
    ),
    *("attempts_1d", "attempts_24h", "attempts_7d", "contract_calls_7d", "unanswered_in_a_row", "replies_90d"),
    *("offers_made_90d", "complaints_365d", "arrangements_broken_365d"),
)
SINCE = (
    *("hours_since_last_contact", "hours_since_last_conversation", "days_since_last_contact", "last_contact_state"),
    *("days_since_last_read", "days_since_last_reply"),
    *(f"days_since_{kind}" for kind in SignalKind),
)


class History:
    """Random events of many customers: late, out of order, some told twice; each a function of its own name.

    What begins may have the name of another of its kind, which is over by then, or is not.
    """

    def __init__(self, seed: int) -> None:
        self.seed, self.events = seed, []
        for number in range(CUSTOMERS):
            self._contacts(f"c{number:04d}")
            self._permissions(f"c{number:04d}")
            self._arrangements(f"c{number:04d}")
            self._openings(f"c{number:04d}")
        # What is reported of a contact that was never reported as sent waits in quarantine, and is not in the tables.
        known = [event for event in self.events if event.known_at <= MOMENT]
        sent = {event.data["contact_id"] for event in known if event.kind is EventKind.CONTACT_SENT}
        self.events = [event for event in self.events if event.data.get("contact_id") in {None, *sent}]
        # Nor is what is reported of an arrangement, or an instalment, that nobody has told of.
        for key, begins in (
            ("arrangement_id", EventKind.ARRANGEMENT_MADE),
            ("instalment_id", EventKind.INSTALMENT_DUE),
            ("promise_id", EventKind.PROMISE_MADE),
            ("dispute_id", EventKind.DISPUTE_OPENED),
        ):
            made = {event.data[key] for event in known if event.kind is begins}
            self.events = [event for event in self.events if event.data.get(key) in {None, *made}]

    def _luck(self, name: str, purpose: str) -> float:
        return float(draw(identity([name]), purpose, 0, self.seed)[0])

    def _pick(self, name: str, purpose: str, words):
        return words[int(self._luck(name, purpose) * len(words))]

    def _told(self, name: str, kind: EventKind, customer: str, happened: datetime, **fields) -> None:
        # What has a name is told of up to nine days late: longer than the log is read back.
        days = 9 if kind in NAMES else 3
        late = timedelta(minutes=int(self._luck(name, "late") ** 6 * days * 1440))
        if happened > MOMENT:
            return
        for copy in range(1 + (self._luck(name, "twice") < 0.15)):
            known = happened + late + timedelta(minutes=int(copy * 600 * self._luck(name, "again")))
            self.events.append(Event(f"{name}/{kind}/{copy}", kind, customer, happened, known, **fields))

    def _called(self, customer: str, number: int, before: int) -> str:
        one, other = f"{customer}{number}", f"{customer}{before}"
        return other if before >= 0 and self._luck(one, "keeps a name") < 0.4 else one

    def _before(self, name: str, purpose: str, days: float) -> datetime:
        return MOMENT - timedelta(minutes=int(self._luck(name, purpose) ** 2 * days * 1440))

    def _contacts(self, customer: str) -> None:
        for number in range(int(self._luck(customer, "contacts") * 12)):
            name = f"{customer}/{number}"
            about = {
                "channel": self._pick(name, "channel", list(Channel)),
                "contract_id": self._pick(name, "contract", [f"k {customer}", f"other {customer}", None]),
                "data": {"contact_id": name} | ({"offer": "plan_3"} if self._luck(name, "offer") < 0.3 else {}),
            }
            sent = self._before(name, "sent", 15)
            self._told(name, EventKind.CONTACT_SENT, customer, sent, **about)
            for kind in REPORTED[:4] + REPORTED[4 + number % 2 :][:1]:
                if self._luck(name, kind) < 0.3:
                    after = timedelta(minutes=int(self._luck(name, f"{kind} after") * 2 * 1440))
                    outcome = {"outcome": str(self._pick(name, "outcome", list(ContactOutcome)))}
                    data = about["data"] | (outcome if kind is EventKind.CONTACT_OUTCOME else {})
                    self._told(f"{name}/{kind}", kind, customer, sent + after, **about | {"data": data})

    def _arrangements(self, customer: str) -> None:
        for number in range(int(self._luck(customer, "arrangements") * 3)):
            name, about = f"{customer}/a{number}", {"contract_id": f"k {customer}", "amount_cents": 300}
            made, terms = self._before(name, "made", 15), {"kind": "instalments", "offer": "plan_3", "instalments": 2}
            called = self._called(f"{customer}/a", number, number - 1)
            terms |= {"arrangement_id": called, "first_due_on": str(made.date())}
            self._told(name, EventKind.ARRANGEMENT_MADE, customer, made, data=terms, **about)
            for part in range(2):
                one = f"{name}/{part}"
                data = {"instalment_id": one, "arrangement_id": called}
                due = {"due_on": str((made + timedelta(days=3 + 5 * part)).date())}
                self._told(one, EventKind.INSTALMENT_DUE, customer, made, data=data | due, **about)
                if self._luck(one, "paid") < 0.5:
                    paid = made + timedelta(minutes=int(self._luck(one, "after") * 9 * 1440))
                    self._told(f"{one}/paid", EventKind.INSTALMENT_PAID, customer, paid, data=data)
            if self._luck(name, "ends") < 0.5:
                end = made + timedelta(minutes=int(self._luck(name, "end") * 9 * 1440))
                data = {"arrangement_id": called, "resolution": self._pick(name, "how", list(ArrangementResolution))}
                self._told(f"{name}/end", EventKind.ARRANGEMENT_RESOLVED, customer, end, data=data)

    def _openings(self, customer: str) -> None:
        for number in range(int(self._luck(customer, "openings") * 5)):
            name = f"{customer}/o{number}"
            at, is_promise = self._before(name, "at", 15), number % 2 == 0
            kinds = (EventKind.DISPUTE_OPENED, EventKind.DISPUTE_RESOLVED)
            begins, ends = (EventKind.PROMISE_MADE, EventKind.PROMISE_RESOLVED) if is_promise else kinds
            called = self._called(f"{customer}/o", number, number - 2)
            data = {"promise_id": called, "promised_for": "2026-03-20"} if is_promise else {"dispute_id": called}
            about = {"contract_id": f"k {customer}", "amount_cents": 100 * (number + 1) if is_promise else None}
            self._told(name, begins, customer, at, data=data, **about)
            if self._luck(name, "over") < 0.7:
                end = at + timedelta(minutes=int(self._luck(name, "end") * 9 * 1440))
                how = self._pick(name, "how", ["kept", "broken"] if is_promise else ["upheld", "rejected"])
                self._told(f"{name}/over", ends, customer, end, data=data | {"resolution": how})

    def _permissions(self, customer: str) -> None:
        for number in range(6):
            name = f"{customer}/p{number}"
            at = self._before(name, "at", 15)
            end = at + timedelta(minutes=int(self._luck(name, "end") * 8 * 1440))
            is_over = self._luck(name, "over") < 0.6
            if number < 3:
                called = self._called(f"{customer}/p", number, number - 1)
                hold = {"hold_id": called, "kind": str(self._pick(called, "kind", list(HoldKind)[:6]))}
                ends = {"ends_at": end.isoformat()} if is_over and number == 0 else {}
                self._told(name, EventKind.HOLD_PLACED, customer, at, data=hold | ends)
                if is_over and number > 0:
                    self._told(f"{name}/over", EventKind.HOLD_LIFTED, customer, end, data=hold)
            elif number < 5:
                called = self._called(f"{customer}/p", number, 3 if number == 4 else -1)
                signal = {"signal_id": called, "kind": str(self._pick(called, "kind", list(SignalKind)))}
                self._told(name, EventKind.SIGNAL_RAISED, customer, at, data=signal)
                if is_over:
                    self._told(f"{name}/over", EventKind.SIGNAL_CLEARED, customer, end, data=signal)
            else:
                channel = self._pick(name, "channel", list(Channel))
                kinds = (EventKind.OPTED_OUT, EventKind.OPTED_IN)
                for copy, kind in enumerate(kinds if is_over else kinds[::-1]):
                    data = {"consent_id": f"{name}/{copy}"}
                    self._told(f"{name}/{copy}", kind, customer, at + copy * (end - at) / 4, channel=channel, data=data)


def profile_of(home, events, moment: datetime) -> dict[str, np.ndarray]:
    """Build the profile of a moment from what was known by it."""
    settings = Settings(home=home, threads=1, memory_mb=512)
    known = sorted((e for e in events if e.known_at <= moment), key=lambda e: (e.known_at, e.happened_at))
    rows = fold([orjson.loads(canonical({n: getattr(e, n) for n in Event.__slots__})) for e in known], {})
    tables = {name: [row for row in by_key.values() if "happened_at" in row] for name, by_key in rows.items()}
    long_ago = {"happened_at": datetime(2025, 6, 1), "known_at": datetime(2025, 6, 1)}
    for number in range(CUSTOMERS):
        customer = f"c{number:04d}"
        own, day = {"customer_id": customer} | long_ago, date(2025, 6, 1)
        tables.setdefault("customers", []).append(own | {"kind": "person", "region": "SP", "customer_since": day})
        for contract, due in ((f"k {customer}", date(2026, 1, 1)), (f"other {customer}", date(2026, 2, 1))):
            mine = own | {"contract_id": contract}
            tables.setdefault("contracts", []).append(mine | {"product": "card", "opened_on": day})
            bill = {"invoice_id": contract, "issued_on": day, "due_on": due, "amount_cents": 500}
            tables.setdefault("invoices", []).append(mine | bill)
    for table in VIEWS:
        frame = pl.DataFrame(tables.get(table.name, []), schema=table.types, strict=False)
        (settings.tables / table.name).mkdir(parents=True, exist_ok=True)
        frame.write_parquet(settings.tables / table.name / "0.parquet")
    snapshots.build(settings, [moment])
    return profile.at(settings, moment)


def brought_up(before, stamps, seen) -> dict[str, np.ndarray]:
    """Lay events over profiles."""
    inputs = Inputs.fit({**before, "profile_at": as_text(stamps)})
    overlay(inputs.columns, stamps, Live(Watermark(0), (), tuple(seen), {}), MOMENT, ZONE)
    return inputs.columns


@pytest.fixture(scope="module", params=[(1, 12), (2, 9), (3, 36)], ids=["dawn", "morning", "yesterday"])
def told(request, tmp_path_factory):
    """Answer the profile of an earlier moment, the events since it and a week before, and the profile of the moment."""
    seed, hours = request.param
    events = History(seed).events
    earlier = MOMENT - timedelta(hours=hours)
    before = profile_of(tmp_path_factory.mktemp("before"), events, earlier)
    stamps = np.full(CUSTOMERS, np.datetime64(earlier.replace(tzinfo=None), "us"))
    # Not one event more than the log is asked for, though the histories are twice as long.
    with Store(tmp_path_factory.mktemp("log") / "decisions.db") as store:
        store.record(events)
        store.record(events)
        seen = store.live(before["customer_id"].tolist(), earlier - LOOK_BACK, MOMENT).events
    # What a reporter whose clock runs ahead has told counts in decisions already, and in no profile of the moment.
    seen = tuple(event for event in seen if event.known_at <= MOMENT)
    return before, stamps, seen, profile_of(tmp_path_factory.mktemp("now"), events, MOMENT)


def test_a_profile_brought_up_to_the_moment_is_the_profile_of_the_moment(told):
    before, stamps, seen, now = told
    live = brought_up(before, stamps, seen)
    for name in (*COUNTS, *SINCE, *(f"consent_{channel}" for channel in CHANNELS)):
        np.testing.assert_allclose(live[name], now[name], rtol=1e-9, atol=1e-6, err_msg=name)
    assert sum((live[name] != before[name]).sum() for name in COUNTS) > CUSTOMERS, "or nothing was asked"


def test_a_hold_never_ends_too_early_and_seldom_a_day_late(told):
    before, stamps, seen, now = told
    live = brought_up(before, stamps, seen)["hold_bits"].astype(np.int64)
    assert (live & now["hold_bits"].astype(np.int64) == now["hold_bits"]).all()
    # An end that only the profile of the night before knows is seen by the next profile; what is contested is held.
    others = ~HOLD_BIT[HoldKind.DISPUTE_OPEN]
    assert (live & others == now["hold_bits"].astype(np.int64) & others).mean() > 0.97
    assert (now["hold_bits"] != before["hold_bits"]).any()


def test_an_arrangement_made_or_ended_since_the_profile_is_seen_and_none_is_let_go_too_early(told):
    before, stamps, seen, now = told
    live = brought_up(before, stamps, seen)
    assert (live["has_arrangement"] >= now["has_arrangement"]).all()
    assert (live["has_arrangement"] == now["has_arrangement"]).mean() > 0.97
    held = live["hold_bits"].astype(np.int64) & HOLD_BIT[HoldKind.ARRANGEMENT_CURRENT]
    assert (held[live["has_arrangement"] > 0] > 0).all()
    assert (now["has_arrangement"] != before["has_arrangement"]).any()
    left = live["arrangement_instalments_left"] == now["arrangement_instalments_left"]
    assert left.mean() > 0.95
    alone = now["has_arrangement"] == 0
    assert (live["arrangement_instalments_left"][alone & (live["has_arrangement"] == 0)] == 0).all()


@pytest.mark.parametrize("name", ["has_open_promise", "has_open_dispute"])
def test_what_is_promised_or_contested_is_seen_and_none_of_it_is_let_go_too_early(told, name):
    before, stamps, seen, now = told
    live = brought_up(before, stamps, seen)
    assert (live[name] >= now[name]).all()
    assert (live[name] == now[name]).mean() > 0.98
    assert (now[name] < before[name]).sum() + (now[name] > before[name]).sum() > 1, "or nothing was asked"
    if name == "has_open_promise":
        alike = live[name] == now[name]
        counts = ("promises_365d", "promises_kept_365d", "promises_broken_365d")
        assert all((live[count] == now[count]).all() for count in counts)
        assert (live["open_promise_cents"] == now["open_promise_cents"])[alike].mean() > 0.97
    else:
        assert (live["open_disputes"] == now["open_disputes"]).all()


def test_the_order_in_which_events_are_read_does_not_show_nor_does_reading_them_twice(told):
    before, stamps, seen, _ = told
    live = brought_up(before, stamps, seen)
    for other in (seen[::-1], (*seen, *seen)):
        again = brought_up(before, stamps, other)
        for name, array in live.items():
            np.testing.assert_array_equal(again[name], array, err_msg=name)
