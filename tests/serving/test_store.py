"""The decision log: durable, once each, and fair to callers who race."""

import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from regua.errors import NotFoundError, UnavailableError
from regua.records import Event
from regua.vocabulary import Channel, EventKind
from serving.deciding.inputs import Inputs
from serving.happenings.live import overlay
from serving.store import Live, Logged, Receipt, Refusal, Store, Watermark

NOON = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
WEEK = timedelta(days=7)


def row(decision_id: str, customer_id: str = "ana", decided_at: datetime = NOON, **changes) -> Logged:
    made = Logged(
        decision_id=decision_id,
        customer_id=customer_id,
        decided_at=decided_at,
        action="sms/pay_link",
        channel="sms",
        send_at=decided_at + timedelta(hours=1),
        journey="early_digital",
        release_id="none",
        book_digest="b",
        shape_digest="s",
        position=b'{"journey":"early_digital","journey_day":1}',
        body=b'{"decision_id":"%b"}' % decision_id.encode(),
        inputs=b"",
    )
    return replace(made, **changes)


def payment(event_id: str, customer_id: str = "ana", **changes) -> Event:
    fields = {"kind": EventKind.PAYMENT, "happened_at": NOON, "known_at": NOON, "amount_cents": 100} | changes
    return Event(event_id=event_id, customer_id=customer_id, **fields)


def mark(store: Store, *customers: str, at: datetime = NOON):
    return store.live(customers or ("ana",), NOON - WEEK, at).watermark


def test_what_was_committed_is_read_back_whole(store: Store):
    store.commit([row("dec_1")], mark(store))
    assert store.decision("dec_1") == row("dec_1")


def test_the_same_decision_is_logged_once_and_its_first_bytes_stand(store: Store):
    store.commit([row("dec_1")], mark(store))
    again = store.commit([replace(row("dec_1"), body=b"other")], mark(store))
    assert again.repeated["dec_1"] == row("dec_1").body
    assert store.count("decisions") == 1


def test_a_decision_made_on_facts_that_moved_is_left_out_and_the_others_stand(store: Store):
    seen = mark(store, "ana", "bia")
    store.record([payment("e1", "ana")])
    committed = store.commit([row("dec_1", "ana"), row("dec_2", "bia")], seen)
    assert committed.moved == {"ana"}
    assert [one.customer_id for one in store.whole_log()] == ["bia"]


def test_two_callers_who_read_the_same_facts_cannot_both_plan_a_contact(store: Store):
    first, second = mark(store), mark(store)
    assert not store.commit([row("dec_1")], first).moved
    assert store.commit([row("dec_2", decided_at=NOON + timedelta(seconds=1))], second).moved == {"ana"}


def test_a_decision_does_not_see_itself_but_sees_others_on_either_side(store: Store):
    store.commit([row("dec_1"), row("dec_2", decided_at=NOON + timedelta(hours=2))], mark(store))
    plans = store.live(["ana"], NOON - WEEK, NOON).plans
    assert [plan.decision_id for plan in plans] == ["dec_2"]


def test_what_another_decision_of_the_same_moment_plans_is_told_apart_until_it_is_asked_for(store: Store):
    store.commit([row("dec_1")], mark(store))
    alone, beside = (store.live(["ana"], NOON - WEEK, NOON, names) for names in ((), ("ana",)))
    assert [[plan.decision_id for plan in plans] for plans in (alone.plans, alone.uncounted)] == [[], ["dec_1"]]
    assert [[plan.decision_id for plan in plans] for plans in (beside.plans, beside.uncounted)] == [["dec_1"], []]


def test_the_position_is_the_one_before_the_moment_asked_for(store: Store):
    late = row("dec_2", decided_at=NOON + timedelta(days=1), position=b'{"journey":"skip_trace"}')
    store.commit([row("dec_1"), late], mark(store))
    now = store.live(["ana"], NOON - WEEK, NOON + timedelta(days=2)).positions["ana"]
    before = store.live(["ana"], NOON - WEEK, NOON + timedelta(hours=1)).positions["ana"]
    assert now["journey"] == "skip_trace"
    assert before["journey"] == "early_digital"
    assert "ana" not in store.live(["ana"], NOON - WEEK, NOON).positions


def test_an_event_sent_twice_is_kept_once_and_a_contradiction_is_told(store: Store):
    assert store.record([payment("e1")]) == [Receipt.ACCEPTED]
    late = payment("e1", known_at=NOON + timedelta(hours=3))
    assert store.record([late, payment("e1", amount_cents=999)]) == [Receipt.DUPLICATE, Receipt.CONFLICT]
    assert store.events_of("ana", NOON - WEEK, NOON) == [payment("e1")]


def test_an_event_learned_later_is_not_known_before(store: Store):
    store.record([payment("e1", known_at=NOON + timedelta(hours=1), channel=Channel.SMS, data={"method": "pix"})])
    assert store.live(["ana"], NOON - WEEK, NOON).events == ()
    assert len(store.live(["ana"], NOON - WEEK, NOON, whole=True).events) == 1, "told while the clock was ahead"
    assert store.live(["ana"], NOON - WEEK, NOON + timedelta(hours=1)).events[0].data == {"method": "pix"}


