"""Permits over the wire: what a CRM claims, what it is refused, what it says became of a contact."""

from datetime import timedelta
from uuid import uuid4

import pytest

from serving.store.switches import Scope

NAMES = [f"c{number:07d}" for number in range(1, 120)]


@pytest.fixture
def open_permits(crm, service):
    """Permits that may be claimed now, as the CRM was told of them."""
    results = decide(crm)["results"]
    permits = [one["decision"]["permit"] for one in results if one["decision"]["permit"]]
    now = service.clock.now().isoformat().replace("+00:00", "Z")
    found = [one["id"] for one in permits if one["not_before"] <= now]
    assert len(found) > 4
    return found


def decide(crm, **how):
    answer = crm.post("/v1/decisions", json={"customer_ids": NAMES, **how})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_claim_is_granted_once_and_repeated_under_its_key_it_is_the_same_answer(crm, open_permits):
    path, key = f"/v1/permits/{open_permits[0]}/claim", {"Idempotency-Key": uuid4().hex}
    granted = crm.post(path, headers=key)
    assert (granted.status_code, granted.json()["state"]) == (200, "claimed")
    assert granted.json()["changed_by"]
    replayed = crm.post(path, headers=key)
    assert replayed.content == granted.content
    assert replayed.headers["idempotency-replayed"] == "true"
    again = crm.post(path)
    assert (again.status_code, again.json()["code"], again.json()["reason"]) == (
        409,
        "permit_refused",
        "permit_claimed",
    )


def test_what_a_rule_refuses_is_told_with_its_reason_and_stays_revoked_even_under_a_key(crm, service, open_permits):
    permit = crm.get(f"/v1/permits/{open_permits[0]}").json()
    happened_at = service.clock.now().isoformat()
    opt_out = {"event_id": "e1", "kind": "opted_out", "customer_id": permit["customer_id"], "happened_at": happened_at}
    assert crm.post("/v1/events", json=opt_out).status_code == 200
    refused = crm.post(f"/v1/permits/{permit['id']}/claim", headers={"Idempotency-Key": uuid4().hex})
    assert (refused.status_code, refused.json()["reason"]) == (409, "permit_revoked")
    stands = crm.get(f"/v1/permits/{permit['id']}").json()
    assert (stands["state"], stands["reason"]) == ("revoked", "opted_out")


def test_a_refusal_changes_the_permit_though_no_key_keeps_it(crm, service, open_permits):
    path, key = f"/v1/permits/{open_permits[1]}", {"Idempotency-Key": uuid4().hex}
    service.clock.move(timedelta(hours=14))
    late = crm.post(f"{path}/claim", headers=key)
    assert (late.status_code, late.json()["reason"]) == (409, "permit_expired")
    assert crm.get(path).json()["state"] == "expired"
    assert "idempotency-replayed" not in crm.post(f"{path}/claim", headers=key).headers


def test_what_a_sender_says_of_a_contact_stands(crm, open_permits):
    first, second = (f"/v1/permits/{name}" for name in open_permits[:2])
    assert crm.post(f"{first}/claim").status_code == 200
    assert crm.post(f"{first}/release", json={"outcome": "unknown"}).json()["state"] == "unknown"
    assert crm.post(f"{first}/claim").status_code == 409
    assert crm.post(f"{second}/release", json={"outcome": "not_sent"}).json()["state"] == "released"
    wrong = crm.post(f"{second}/release", json={"outcome": "sent"})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "conflict")
    assert crm.post(f"{second}/release", json={"outcome": "perhaps"}).status_code == 422


def test_a_permit_of_nobody_is_not_found(crm):
    absent = "/v1/permits/per_" + "0" * 26
    assert crm.get(absent).status_code == 404
    assert crm.post(f"{absent}/claim").status_code == 404
    assert crm.get("/v1/permits/per_1").status_code == 422


def test_a_caller_that_cannot_ask_twice_is_told_which_permits_are_its_own(crm):
    first, again = decide(crm, auto_claim=True), decide(crm, auto_claim=True)
    mine = [one for one in first["results"] if one["is_claimed"]]
    assert mine
    assert all(one["decision"]["permit"] for one in mine)
    assert not any(one["is_claimed"] for one in again["results"])
    path = f"/v1/permits/{mine[0]['decision']['permit']['id']}"
    assert crm.get(path).json()["reason"] == "auto_claim"
    assert crm.post(f"{path}/claim").status_code == 409


def test_shadows_and_dry_runs_permit_nothing(crm, service):
    shadow, dry = decide(crm, mode="shadow"), decide(crm, mode="dry_run")
    for answer in (shadow, dry):
        decisions = [one["decision"] for one in answer["results"]]
        assert any(one["channel"] for one in decisions)
        assert not any(one["permit"] for one in decisions)
    assert service.store.count("permits") == service.store.count("decisions") == 0
    kept = shadow["results"][0]["decision"]
    assert crm.get(f"/v1/decisions/{kept['decision_id']}").json() == kept
    refused = crm.post("/v1/decisions", json={"customer_ids": NAMES, "mode": "shadow", "auto_claim": True})
    assert refused.status_code == 422


def test_no_permit_is_claimed_of_what_was_stopped(crm, service, open_permits):
    first, second = (crm.get(f"/v1/permits/{name}").json() for name in open_permits[:2])
    stop = {"by": "ana", "reason": "wrong link", "at": service.clock.now()}
    service.switches.stop(Scope.CHANNEL, first["channel"], **stop)
    refused = crm.post(f"/v1/permits/{first['id']}/claim")
    assert (refused.status_code, refused.json()["reason"]) == (409, "channel_stopped")
    service.switches.stop(Scope.PORTFOLIO, "", **stop)
    assert crm.post(f"/v1/permits/{second['id']}/claim").status_code == 409
    assert not [one for one in service.store.permits.of(NAMES) if one.state == "claimed"]


def test_what_is_stopped_is_not_decided_for_and_says_so(crm, service):
    service.switches.stop(Scope.PORTFOLIO, "", by="ana", reason="wrong link", at=service.clock.now())
    results = decide(crm, auto_claim=True)["results"]
    assert not any(one["decision"]["permit"] or one["is_claimed"] for one in results)
    told = {reason["code"] for one in results for reason in one["decision"]["reasons"]}
    assert "blocked_kill_switch" in told
    assert service.store.permits.of(NAMES) == []
