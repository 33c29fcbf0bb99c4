"""A customer as the service sees one: shown to those who may, freed from contacts, contested, and erased."""

from datetime import timedelta

import orjson
import pytest

from serving.access.roles import Role
from serving.proving.signing import Signer

ANA, BIA = "c0000001", "c0000002"


def decide(client, *customers):
    answer = client.post("/v1/decisions", json={"customer_ids": list(customers)})
    assert answer.status_code == 200, answer.text
    return {one["customer_id"]: one["decision"] for one in answer.json()["results"]}


def codes(decision):
    return {reason["code"] for reason in decision["reasons"]}


@pytest.fixture
def officer(client_of):
    return client_of(Role.PRIVACY_OFFICER)


def test_a_customer_is_shown_as_the_next_decision_sees_them_and_masked_where_it_must_be(crm, client_of):
    whole = crm.get(f"/v1/customers/{ANA}").json()
    assert whole["has_profile"]
    by_name = {one["name"]: one for one in whole["features"]}
    assert by_name["days_past_due"]["state"] == "fresh"
    assert not any(one["is_masked"] for one in whole["features"])
    strategist = client_of(Role.STRATEGIST).get(f"/v1/customers/{ANA}").json()
    hidden = {one["name"] for one in strategist["features"] if one["is_masked"]}
    assert "customer_balance_overdue_cents" in hidden
    assert all(one["value"] is None for one in strategist["features"] if one["is_masked"])
    assert crm.get("/v1/customers/nobody-here").status_code == 404
    assert crm.get("/v1/customers/529.982.247-25").json()["code"] == "personal_data"


def test_a_hold_closes_every_window_until_it_is_lifted(crm):
    answer = crm.post(f"/v1/customers/{ANA}/holds", json={"kind": "vulnerable"})
    assert answer.status_code == 201, answer.text
    windows = crm.get(f"/v1/customers/{ANA}/contact-windows").json()["channels"]
    assert {one["channel"] for one in windows} >= {"sms", "call", "email"}
    assert all(not one["is_permitted"] for one in windows)
    assert {rail["guardrail"] for one in windows for rail in one["blocked_by"]} & {"holds", "vulnerable"}
    hold_id = answer.json()["data"]["hold_id"]
    assert crm.delete(f"/v1/customers/{BIA}/holds/{hold_id}").status_code == 404
    assert crm.delete(f"/v1/customers/{ANA}/holds/{hold_id}").status_code == 200
    kinds = [one["what"] for one in crm.get(f"/v1/customers/{ANA}/timeline").json()["results"]]
    assert set(kinds) == {"hold_placed", "hold_lifted"}


def test_a_no_to_a_channel_is_kept_once_however_often_it_is_told_under_one_key(crm):
    asked = {"json": {"is_granted": False}, "headers": {"Idempotency-Key": "no-sms"}}
    first, again = (crm.put(f"/v1/customers/{ANA}/consents/sms", **asked) for _ in range(2))
    assert first.status_code == 200, first.text
    assert first.content == again.content
    entries = crm.get(f"/v1/customers/{ANA}/timeline", params={"limit": 1}).json()
    assert [one["what"] for one in entries["results"]] == ["opted_out"]
    sms = next(
        one for one in crm.get(f"/v1/customers/{ANA}/contact-windows").json()["channels"] if one["channel"] == "sms"
    )
    assert "consent" in {rail["guardrail"] for rail in sms["blocked_by"]}


def test_pages_of_a_timeline_neither_lose_nor_repeat_anything(crm, service):
    for number in range(5):
        crm.post("/v1/events", json=paid(ANA, number, service))
    seen, cursor = [], None
    while cursor or not seen:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        found = crm.get(f"/v1/customers/{ANA}/timeline", params=params).json()
        seen += [one["id"] for one in found["results"]]
        cursor = found["next_cursor"]
        crm.post("/v1/events", json=paid(ANA, 100 + len(seen), service))
    assert sorted(seen) == [f"e{number}" for number in range(5)]


