"""Events in CloudEvents' envelope: one event by any road, known again by its source and identifier."""

from urllib.parse import quote

import orjson
import pytest

EVENTS = "/v1/events"
ONE = {"content-type": "application/cloudevents+json"}
SEVERAL = {"content-type": "application/cloudevents-batch+json; charset=utf-8"}


def cloud_event(event_id="e1", **changes):
    told = {
        "specversion": "1.0",
        "id": event_id,
        "source": "/crm/payments",
        "type": "regua.payment",
        "subject": "c0000001",
        "time": "2026-03-04T09:30:00-03:00",
        "data": {"amount_cents": 1_000, "payment_id": "p1", "method": "pix"},
    }
    return {name: value for name, value in (told | changes).items() if value is not None}


def post(client, told, headers=ONE):
    return client.post(EVENTS, content=orjson.dumps(told), headers=headers)


def statuses(answer):
    assert answer.status_code == 200, answer.text
    return [one["status"] for one in answer.json()["results"]]


def kept(service):
    at = service.clock.now()
    return service.store.events_of("c0000001", at.replace(year=2020), at)


def test_one_and_several_are_taken_and_kept_once(crm, service):
    assert statuses(post(crm, cloud_event())) == ["accepted"]
    assert statuses(post(crm, [cloud_event(), cloud_event("e2")], SEVERAL)) == ["duplicate", "accepted"]
    assert statuses(crm.post(EVENTS, json=cloud_event("e2"))) == ["duplicate"]
    assert statuses(post(crm, [], SEVERAL)) == []
    first, _ = kept(service)
    assert (first.kind, first.amount_cents, first.data) == ("payment", 1_000, {"payment_id": "p1", "method": "pix"})


def test_two_sources_may_use_one_identifier(crm, service):
    told = [cloud_event(), cloud_event(source="/billing"), cloud_event(data={"amount_cents": 2})]
    answer = post(crm, told, SEVERAL)
    assert statuses(answer) == ["accepted", "accepted", "conflict"]
    assert [one["source"] for one in answer.json()["results"]] == ["/crm/payments", "/billing", "/crm/payments"]
    assert len(kept(service)) == 2


def test_what_only_travels_with_an_event_is_no_part_of_it(crm):
    assert statuses(post(crm, cloud_event(traceparent="00-ab-cd-01", sequence=7))) == ["accepted"]
    assert statuses(post(crm, cloud_event(traceparent="00-ef-01-01", dataschema="urn:x"))) == ["duplicate"]


def test_it_is_the_same_event_as_ours_told_without_an_envelope(crm):
    plain = {
        "event_id": "e1",
        "kind": "payment",
        "customer_id": "c0000001",
        "happened_at": "2026-03-04T12:30:00Z",
        "amount_cents": 1_000,
        "data": {"payment_id": "p1", "method": "pix"},
    }
    assert statuses(crm.post(EVENTS, json=plain)) == ["accepted"]
    assert statuses(post(crm, cloud_event(source="crm"))) == ["duplicate"]


@pytest.mark.parametrize(
    ("bad", "param"),
    [
        ({"specversion": "0.3"}, "/specversion"),
        ({"specversion": None}, None),
        ({"id": ""}, "/id"),
        ({"source": "with a space"}, "/source"),
        ({"source": None}, "/source"),
        ({"type": "com.example.paid"}, "/type"),
        ({"type": "payment"}, "/type"),
        ({"subject": None}, "/subject"),
        ({"time": "2026-03-04T09:30:00"}, "/time"),
        ({"time": "2026-03-05T09:30:00Z"}, "/time"),
        ({"time": None}, "/time"),
        ({"datacontenttype": "text/xml"}, "/datacontenttype"),
        ({"data": {"amount_cents": "1000"}}, "/data/amount_cents"),
        ({"data": {}}, "/data/amount_cents"),
        ({"data": "PGE+"}, "/data"),
        ({"data_base64": "PGE+"}, None),
        ({"type": "regua.contact_sent", "data": {}}, "/data/channel"),
        ({"type": "regua.hold_placed", "data": {"kind": "holiday"}}, "/data/kind"),
    ],
)
def test_an_envelope_that_is_wrong_is_told_where_and_kept_in_quarantine(crm, service, bad, param):
    answer = post(crm, cloud_event(**bad))
    assert answer.status_code == 422
    assert param is None or answer.json()["param"] == param
    assert len(service.store.refused()) == 1
    assert service.store.count("events") == 0


def test_one_bad_event_never_stops_a_batch(crm):
    told = [cloud_event("e1"), {"event_id": "not an envelope"}, 7, cloud_event("e2", type="x"), cloud_event("e3")]
    assert statuses(post(crm, told, SEVERAL)) == ["accepted", "refused", "refused", "refused", "accepted"]


def test_a_list_is_not_one_event_and_one_event_is_no_list(crm):
    assert post(crm, [cloud_event()], ONE).status_code == 422
    assert post(crm, cloud_event(), SEVERAL).status_code == 422
    assert crm.post(EVENTS, content=b"<a/>", headers={"content-type": "text/xml"}).status_code == 415


@pytest.mark.parametrize(
    ("source", "event_id"),
    [("/crm/payments", "e1"), ("crm", "e 1"), ("https://bank.example/crm", "2026/e1"), ("a/b", "c")],
)
def test_an_event_is_read_back_as_it_was_told(crm, source, event_id):
    told = cloud_event(event_id, source=source)
    assert statuses(post(crm, told)) == ["accepted"]
    for address in (f"{quote(source, safe='')}/{quote(event_id, safe='')}", f"{source}/{quote(event_id)}"):
        answer = crm.get(f"{EVENTS}/{address}")
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/cloudevents+json"
        found = answer.json()
        assert found.pop("knowntime") == "2026-03-04T13:00:00Z"
        assert found == told | {"time": "2026-03-04T12:30:00Z", "datacontenttype": "application/json"}
    assert crm.get(f"{EVENTS}/elsewhere/{quote(event_id)}").status_code == 404
