"""Keys through the API: made, shown once, replaced and ended by administrators, who see no business."""

import pytest

from serving.access.roles import Role

KEYS = "/v1/api-keys"


@pytest.fixture
def admin(client_of):
    return client_of(Role.ADMIN)


def bearer(made):
    return {"Authorization": f"Bearer {made['key']}"}


def test_a_key_is_made_shown_once_used_and_ended(admin, client_of):
    made = admin.post(KEYS, json={"name": "crm-recife", "roles": ["crm"], "days": 30}).json()
    nobody = client_of()
    assert nobody.get("/v1/caller").status_code == 401
    caller = nobody.get("/v1/caller", headers=bearer(made)).json()
    assert (caller["name"], caller["roles"], caller["portfolio"]) == ("crm-recife", ["crm"], "main")
    assert "POST /v1/decisions" in caller["operations"]
    assert "POST /v1/api-keys" not in caller["operations"]
    kept = admin.get(f"{KEYS}/{made['key_id']}")
    assert made["key"] not in kept.text
    assert kept.json()["last_used_at"]
    assert admin.delete(f"{KEYS}/{made['key_id']}").json()["revoked_by"] == "a-test"
    assert nobody.get("/v1/caller", headers=bearer(made)).status_code == 401


def test_a_key_is_replaced_without_a_call_that_fails(admin, client_of):
    old = admin.post(KEYS, json={"name": "crm", "roles": ["crm"]}).json()
    new = admin.post(f"{KEYS}/{old['key_id']}/rotate", json={"overlap_days": 1}).json()
    answers = [client_of().get("/v1/caller", headers=bearer(one)).json() for one in (old, new)]
    assert answers[0] == answers[1]
    assert new["key"] != old["key"]


def test_the_list_of_keys_goes_on_where_it_ended_and_shows_none_of_them(admin):
    made = [admin.post(KEYS, json={"name": f"n{number}", "roles": ["auditor"]}).json() for number in range(5)]
    seen, cursor = [], None
    while cursor is not None or not seen:
        told = admin.get(KEYS, params={"limit": 2} | ({"cursor": cursor} if cursor else {}))
        assert not any(one["key"] in told.text for one in made)
        seen += [one["key_id"] for one in told.json()["results"]]
        cursor = told.json()["next_cursor"]
    assert {one["key_id"] for one in made} < set(seen)
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    "body",
    [
        {"name": "Ana Souza", "roles": ["crm"]},
        {"name": "ana", "roles": []},
        {"name": "ana", "roles": ["root"]},
        {"name": "ana", "roles": ["admin", "approver"]},
        {"name": "ana", "roles": ["crm"], "days": 0},
        {"name": "ana", "roles": ["crm"], "key": "rg_live_mine"},
    ],
)
def test_a_key_nobody_should_have_is_refused_and_nothing_is_kept(admin, service, body):
    before = service.store.callers.all()
    assert admin.post(KEYS, json=body).status_code == 422
    assert [key.key_id for key in service.store.callers.all()] == [key.key_id for key in before]


def test_the_last_admin_cannot_lock_everybody_out(admin, service):
    (own,) = service.store.callers.all()
    answer = admin.delete(f"{KEYS}/{own.key_id}")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


def test_every_answer_forbids_to_be_kept_framed_or_guessed_at(admin, client_of):
    for answer in (admin.get("/v1/caller"), client_of().get("/v1/caller"), client_of().get("/healthz")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
        allowed = dict(one.strip().split(" ", 1) for one in answer.headers["content-security-policy"].split(";"))
        assert allowed == dict.fromkeys(("default-src", "base-uri", "form-action", "frame-ancestors"), "'none'")
    assert client_of().get("/v1/caller").headers["www-authenticate"].startswith("Bearer")


def test_a_caller_is_told_what_is_left_of_its_minute_and_when_to_come_again(service, client_of):
    shown = service.access.give("busy", {Role.CRM}, "tests", requests_per_minute=3)
    busy = client_of()
    busy.headers["Authorization"] = f"Bearer {shown.text}"
    answers = [busy.get("/v1/caller") for _ in range(5)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429, 429]
    assert answers[0].headers["ratelimit-policy"] == '"minute";q=3;w=60'
    assert answers[0].headers["ratelimit"].startswith('"minute";r=2;')
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert answers[-1].json()["type"] == "/v1/problems/limited"
    paid = {"event_id": "p1", "kind": "payment", "customer_id": "c0000001", "amount_cents": 100}
    assert busy.post("/v1/events", json=paid | {"happened_at": "2026-03-04T09:30:00-03:00"}).status_code == 200
    assert client_of(Role.CRM).get("/v1/caller").status_code == 200
