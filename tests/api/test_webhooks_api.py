"""Webhook endpoints through the API: looked after by administrators alone, tried, exchanged and told again."""

from datetime import timedelta

import pytest
from standardwebhooks import Webhook

from regua.clock import SystemClock
from serving.access.roles import Role
from serving.work import open_worker
from tests.receiver import Receiver

ENDPOINTS, DELIVERIES = "/v1/webhook-endpoints", "/v1/webhook-deliveries"


@pytest.fixture
def admin(client_of):
    return client_of(Role.ADMIN)


@pytest.fixture
def at_home(service):
    """Let the service call the loopback, which none does unless its settings say so."""
    service.settings = service.settings.model_copy(update={"webhook_networks": ("127.0.0.1/32",)})
    return service


def made(admin, url="https://crm.example.com/regua", **more):
    answer = admin.post(ENDPOINTS, json={"url": url, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def work(service):
    worker, deliverer = open_worker(service)
    worker.run_once()
    deliverer.close()


def test_an_endpoint_is_made_read_changed_and_removed(admin, service):
    one = made(admin, kinds=["permit.open", "permit.*", "permit.open"], about="the CRM")
    assert one["kinds"] == ["permit.*", "permit.open"]
    place = f"{ENDPOINTS}/{one['endpoint_id']}"
    assert admin.get(place).json() == one
    assert admin.get(ENDPOINTS).json() == {"endpoints": [one]}
    changed = admin.patch(place, json={"state": "disabled", "kinds": []}).json()
    assert (changed["state"], changed["kinds"], changed["about"], changed["url"]) == (
        "disabled",
        [],
        "the CRM",
        one["url"],
    )
    assert admin.delete(place).status_code == 204
    assert admin.get(place).status_code == 404
    assert admin.delete(place).status_code == 404
    recorded, _ = service.store.counts.recorded(0, 100)
    assert {kind for kind in recorded if kind.startswith("webhook")} == {
        "webhook.made",
        "webhook.changed",
        "webhook.removed",
    }
    assert service.store.verify() is None


@pytest.mark.parametrize(
    "body",
    [
        {"url": "http://crm.example.com/"},
        {"url": "https://127.0.0.1/"},
        {"url": "https://metadata.google.internal/"},
        {"url": "https://crm.example.com/", "kinds": ["anything"]},
        {"url": "https://crm.example.com/", "kinds": ["permit.open"] * 51},
        {"url": "https://crm.example.com/", "secret": "mine"},
        {"url": "https://crm.example.com/", "about": "ask ana@example.com"},
        {"kinds": []},
    ],
)
def test_an_address_or_kind_that_cannot_be_used_is_refused_and_nothing_is_kept(admin, body):
    answer = admin.post(ENDPOINTS, json=body)
    assert answer.status_code == 422, answer.text
    assert admin.get(ENDPOINTS).json() == {"endpoints": []}


def test_a_change_to_an_address_inside_is_refused_and_the_endpoint_stays_as_it_was(admin):
    one = made(admin)
    place = f"{ENDPOINTS}/{one['endpoint_id']}"
    assert admin.patch(place, json={"url": "https://localhost/"}).status_code == 422
    assert admin.patch(place, json={"state": "gone"}).status_code == 422
    assert admin.get(place).json() == one


def test_no_answer_but_that_of_the_secrets_holds_a_secret(admin):
    one = made(admin)
    place = f"{ENDPOINTS}/{one['endpoint_id']}"
    answer = admin.get(f"{place}/secrets")
    (told,) = answer.json()["secrets"]
    assert told["secret"].startswith("whsec_")
    assert answer.headers["cache-control"] == "no-store"
    for other in (admin.get(place), admin.get(ENDPOINTS), admin.post(f"{place}/rotate")):
        assert "whsec_" not in other.text


def test_a_secret_is_exchanged_for_another_with_a_day_in_which_both_sign(admin, service):
    one = made(admin)
    place = f"{ENDPOINTS}/{one['endpoint_id']}"
    (before,) = admin.get(f"{place}/secrets").json()["secrets"]
    assert admin.post(f"{place}/rotate").status_code == 200
    new, old = admin.get(f"{place}/secrets").json()["secrets"]
    assert old["secret"] == before["secret"]
    assert new["until"] is None
    service.clock.move(timedelta(hours=25))
    assert admin.get(f"{place}/secrets").json()["secrets"] == [new]


def test_a_test_is_delivered_and_told_of_and_may_be_delivered_again(admin, at_home):
    at_home.clock.at = SystemClock().now()
    with Receiver() as receiver:
        one = made(admin, f"{receiver.url}/hooks", kinds=["permit.open"])
        sent = admin.post(f"{ENDPOINTS}/{one['endpoint_id']}/test")
        assert sent.status_code == 202
        work(at_home)
        place = f"{DELIVERIES}/{sent.json()['delivery_id']}"
        found = admin.get(place).json()
        assert (found["state"], [each["status"] for each in found["tries"]]) == ("delivered", [204])
        assert admin.post(f"{place}/redeliver").json()["state"] == "waiting"
        work(at_home)
    secret = admin.get(f"{ENDPOINTS}/{one['endpoint_id']}/secrets").json()["secrets"][0]["secret"]
    told = [Webhook(secret).verify(heard.body, heard.headers) for heard in receiver.heard]
    assert [each["type"] for each in told] == ["regua.webhook.test"] * 2
    assert told[0] == told[1]


def test_the_log_of_deliveries_comes_in_pages_without_gaps_while_it_grows(admin):
    one = made(admin)
    place = f"{ENDPOINTS}/{one['endpoint_id']}/test"
    names = [admin.post(place).json()["delivery_id"] for _ in range(7)]
    found, cursor = [], None
    while True:
        admin.post(place)
        page = admin.get(DELIVERIES, params={"limit": 3} | ({"cursor": cursor} if cursor else {})).json()
        found += [each["delivery_id"] for each in page["results"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found[1:] == names[::-1]
    assert len(found) == 8


def test_identifiers_of_nothing_are_not_found_and_nonsense_does_not_fit(admin):
    for place in (f"{ENDPOINTS}/we_{'0' * 26}", f"{DELIVERIES}/del_{'0' * 26}"):
        assert admin.get(place).status_code == 404
    assert admin.get(f"{ENDPOINTS}/nonsense").status_code == 422
    assert admin.get(DELIVERIES, params={"limit": 1_000}).status_code == 422
