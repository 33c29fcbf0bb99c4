"""While payments are late, the hour is doubtful or no model answers, less is done, and it passes by itself."""

from datetime import datetime, timedelta

import pytest

from regua.clock import SystemClock
from serving.access.roles import Role
from serving.degrading.standing import Standing

NAMES = [f"c{number:07d}" for number in range(1, 121)]


def decide(client, names=NAMES):
    answer = client.post("/v1/decisions", json={"customer_ids": names})
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


def permits(results):
    return [one["decision"]["permit"] for one in results if one["decision"]["permit"]]


@pytest.fixture
def billing(client_of):
    return client_of(Role.EVENT_SOURCE)


def heartbeat(client, as_of, feed="payments"):
    return client.put(f"/v1/feeds/{feed}", json={"as_of": as_of.isoformat()})


def test_a_feed_nobody_ever_heard_is_not_waited_for(crm):
    assert permits(decide(crm))
    assert crm.get("/v1/feeds").json() == {"feeds": []}


def test_while_payments_are_late_nobody_is_contacted_and_what_was_permitted_waits(crm, billing, service, client_of):
    now = service.clock.now()
    assert heartbeat(billing, now).json()["is_late"] is False
    open_ones = [one for one in permits(decide(crm, NAMES[:60])) if datetime.fromisoformat(one["not_before"]) <= now]
    service.clock.move(timedelta(minutes=31))
    late = decide(crm, NAMES[60:])
    assert permits(late) == []
    for one in late:
        assert "payments_stale" in one["decision"]["degraded"]
        assert "payments_stale" in {reason["code"] for reason in one["decision"]["reasons"]}
        assert one["retry_at"] > one["decision"]["decided_at"]
    assert crm.get("/readyz").json()["contacts_stopped_by"] == ["payments_stale"]
    refused = crm.post(f"/v1/permits/{open_ones[0]['id']}/claim")
    assert (refused.status_code, refused.json()["reason"]) == (409, "payments_stale")
    told = client_of(Role.AUDITOR).get("/v1/status").json()["degraded"]
    assert ("feeds", "payments_stale", "payments") in {(one["part"], one["code"], one["name"]) for one in told}
    heartbeat(billing, service.clock.now())
    assert crm.post(f"/v1/permits/{open_ones[0]['id']}/claim").status_code == 200
    again = decide(crm, NAMES[60:])
    assert permits(again)
    assert all(one["retry_at"] is None for one in again)


def test_what_a_feed_says_out_of_order_never_takes_it_back_and_the_future_is_refused(billing, service):
    now = service.clock.now()
    heartbeat(billing, now)
    assert heartbeat(billing, now - timedelta(hours=2)).json()["is_late"] is False
    assert heartbeat(billing, now + timedelta(hours=2)).json()["param"] == "/as_of"


def test_a_feed_that_has_to_be_there_stops_contacts_until_it_is_heard(crm, billing, service):
    settings = service.settings.model_copy(update={"needed_feeds": ("payments",)})
    service.standing = service.pipeline.standing = Standing(settings, service.store, service.clock)
    assert permits(decide(crm)) == []
    heartbeat(billing, service.clock.now())
    assert permits(decide(crm))


class Machine(SystemClock):
    """The machine's clock, set wrong."""

    wrong_by = timedelta(0)

    def now(self):
        return super().now() + self.wrong_by


def test_a_clock_that_jumps_is_not_trusted_and_is_again_when_it_is_set_right(service):
    clock = Machine()
    standing = Standing(service.settings, service.store, clock)
    assert standing.stops(service.clock.now(), service.book) == ()
    clock.wrong_by = timedelta(seconds=2.5)
    assert standing.stops(service.clock.now(), service.book) == ("clock_untrusted",)
    clock.wrong_by = timedelta(seconds=1)
    assert standing.stops(service.clock.now(), service.book) == ()


def test_a_moment_that_was_set_on_purpose_is_taken_at_its_word(service):
    standing = Standing(service.settings, service.store, service.clock)
    service.clock.move(timedelta(days=3))
    assert standing.stops(service.clock.now(), service.book) == ()


def test_a_model_that_fails_is_stood_in_for_and_the_decision_is_made_again_byte_for_byte(crm, service):
    from serving.proving.replay import Replayer
    from serving.scoring.scorer import Scorer

    class Broken(Scorer):
        def score(self, columns):
            raise RuntimeError("a tree points nowhere")

    service.releases._scorer = Broken(None)
    results = decide(crm, NAMES[:30])
    assert all("model_unavailable" in one["decision"]["degraded"] for one in results)
    replayer = Replayer(service.store, service.settings)
    assert all(replayer.replay(one["decision"]["decision_id"]).is_equal for one in results)
