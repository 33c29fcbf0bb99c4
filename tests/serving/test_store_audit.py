"""The audit chain: whatever is changed behind the store's back is found, and the first record of it named."""

import sqlite3
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from regua.records import Event
from regua.vocabulary import EventKind
from serving.store import Logged, Permit, Store, Watermark, audit
from serving.store.chain import Head
from serving.store.statements import Statement

NOON = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)


HOUR = timedelta(hours=1)


@pytest.fixture
def told(store: Store):
    """A store, on either database, whose permit was issued and claimed."""
    row = Logged("d1", "ana", NOON, "sms/x", "sms", NOON, "j", "r", "b", "s", b"{}", b"{}", b"in")
    permit = Permit("per_1", "d1", "ana", "k", "sms", "2026-03-04.collection", NOON, NOON + HOUR, NOON)
    store.commit([row], Watermark(), [permit])
    assert store.permits.claim("per_1", NOON, lambda *_: None).is_granted
    assert store.verify() is None
    return store


def behind(store: Store, text: str, *values: object) -> None:
    with store._database.writing() as transaction:
        assert transaction.change(Statement(text, text.replace("?", "%s")), *values)


def test_a_message_about_a_permit_says_what_its_record_says(told):
    body = orjson.dumps({"permit_id": "per_1", "state": "claimed", "channel": "call"})
    behind(told, "UPDATE outbox SET body = ? WHERE message_id = 'per_1.claimed'", body)
    flaw = told.verify()
    assert (flaw.seq, "message" in flaw.found) == (3, True)
    behind(told, "UPDATE outbox SET body = ? WHERE message_id = 'per_1.claimed'", b"no JSON")
    assert told.verify().seq == 3
    behind(told, "UPDATE outbox SET body = ? WHERE message_id = 'per_1.claimed'", audit.ERASED)
    assert told.verify().seq == 3, "nobody was erased"


def test_a_message_about_a_permit_that_no_record_tells_of_is_found(told):
    behind(told, "UPDATE outbox SET message_id = 'per_2.open' WHERE message_id = 'per_1.open'")
    assert told.verify().found == "1 messages tell of permits what the chain does not"


def test_what_was_told_and_removed_in_its_time_or_of_somebody_erased_is_no_flaw(told):
    told.webhooks.fan_out(NOON + HOUR)
    assert told.webhooks.prune(NOON + 2 * HOUR) == 2
    assert told.verify() is None
    row = Logged("d2", "bia", NOON, "sms/x", "sms", NOON, "j", "r", "b", "s", b"{}", b"{}", b"in")
    permit = Permit("per_2", "d2", "bia", "k", "sms", "2026-03-04.collection", NOON, NOON + HOUR, NOON)
    told.commit([row], Watermark(told.chain_end().seq), [permit])
    told.subjects.erase("bia", NOON + HOUR, "ana")
    assert told.verify() is None


@pytest.fixture
def path(tmp_path):
    """A log of five events and five decisions."""
    path = tmp_path / "decisions.db"
    with Store(path) as store:
        for number in range(5):
            store.record([Event(f"e{number}", EventKind.PAYMENT, "ana", NOON, NOON, amount_cents=number)])
            made = Logged(f"d{number}", "ana", NOON, "nothing", None, None, None, "r", "b", "s", b"{}", b"{}", b"")
            store.commit([made], Watermark(2 * number + 1))
    return path


TAMPERINGS = {
    "UPDATE decisions SET body = CAST('{\"a\":1}' AS BLOB) WHERE decision_id = 'd1'": 4,
    "UPDATE decisions SET decided_at = '2026-03-04T15:00:01.000000Z' WHERE decision_id = 'd2'": 6,
    "UPDATE decisions SET customer_id = 'bia' WHERE decision_id = 'd4'": 10,
    "UPDATE decisions SET action = 'sms/pay_link' WHERE decision_id = 'd0'": 2,
    "UPDATE events SET body = CAST(replace(CAST(body AS TEXT), '3', '4') AS BLOB) WHERE event_id = 'e3'": 7,
    "UPDATE events SET known_at = '2026-03-04T14:00:00.000000Z' WHERE event_id = 'e0'": 1,
    "DELETE FROM decisions WHERE decision_id = 'd3'": 8,
    "DELETE FROM events WHERE event_id = 'e4'": 9,
    "DELETE FROM audit WHERE seq = 5": 5,
    "DELETE FROM audit WHERE seq = 1": 1,
    "UPDATE audit SET customer_id = 'bia' WHERE seq = 3": 3,
    "UPDATE audit SET recorded_at = '2026-03-05' WHERE seq = 9": 9,
    "UPDATE audit SET hash = zeroblob(32) WHERE seq = 4": 4,
    "UPDATE audit SET subject = CASE seq WHEN 2 THEN 'd1' ELSE 'd0' END WHERE seq IN (2, 4)": 2,
    "INSERT INTO events SELECT 99, portfolio, source, 'e9', customer_id, kind, happened_at, known_at, content_digest,"
    " body FROM events WHERE event_id = 'e1'": 11,
    "DELETE FROM audit WHERE seq > 8": 9,
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_what_was_changed_is_found_and_the_first_bad_record_named(path, tampering):
    with Store(path) as store:
        assert store.verify() is None
        end = store.chain_end()
    with sqlite3.connect(path) as behind:
        assert behind.execute(tampering).rowcount
    behind.close()
    with Store(path) as store:
        flaw = store.verify(end)
    assert flaw is not None
    assert flaw.seq == TAMPERINGS[tampering]


def test_a_chain_written_anew_does_not_pass_through_an_end_that_was_seen(path):
    with Store(path) as store:
        assert store.verify(store.chain_end()) is None
        assert store.verify(Head(6, bytes(32))).seq == 6
