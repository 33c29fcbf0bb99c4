"""Several calls of the store in one transaction: all of them are kept, or none, and a part that fails goes alone."""

import threading
from datetime import UTC, datetime

import pytest

from regua.errors import ConflictError, NotFoundError
from regua.records import Event
from regua.vocabulary import EventKind
from serving.store import Logged, Store, Watermark
from serving.store.statements import Statement

NOON = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
WRONG = Statement("SELECT one FROM nowhere", "SELECT one FROM nowhere")


def event(name, customer_id="ana"):
    return Event(name, EventKind.PAYMENT, customer_id, NOON, NOON, amount_cents=1)


def row(name, customer_id="ana"):
    return Logged(name, customer_id, NOON, "nothing", None, None, None, "r", "b", "s", b"{}", b"{}", b"")


def fail(store, name, failing):
    with store._database.writing() as transaction:
        store.record([event(name)])
        failing(transaction)


def counted(store):
    return store.count("events"), store.count("decisions"), store.chain_end().seq


def test_calls_of_one_unit_are_kept_together_and_their_records_follow_each_other(store):
    with store.unit():
        store.record([event("e1")])
        store.commit([row("d1")], Watermark())
        store.record([event("e2", "bia")])
        assert store.decision("d1").customer_id == "ana", "what was written is seen by who wrote it"
    assert counted(store) == (2, 1, 3)
    assert store.verify() is None


def test_a_unit_that_fails_keeps_nothing(store):
    def think_better_of_it():
        with store.unit():
            store.record([event("e1")])
            store.commit([row("d1")], Watermark())
            raise ConflictError("thought better of it")

    with pytest.raises(ConflictError):
        think_better_of_it()
    assert counted(store) == (0, 0, 0)


def test_a_part_that_fails_is_taken_back_alone_with_its_records(store):
    with store.unit():
        store.record([event("e1")])
        with pytest.raises(NotFoundError):
            fail(store, "e2", lambda transaction: store.decision("dec_none"))
        with pytest.raises(Exception, match="nowhere"):
            fail(store, "e3", lambda transaction: transaction.rows(WRONG))
        store.record([event("e4")])
    assert [one.event_id for one in store.events_of("ana", NOON, NOON)] == ["e1", "e4"]
    assert counted(store) == (2, 0, 2)
    assert store.verify() is None


def test_other_threads_have_transactions_of_their_own(where):
    with Store(where) as store:
        with store.unit():
            store.record([event("e1")])
        told = []
        other = threading.Thread(target=lambda: told.append(counted(store)))
        other.start()
        other.join(30)
        assert told == [(1, 0, 1)]
