"""What an operator sees: figures without anybody in them, and what is degraded since when."""

import re
from datetime import timedelta

import pytest

from serving.access.roles import Role
from serving.store import Message, outbox
from serving.store.switches import Scope
from serving.webhooks.addresses import Guard
from serving.webhooks.registering import Registry
from serving.webhooks.sealing import Seal


def figure(page, name):
    found = re.search(rf"^{re.escape(name)} (\S+)$", page, re.M)
    assert found, f"no {name} in\n{page}"
    return float(found[1])


@pytest.fixture
def auditor(client_of):
    return client_of(Role.AUDITOR)


def status(client):
    answer = client.get("/v1/status").json()
    return answer["status"], {(one["part"], one["code"], one["name"]): one["since"] for one in answer["degraded"]}


def test_requests_decisions_and_events_are_counted_by_operation_status_and_code(crm):
    names = [f"c{number:07d}" for number in range(1, 21)]
    decided = crm.post("/v1/decisions", json={"customer_ids": names})
    assert decided.status_code == 200
    crm.post("/v1/decisions", json={"customer_ids": []})
    crm.get("/v1/decisions/dec_" + "0" * 26)
    crm.get("/nowhere")
    page = crm.get("/metrics").text
    assert figure(page, 'regua_request_seconds_count{operation="decide",status="200"}') == 1
    assert figure(page, 'regua_request_seconds_count{operation="decide",status="422"}') == 1
    assert figure(page, 'regua_request_seconds_count{operation="decision",status="404"}') == 1
    assert figure(page, 'regua_request_seconds_count{operation="none",status="404"}') == 1
    codes = [reason["code"] for one in decided.json()["results"] for reason in one["decision"]["reasons"]]
    assert figure(page, f'regua_reasons_total{{code="{codes[0]}"}}') == codes.count(codes[0])
    actions = [one["decision"]["channel"] or "nothing" for one in decided.json()["results"]]
    assert figure(page, f'regua_decisions_total{{channel="{actions[0]}"}}') == actions.count(actions[0])
    assert figure(page, 'regua_recorded_total{kind="decision"}') == 20
    assert figure(page, "regua_store_up") == 1


def test_no_figure_and_no_label_tells_of_a_customer_or_repeats_what_a_caller_sent(crm):
    crm.post("/v1/decisions", json={"customer_ids": ["c0000007", "canary-customer"]})
    crm.get("/v1/decisions/canary-decision")
    crm.get("/canary-path", headers={"x-request-id": "canary-request"})
    page = crm.get("/metrics").text
    assert "canary" not in page
    assert "c0000007" not in page


def test_where_all_is_well_the_status_says_so(auditor):
    assert status(auditor) == ("ok", {})


def test_status_and_readiness_name_the_release_the_book_and_the_policies_at_work(auditor, service):
    at_work = auditor.get("/v1/status").json()["at_work"]
    ready = auditor.get("/readyz").json()
    assert (at_work["release_id"], at_work["has_models"]) == ("none", False)
    assert at_work["book_digest"] == service.book.digest == ready["parts"]["book"]["digest"]
    assert at_work["policy_digest"] == ready["parts"]["book"]["policy_digest"]
    assert ready["contacts_stopped_by"] == []
    service.store.close()
    away = auditor.get("/readyz").json()["parts"]["book"]
    assert (away["is_ready"], away["digest"]) == (False, service.book.digest)


def test_messages_that_nobody_hands_on_are_degraded_since_the_oldest_was_due(auditor, service):
    now = service.clock.now()
    with service.store._database.writing() as transaction:
        for minutes in (3, 2):
            told = Message(f"m{minutes}", "permit.open", "per", now - timedelta(minutes=minutes), b"{}")
            outbox.keep(transaction, service.store.portfolio, [told])
    word, found = status(auditor)
    assert word == "degraded"
    assert list(found) == [("webhooks", "messages_waiting", None)]
    assert found[("webhooks", "messages_waiting", None)] == (now - timedelta(minutes=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
    page = auditor.get("/metrics").text
    assert figure(page, "regua_outbox_messages") == 2
    assert figure(page, "regua_outbox_oldest_seconds") == 180
    service.store.webhooks.fan_out(now)
    assert status(auditor) == ("ok", {})


def test_an_endpoint_that_does_not_listen_and_a_stop_are_told_by_name(auditor, service):
    from dataclasses import replace

    now = service.clock.now()
    made = Registry(service.store, Guard(), Seal(bytes(32))).make("https://crm.example.com/", [], "", now, "ana")
    service.store.webhooks.change(replace(made, failures=3, failing_since=now))
    service.store.switches.stop(Scope.CHANNEL, "sms", by="ana", reason="a wrong text", at=now)
    _, found = status(auditor)
    assert set(found) == {("webhooks", "endpoint_failing", made.endpoint_id), ("switches", "stopped", "channel:sms")}


def test_a_part_that_fails_is_degraded_since_it_was_first_seen_and_no_more_when_it_is_back(auditor, service):
    profiles = service.pipeline.profiles

    class Away:
        def read(self, *_):
            raise OSError("gone")

    service.pipeline.profiles = Away()
    first = status(auditor)
    service.clock.move(timedelta(minutes=5))
    assert status(auditor) == first
    assert first[0] == "degraded"
    assert list(first[1]) == [("profiles", "unavailable", None)]
    service.pipeline.profiles = profiles
    assert status(auditor) == ("ok", {})
    service.clock.move(timedelta(minutes=5))
    service.pipeline.profiles = Away()
    assert status(auditor)[1] != first[1]


def test_a_store_that_is_away_takes_neither_the_figures_nor_the_status_with_it(auditor, service):
    service.store.close()
    page = auditor.get("/metrics").text
    assert figure(page, "regua_store_up") == 0