@pytest.mark.parametrize(
    ("name", "begins", "ends"),
    [
        ("promise_id", EventKind.PROMISE_MADE, EventKind.PROMISE_RESOLVED),
        ("dispute_id", EventKind.DISPUTE_OPENED, EventKind.DISPUTE_RESOLVED),
        ("dispute_id", EventKind.PAYMENT_CLAIMED, EventKind.DISPUTE_RESOLVED),
        ("hold_id", EventKind.HOLD_PLACED, EventKind.HOLD_LIFTED),
        ("arrangement_id", EventKind.ARRANGEMENT_MADE, EventKind.ARRANGEMENT_RESOLVED),
        ("signal_id", EventKind.SIGNAL_RAISED, EventKind.SIGNAL_CLEARED),
    ],
)
@pytest.mark.parametrize("is_end", [True, False], ids=["it ends", "it begins"])
def test_what_is_told_of_by_its_name_is_read_with_all_of_its_kind_however_long_ago(
    store: Store, name, begins, ends, is_end
):
    def told(event_id, kind, known_at, of="x", **changes):
        return replace(payment(event_id, known_at=known_at, kind=kind, data={name: of}), **changes)

    ago = NOON - timedelta(days=300)
    store.record([told("e1", begins, ago), told("e2", begins, ago, of="y"), told("e3", begins, ago, customer_id="bia")])
    store.record([payment("e4", known_at=ago), told("e5", EventKind.OPTED_IN, ago)])
    assert store.live(["ana", "bia"], NOON - WEEK, NOON).events == ()
    store.record([told("e6", ends if is_end else begins, NOON - WEEK)])
    read = store.live(["ana", "bia"], NOON - WEEK, NOON).events
    assert [one.event_id for one in read] == ["e1", "e2", "e6"], "each once"


def test_a_payment_that_is_told_of_again_is_read_with_what_was_told_of_it_first(store: Store):
    first = payment("e1", known_at=NOON - timedelta(days=90), data={"payment_id": "p1"})
    other = payment("e2", known_at=NOON - timedelta(days=90))
    store.record([first, other, payment("e3", known_at=NOON - timedelta(days=90), kind=EventKind.OPTED_IN)])
    store.record([payment("e4")])
    assert [one.event_id for one in store.live(["ana"], NOON - WEEK, NOON).events] == ["e4"], "no name"
    store.record([payment("b1", data={"payment_id": "p1"})])
    events = store.live(["ana"], NOON - WEEK, NOON).events
    assert [one.event_id for one in events] == ["e1", "e2", "e4", "b1"]
    columns = {name: np.array([1_000.0]) for name in ("balance_overdue_cents", "customer_balance_overdue_cents")}
    inputs = Inputs.fit({**columns, "customer_id": np.array(["ana"], object), "contract_id": np.array(["k"], object)})
    profiled = np.array([np.datetime64("2026-03-04T03:00", "us")])
    overlay(inputs.columns, profiled, Live(Watermark(0), (), events, {}), NOON, "America/Sao_Paulo")
    assert inputs.columns["balance_overdue_cents"][0] == 900, "what was booked since is paid once, by e4"


def test_what_was_refused_is_kept_as_it_came(store: Store):
    refusal = Refusal(NOON, "file:3", "not JSON", "one JSON text", b"{")
    store.record([], [refusal])
    assert store.refused() == [refusal]


def test_an_unknown_decision_or_book_is_said_to_be_unknown(store: Store):
    with pytest.raises(NotFoundError, match="no decision dec_9"):
        store.decision("dec_9")
    with pytest.raises(NotFoundError, match="no text"):
        store.texts.read("books", "nothing")


def test_a_log_made_by_a_newer_version_is_refused(tmp_path: Path):
    path = tmp_path / "decisions.db"
    Store(path).close()
    with sqlite3.connect(path) as sqlite:
        sqlite.execute("PRAGMA user_version = 99")
    sqlite.close()
    with pytest.raises(UnavailableError, match="schema version 99"):
        Store(path)


def test_a_file_that_is_no_log_is_refused_in_words(tmp_path: Path):
    path = tmp_path / "decisions.db"
    path.write_bytes(b"not a database at all, just some text that is long enough" * 20)
    with pytest.raises(UnavailableError, match="cannot be used") as refused:
        Store(path)
    assert str(path) in str(refused.value)
    assert str(path) not in refused.value.found  # which callers are told


WRITER = """
import sys
from datetime import datetime, UTC, timedelta
from serving.store import Logged, Store
noon = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
store = Store(sys.argv[1])
for number in range(1_000_000):
    name = f"dec_{number}"
    seen = store.live(["ana"], noon, noon).watermark
    row = Logged(name, "ana", noon, "nothing", None, None, None, "none", "b", "s", b"{}", b"x" * 3000, b"y" * 300)
    assert not store.commit([row], seen).moved
    print(name, flush=True)
"""


def test_every_acknowledged_decision_survives_a_kill_of_the_writer(where):
    address = where if isinstance(where, str) else f"sqlite:///{where}"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, address], stdout=subprocess.PIPE, text=True)
    acknowledged = [writer.stdout.readline().strip() for _ in range(120)]
    writer.send_signal(signal.SIGKILL)
    acknowledged += writer.stdout.read().splitlines()[:-1]  # the last line may be cut short
    writer.stdout.close()
    assert writer.wait() == -signal.SIGKILL
    with Store(where) as store:
        kept = {one.decision_id for one in store.whole_log()}
        assert store.verify() is None
    assert len(acknowledged) >= 120
    assert set(acknowledged) <= kept
