"""What learning and watching read of a store, on either database: its own portfolio's rows, each of them once."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from regua import decision_log
from regua.records import Event
from regua.settings import Settings
from regua.vocabulary import Channel, EventKind
from serving.store import Logged, Store
from training.outcomes.harvest import harvest
from training.outcomes.settling import settle
from training.watching import guard_rates

NOON = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
LATER = NOON + timedelta(days=1)
PAID = Event("p1", EventKind.PAYMENT, "ana", NOON, NOON, "k", amount_cents=700)
SENT = Event("s1", EventKind.CONTACT_SENT, "ana", NOON, NOON, "k", "d1", Channel.SMS, data={"contact_id": "c1"})
READ = Event("r1", EventKind.CONTACT_READ, "ana", LATER, LATER, "k", None, Channel.SMS, data={"contact_id": "c1"})


def decided(decision_id: str, customer_id: str, *blocked_by: str) -> Logged:
    body = {
        "decision_id": decision_id, "customer_id": customer_id, "contract_id": "k", "channel": "sms",
        "decided_at": NOON.isoformat(), "propensity": 0.25, "explored": True,
        "alternatives": [{"action": "email/x", "blocked_by": list(blocked_by), "propensity": 0.75}],
    }  # fmt: skip
    planned = ("sms", NOON, "early_digital")
    return Logged(decision_id, customer_id, NOON, "some", *planned, "r", "b", "s", b"{}", orjson.dumps(body), b"\x00")


@pytest.fixture(params=["sqlite", "postgres"])
def home(request, tmp_path):
    """A home whose store is elsewhere, on either database, and is shared with another portfolio."""
    if request.param == "postgres":
        url = request.getfixturevalue("postgres").database()
    else:
        url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    settings = Settings(home=tmp_path, store_url=url)
    with Store.open(settings) as store:
        for one in (store, store.of("theirs")):
            one.commit([decided("d1", "ana"), decided("d2", "bia", "consent")], one.live(["ana"], NOON, NOON).watermark)
            one.record([PAID, SENT, replace(PAID, event_id="p2", customer_id="bia")])
    return settings


def harvested(settings, **asked):
    with decision_log.opened(settings) as log:
        return harvest(log, **asked)


def test_learning_reads_its_own_portfolio_on_either_database(home):
    found = harvested(home)
    assert set(found.rows["payments"]) == {"p1", "p2"}
    assert found.rows["contacts"]["c1"]["propensity"] == 0.25
    assert {key: row["among"] for key, row in found.rows["treatments"].items()} == {
        "d1": "sms email",
        "d2": "sms email",
    }
    theirs = harvested(home.model_copy(update={"portfolio": "nobody"}))
    assert not any(theirs.rows.values())


def test_what_changes_later_is_read_with_all_that_was_known_of_it(home):
    first = harvested(home)
    with Store.open(home) as store:
        store.record([READ])
    fresh = harvested(home, after_decision=first.decisions, after_event=first.events)
    assert {table: set(rows) for table, rows in fresh.rows.items() if rows} == {"contacts": {"c1"}}
    assert fresh.rows["contacts"]["c1"] == first.rows["contacts"]["c1"] | {"read_at": LATER.replace(tzinfo=None)}


def test_whoever_was_erased_is_in_nothing_that_is_learned(home):
    with Store.open(home) as store:
        store.subjects.erase("ana", LATER, "officer")
    found = harvested(home)
    assert {table: set(rows) for table, rows in found.rows.items() if rows} == {
        "payments": {"p2"}, "treatments": {"d2"},
    }  # fmt: skip
    with decision_log.opened(home) as log:
        assert log.erased() == {"ana": LATER}
        assert log.last_entry() == NOON


def test_the_watch_counts_what_the_store_says_was_stopped(home):
    (rate,) = guard_rates.rates(home, LATER)
    assert (rate.guardrail, rate.stopped_now, rate.due_now) == ("consent", 1, 2)


def test_a_home_whose_store_is_another_is_settled_from_its_beginning(home):
    (home.home / "outcomes.json").write_text('{"decisions": 2, "events": 9}')
    assert settle(home, LATER).tables["payments"].rows_in == 2
    assert "payments" not in settle(home, LATER).tables


def test_a_row_that_is_numbered_and_not_yet_written_is_waited_for(postgres, tmp_path):
    settings = Settings(home=tmp_path, store_url=postgres.database())
    begun, is_read = threading.Event(), threading.Event()
    with Store.open(settings) as store, Store.open(settings) as other:

        def write_slowly() -> None:
            with store.unit():
                store.record([PAID])
                begun.set()
                while not (is_read.is_set() or _somebody_waits(settings)):
                    pass

        slow = threading.Thread(target=write_slowly)
        slow.start()
        begun.wait()
        other.record([replace(PAID, event_id="p2", customer_id="bia")])
        found = harvested(settings)
        is_read.set()
        slow.join()
    assert set(found.rows["payments"]) == {"p1", "p2"}


def _somebody_waits(settings: Settings) -> bool:
    import psycopg

    with psycopg.connect(settings.store_url.get_secret_value()) as connection:
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        return connection.execute(waiting).fetchone() != (0,)
