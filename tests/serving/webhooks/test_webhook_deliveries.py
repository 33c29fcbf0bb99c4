"""Every message reaches every endpoint that hears it, on either database, and one that is down holds up nobody."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import orjson
import pytest
from standardwebhooks import Webhook

from regua.clock import SetClock, SystemClock
from regua.errors import NotFoundError
from serving.store import Permit
from serving.store.deliveries import DeliveryState
from serving.store.endpoints import EndpointState
from serving.store.statements import Statement
from serving.webhooks.delivering import LEASE, Deliverer
from serving.webhooks.registering import Registry, trial
from serving.webhooks.schedule import GIVES_UP_AFTER
from serving.webhooks.sealing import Seal
from serving.webhooks.sending import Sender
from tests.receiver import Receiver
from tests.serving.webhooks.line import LOOPBACK, NOON, SEAL, Line, endpoint, message, run, say


@pytest.fixture
def clock():
    return SetClock(NOON)


@pytest.fixture
def registry(store):
    return Registry(store, LOOPBACK, SEAL)


@pytest.fixture
def deliverers(store, clock):
    made = []

    def make(line, **parts):
        made.append(Deliverer(parts.get("store", store), parts.get("clock", clock), SEAL, line))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_what_a_permit_goes_through_is_told_as_cloud_events_the_reference_verifier_accepts(store, deliverers, registry):
    from serving.store import permits

    with Receiver() as receiver:
        made = registry.make(f"{receiver.url}/hooks", ["permit.*"], "the CRM", NOON, "ana")
        permit = Permit("per_1", "dec_1", "c1", "k1", "sms", "2026-03-04", NOON, NOON + timedelta(hours=1), NOON)
        with store._database.writing() as transaction:
            permits.issue(transaction, store.portfolio, [permit])
        run(deliverers(Sender(LOOPBACK), clock=SystemClock()))
    (heard,) = receiver.heard
    (secret,) = registry.secrets(made.endpoint_id)
    told = Webhook(secret.text).verify(heard.body, heard.headers)
    assert heard.headers["content-type"] == "application/cloudevents+json"
    assert {name: told[name] for name in ("specversion", "id", "source", "type", "subject", "time")} == {
        "specversion": "1.0",
        "id": "per_1.open",
        "source": "/portfolios/main",
        "type": "regua.permit.open",
        "subject": "per_1",
        "time": "2026-03-04T15:00:00Z",
    }
    assert told["data"]["customer_id"] == "c1"
    assert heard.headers["webhook-id"] == told["id"]


def test_each_endpoint_hears_the_kinds_it_asked_for_and_each_message_once(store, deliverers, registry):
    for name, kinds in {"all": (), "open": ("note.open",), "notes": ("note.*",), "other": ("x.*",)}.items():
        endpoint(registry, name, *kinds)
    say(store, message(1), message(2, "note.claimed"), message(3, "x.y"))
    line = Line()
    deliverer = deliverers(line)
    run(deliverer)
    run(deliverer)
    heard = sorted((url.rsplit("/", 1)[1], name) for url, name, _ in line.sent)
    assert heard == [
        *(("all", "m1"), ("all", "m2"), ("all", "m3")),
        *(("notes", "m1"), ("notes", "m2"), ("open", "m1"), ("other", "m3")),
    ]
    assert store.webhooks.counted() == {"delivered": 7}
    assert store.verify() is None


def test_a_message_not_heard_is_tried_rarer_and_rarer_for_three_days_and_then_given_up(
    store, deliverers, registry, clock
):
    endpoint(registry, "down")
    say(store, message(1))
    line = Line(down=503)
    deliverer = deliverers(line)
    tried = []
    while clock.now() < NOON + GIVES_UP_AFTER + timedelta(days=2):
        count = len(line.sent)
        run(deliverer)
        tried += [clock.now() - NOON] * (len(line.sent) - count)
        clock.move(timedelta(minutes=1) if clock.now() < NOON + timedelta(hours=1) else timedelta(minutes=30))
    assert 12 <= len(tried) <= 24
    assert tried[-1] > timedelta(hours=60)
    assert tried[-1] <= GIVES_UP_AFTER + timedelta(hours=1)
    assert len({body for _, _, body in line.sent}) == 1
    assert store.webhooks.counted() == {"failed": 1}
    (delivery,) = store.webhooks.page()
    assert [one.status for one in store.webhooks.delivery(delivery.delivery_id)[1]] == [503] * len(tried)
    line.answers = {}
    clock.move(timedelta(hours=1))
    store.webhooks.redeliver(delivery.delivery_id, clock.now())
    run(deliverer)
    assert store.webhooks.counted() == {"delivered": 1}
    assert line.sent[-1][1] == "m1"


def test_what_was_told_long_ago_is_removed_and_what_still_waits_for_somebody_stays(store, deliverers, registry, clock):
    for name in ("up", "down"):
        endpoint(registry, name)
    say(store, message(1), message(2, "test.up"), message(3, at=NOON + timedelta(days=99)))
    line = Line(down=503)
    deliverer = deliverers(line)
    run(deliverer)
    clock.move(timedelta(days=2))
    (first, *_) = [one for one in store.webhooks.page() if one.state is DeliveryState.DELIVERED]
    assert store.webhooks.prune(NOON) == 0, "not yet"
    assert store.webhooks.prune(clock.now(), limit=1) == 1
    assert store.webhooks.prune(clock.now()) == 1
    assert store.webhooks.counted() == {"waiting": 2}
    assert store.count("outbox") == 3, "one is not due, two are awaited by the endpoint that is down"
    with pytest.raises(NotFoundError):
        store.webhooks.delivery(first.delivery_id)
    line.answers = {}
    run(deliverer)
    clock.move(timedelta(hours=1))
    run(deliverer)
    assert store.webhooks.counted() == {"delivered": 2}
    assert store.webhooks.prune(clock.now() + timedelta(seconds=1)) == 4
    assert (store.count("outbox"), store.webhooks.counted()) == (1, {})
    with store._database.reading() as transaction:
        assert transaction.rows(Statement("SELECT 1 FROM webhook_attempts", "SELECT 1 FROM webhook_attempts")) == []


def test_what_failed_together_does_not_come_back_together(store, deliverers, registry, clock):
    endpoint(registry, "down")
    say(store, *(message(number) for number in range(20)))
    run(deliverers(Line(down=500)))
    due = {one.due_at for one in store.webhooks.page()}
    assert len(due) == 20
    assert all(NOON + timedelta(seconds=3) < one < NOON + timedelta(seconds=7) for one in due)


def test_a_receiver_that_asks_to_be_left_is_left_so_long(store, deliverers, registry, clock):
    endpoint(registry, "busy")
    say(store, message(1))
    line = Line(busy=429)
    line.retry_after = timedelta(minutes=10)
    run(deliverers(line))
    (delivery,) = store.webhooks.page()
    assert delivery.due_at == NOON + timedelta(minutes=10)


def test_an_endpoint_that_is_down_rests_and_keeps_no_other_waiting(store, deliverers, registry, clock):
    down, up = endpoint(registry, "down"), endpoint(registry, "up")
    say(store, *(message(number) for number in range(100)))
    line = Line(down=0)
    deliverer = deliverers(line)
    run(deliverer)
    assert sum(url.endswith("/up") for url, _, _ in line.sent) == 100
    assert sum(url.endswith("/down") for url, _, _ in line.sent) == 32
    resting = store.webhooks.one(down.endpoint_id)
    assert resting.failures == 32
    assert resting.failing_since == NOON
    clock.move(timedelta(minutes=6))
    run(deliverer)
    assert sum(url.endswith("/down") for url, _, _ in line.sent) == 33, "one is enough to see whether it listens"
    line.answers = {}
    clock.move(timedelta(minutes=6))
    run(deliverer)
    clock.move(timedelta(hours=1))
    run(deliverer)
    assert store.webhooks.counted() == {"delivered": 200}
    assert store.webhooks.one(down.endpoint_id).failing_since is None
    assert store.webhooks.one(up.endpoint_id).failures == 0


def test_an_endpoint_that_says_it_is_gone_is_told_no_more(store, deliverers, registry):
    made = endpoint(registry, "gone")
    say(store, message(1), message(2))
    run(deliverers(Line(gone=410)))
    assert store.webhooks.one(made.endpoint_id).state is EndpointState.GONE
    assert set(store.webhooks.counted()) <= {"failed", "cancelled"}
    say(store, message(3))
    assert store.webhooks.fan_out(NOON) == 1
    assert sum(store.webhooks.counted().values()) == 2
    assert store.verify() is None


def test_what_waits_for_an_endpoint_goes_with_it(store, deliverers, registry):
    made = endpoint(registry, "down")
    say(store, message(1))
    line = Line(down=500)
    run(deliverers(line))
    store.webhooks.remove(made.endpoint_id, NOON, "ana")
    assert store.webhooks.counted() == {"cancelled": 1}
    assert store.webhooks.every() == []


def test_workers_side_by_side_never_send_the_same_twice(store, deliverers, registry):
    for name in ("one", "two", "three"):
        endpoint(registry, name)
    say(store, *(message(number) for number in range(60)))
    line = Line()
    several = [deliverers(line) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(run, several))
    assert len(line.sent) == len({(url, name) for url, name, _ in line.sent}) == 180
    assert store.webhooks.counted() == {"delivered": 180}


def test_what_a_worker_took_and_did_not_finish_another_takes_after_its_lease(store, registry, deliverers, clock):
    made = endpoint(registry, "up")
    say(store, message(1))
    store.webhooks.fan_out(NOON)
    assert len(store.webhooks.take(made.endpoint_id, NOON, NOON + LEASE, 10)) == 1
    line = Line()
    run(deliverers(line))
    assert line.sent == []
    clock.move(LEASE)
    run(deliverers(line))
    assert len(line.sent) == 1


def test_a_test_reaches_the_endpoint_that_is_tried_and_no_other(store, registry, deliverers):
    tried, other = endpoint(registry, "tried", "note.open"), endpoint(registry, "other")
    delivery = store.webhooks.tell_alone(tried, trial(tried, NOON), NOON)
    line = Line()
    run(deliverers(line))
    assert [url.rsplit("/", 1)[1] for url, _, _ in line.sent] == ["tried"]
    assert orjson.loads(line.sent[0][2])["type"] == "regua.webhook.test"
    found, tries = store.webhooks.delivery(delivery.delivery_id)
    assert (found.state, len(tries)) == (DeliveryState.DELIVERED, 1)
    assert other.endpoint_id != tried.endpoint_id


def test_a_receiver_that_hangs_holds_no_transaction_open(store, registry, deliverers):
    endpoint(registry, "hanging")
    say(store, message(1))
    hangs, goes_on = threading.Event(), threading.Event()

    class Hanging(Line):
        def send(self, url, headers, body):
            hangs.set()
            assert goes_on.wait(20)
            return super().send(url, headers, body)

    deliverer = deliverers(Hanging())
    working = threading.Thread(target=run, args=(deliverer,))
    working.start()
    try:
        assert hangs.wait(20)
        say(store, message(2))
        assert store.webhooks.fan_out(NOON) == 1
    finally:
        goes_on.set()
        working.join(20)
    assert store.webhooks.counted() == {"delivered": 2}


def test_another_portfolio_sees_and_hears_nothing_of_it(store, registry, deliverers):
    made = endpoint(registry, "mine")
    say(store, message(1))
    other = store.of("other")
    line = Line()
    run(deliverers(line, store=other))
    assert line.sent == []
    assert other.webhooks.every() == []
    with pytest.raises(Exception, match="no webhook endpoint"):
        other.webhooks.one(made.endpoint_id)


def test_the_database_alone_does_not_give_a_secret_away(store, registry):
    made = endpoint(registry, "up")
    (secret,) = registry.secrets(made.endpoint_id)
    sealed = store.webhooks.one(made.endpoint_id).secrets
    assert secret.text.removeprefix("whsec_").encode() not in sealed
    with pytest.raises(Exception, match="another key"):
        Seal(bytes([1]) * 32).open(made.endpoint_id, sealed)
    with pytest.raises(Exception, match="another key"):
        SEAL.open("we_other", sealed)
