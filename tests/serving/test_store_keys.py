"""The answers of idempotency keys: kept with what their requests did, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest

from regua.records import Event
from regua.vocabulary import EventKind
from serving.store import Store
from serving.store.keys import Kept, KeyInUseError, KeyReusedError, Once

NOW = datetime(2026, 3, 4, 13, 0, tzinfo=UTC)
ONCE = Once("crm", "POST /v1/things", "k-1", b"one content")
ANSWER = Kept(200, b'{"done":true}')


def event(name):
    return Event(name, EventKind.PAYMENT, "c1", NOW, NOW, amount_cents=100)


@pytest.fixture
def other(where, store):
    """Another process's store on the same database."""
    with Store(where) as opened:
        yield opened


def fail_after(store, name, within):
    with within:
        store.record([event(name)])
        store.keys.keep(ONCE, NOW, ANSWER)
        raise KeyError(name)


def test_a_unit_that_fails_leaves_no_key_and_nothing_else(store, other):
    with pytest.raises(KeyError):
        fail_after(store, "e1", store.unit())
    assert (other.count("events"), other.count("audit")) == (0, 0)
    assert other.keys.find(ONCE, NOW) is None
    store.record([event("e1")])
    assert other.count("events") == 1


def test_a_key_gives_the_first_answer_for_seven_days_and_no_longer(store, other):
    assert store.keys.find(ONCE, NOW) is None
    assert store.keys.keep(ONCE, NOW, ANSWER)
    assert not other.keys.keep(ONCE, NOW, Kept(200, b"another"))
    assert other.keys.find(ONCE, NOW + timedelta(days=7, seconds=-1)) == ANSWER
    assert other.keys.find(ONCE, NOW + timedelta(days=7)) is None
    assert other.keys.keep(ONCE, NOW + timedelta(days=7), Kept(201, b"later"))
    assert store.keys.forget(NOW + timedelta(days=13)) == 0
    assert store.keys.forget(NOW + timedelta(days=14)) == 1


def test_a_key_with_another_content_is_refused_and_tells_nothing_of_the_first(store):
    store.keys.keep(ONCE, NOW, ANSWER)
    with pytest.raises(KeyReusedError) as told:
        store.keys.find(Once(ONCE.client, ONCE.operation, ONCE.key, b"other"), NOW)
    assert "done" not in str(told.value)


@pytest.mark.parametrize("whose", ["portfolio", "client", "operation"])
def test_nobody_elses_key_is_the_same_key(store, whose):
    store.keys.keep(ONCE, NOW, ANSWER)
    theirs = store.of("another") if whose == "portfolio" else store
    client = "other" if whose == "client" else ONCE.client
    operation = "POST /v1/others" if whose == "operation" else ONCE.operation
    assert theirs.keys.find(Once(client, operation, ONCE.key, b"other"), NOW) is None


def test_while_one_works_on_a_key_another_process_is_told_to_come_back(request, postgres):
    where = postgres.database()
    with Store(where) as first, Store(where) as second:
        with first.unit():
            first.keys.hold(ONCE)
            with pytest.raises(KeyInUseError) as told, second.unit():
                second.keys.hold(ONCE)
            assert told.value.headers["Retry-After"]
        with second.unit():
            second.keys.hold(ONCE)