def paid(customer_id, number, service):
    at = service.clock.now() - timedelta(minutes=10) + timedelta(seconds=number)
    event = {"event_id": f"e{number}", "kind": "payment", "customer_id": customer_id, "amount_cents": 100}
    return event | {"happened_at": at.isoformat()}


def test_a_decision_has_a_signed_receipt_and_replays_byte_for_byte(crm, service):
    decision = decide(crm, ANA)[ANA]
    path = f"/v1/decisions/{decision['decision_id']}"
    receipt = crm.get(f"{path}/receipt").json()
    signer = Signer(service.settings.keys)
    assert signer.is_signed(receipt)
    assert not signer.is_signed(receipt | {"action": "sms/other"})
    assert crm.get(f"{path}/receipt").json() == receipt
    replayed = crm.post(f"{path}/replay").json()
    assert (replayed["is_equal"], replayed["difference"]) == (True, None)


def test_a_contested_decision_holds_every_contact_until_a_person_has_decided(crm, officer, service):
    decision = decide(crm, ANA)[ANA]
    path = f"/v1/decisions/{decision['decision_id']}/review-requests"
    assert crm.post(path, json={"grounds": "call ana@example.com"}).json()["code"] == "personal_data"
    opened = crm.post(path, json={"grounds": "It was paid in February."})
    assert opened.status_code == 201, opened.text
    review = opened.json()
    assert crm.post(path, json={"grounds": "Again."}).status_code == 409
    service.clock.move(timedelta(minutes=1))
    assert decide(crm, ANA)[ANA]["channel"] is None
    listed = officer.get("/v1/review-requests").json()["results"]
    assert [(one["review_id"], one["is_late"]) for one in listed] == [(review["review_id"], False)]
    service.clock.move(timedelta(days=16))
    assert officer.get(f"/v1/review-requests/{review['review_id']}").json()["is_late"]
    told = {"outcome": "changed", "explanation": "The payment was found."}
    closed = officer.post(f"/v1/review-requests/{review['review_id']}/outcome", json=told)
    assert closed.json()["state"] == "changed", closed.text
    assert officer.post(f"/v1/review-requests/{review['review_id']}/outcome", json=told).status_code == 409
    kinds = [record.kind for record in service.store.trail.records()]
    assert {"review.open", "review.changed"} <= set(kinds)
    assert service.store.verify() is None


def test_somebody_erased_is_nobody_the_service_knows(service, crm, officer):
    before = decide(crm, ANA, BIA)
    assert "no_profile" not in codes(before[ANA])
    exported = officer.get(f"/v1/customers/{ANA}/export").json()
    assert exported["decisions"] == [before[ANA]]
    checkpoint = officer.post("/v1/audit-log/checkpoints")
    assert checkpoint.status_code == 201, checkpoint.text
    assert officer.get("/v1/audit-log/checkpoints").json()["results"] == [checkpoint.json()]
    erased = officer.post(f"/v1/customers/{ANA}/erasure-requests")
    assert erased.status_code == 201, erased.text
    service.clock.move(timedelta(minutes=1))
    after = decide(crm, ANA)[ANA]
    assert after["action"] == "nothing"
    assert "no_profile" in codes(after)
    name = before[ANA]["decision_id"]
    for path in (f"/v1/decisions/{name}", f"/v1/decisions/{name}/receipt"):
        assert (crm.get(path).status_code, crm.get(path).json()["code"]) == (410, "erased")
    assert crm.post(f"/v1/decisions/{name}/replay").json()["is_erased"]
    kept = crm.get(f"/v1/decisions/{before[BIA]['decision_id']}").content
    assert kept == orjson.dumps(before[BIA], option=orjson.OPT_SORT_KEYS)
    verified = officer.post("/v1/audit-log/verifications").json()
    assert (verified["is_whole"], verified["checkpoints"]) == (True, 1)
    assert "erasure" in {one["kind"] for one in officer.get("/v1/audit-log").json()["results"]}
