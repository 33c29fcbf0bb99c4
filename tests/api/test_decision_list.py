"""Decisions are found again by what they have in common, and each is told in words to who may hear them."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta

import orjson
import pytest

from serving.access.roles import Role
from serving.proving import explaining
from serving.proving.replay import Replayer
from serving.proving.telling import Teller

NAMES = [f"c{number:07d}" for number in range(1, 61)]


def decide(client, names=NAMES):
    answer = client.post("/v1/decisions", json={"customer_ids": names})
    assert answer.status_code == 200, answer.text
    return [one["decision"] for one in answer.json()["results"]]


def listed(client, **asked):
    found = []
    while True:
        answer = client.get("/v1/decisions", params=asked)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        found += told["results"]
        if not told["has_more"]:
            return found
        asked["cursor"] = told["next_cursor"]


def test_decisions_are_listed_newest_first_and_none_is_lost_while_more_are_made(crm, service):
    made = decide(crm)
    first = crm.get("/v1/decisions", params={"limit": 7}).json()
    service.clock.move(timedelta(hours=1))
    decide(crm, NAMES[:5])
    rest = listed(crm, limit=7, cursor=first["next_cursor"])
    seen = [one["decision_id"] for one in [*first["results"], *rest]]
    assert seen == [one["decision_id"] for one in reversed(made)]
    newest = listed(crm, limit=5)[:5]
    assert [one["customer_id"] for one in newest] == NAMES[4::-1]
    assert newest[0].keys() == {
        *("decision_id", "customer_id", "decided_at", "action", "channel"),
        *("send_at", "journey", "release_id", "book_digest", "is_erased"),
    }


def test_a_list_is_narrowed_by_all_that_is_asked(crm, service):
    made = decide(crm)
    began = service.clock.now()
    service.clock.move(timedelta(hours=2))
    later = decide(crm, NAMES[:9])
    everything = made + later
    contact = next(one for one in made if one["channel"])
    instant = (began + timedelta(hours=1)).isoformat()
    for asked, fits in (
        ({"customer_id": NAMES[0]}, lambda one: one["customer_id"] == NAMES[0]),
        ({"action": "nothing"}, lambda one: one["action"] == "nothing"),
        ({"action": contact["action"]}, lambda one: one["action"] == contact["action"]),
        ({"channel": contact["channel"]}, lambda one: one["channel"] == contact["channel"]),
        (
            {"journey": contact["journey"]["name"]},
            lambda one: one["journey"] and one["journey"]["name"] == contact["journey"]["name"],
        ),
        ({"since": instant}, lambda one: one in later),
        ({"until": instant, "action": "nothing"}, lambda one: one in made and one["action"] == "nothing"),
    ):
        found = {one["decision_id"] for one in listed(crm, limit=11, **asked)}
        assert found == {one["decision_id"] for one in everything if fits(one)}, asked
        assert found


def test_what_was_erased_is_listed_as_that(crm, client_of):
    decide(crm, NAMES[:3])
    client_of(Role.PRIVACY_OFFICER).post(f"/v1/customers/{NAMES[1]}/erasure-requests")
    assert [one["is_erased"] for one in listed(crm)] == [False, True, False]


@pytest.mark.parametrize(
    "asked",
    [
        {"channel": "pigeon"},
        {"since": "yesterday"},
        {"since": "20260304"},
        {"until": "22"},
        {"since": "2026-03-04T13:00:00"},
        {"until": "0001-01-01T00:00:00+14:00"},
        {"since": "9999-12-31T23:59:59-14:00"},
        {"customer_id": "529.982.247-25"},
        {"action": "drop table"},
    ],
)
def test_a_filter_that_cannot_be_is_refused(crm, asked):
    assert crm.get("/v1/decisions", params=asked).status_code == 422


def test_a_cursor_somebody_has_written_is_refused(crm):
    decide(crm, NAMES[:2])
    cursor = crm.get("/v1/decisions", params={"limit": 1}).json()["next_cursor"]
    mark, _ = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    for position in (["abc"], [2**63], [-1], [1, 2], [1.5], [True]):
        forged = urlsafe_b64encode(orjson.dumps([mark, *position])).rstrip(b"=").decode()
        assert crm.get("/v1/decisions", params={"limit": 1, "cursor": forged}).status_code in (200, 422)
        if position != [True]:
            assert crm.get("/v1/decisions", params={"limit": 1, "cursor": forged}).status_code == 422


def test_a_decision_is_told_in_the_words_of_the_command_line(crm, service):
    contact = next(one for one in decide(crm) if one["channel"])
    name = contact["decision_id"]
    for language in ("pt-BR", "en"):
        told = crm.get(f"/v1/decisions/{name}/explanation", headers={"Accept-Language": language}).json()
        teller = Teller(explaining.explain(service.store, Replayer(service.store, service.settings), name), language)
        assert told["language"] == language
        assert [(one["name"], one["value"]) for one in told["head"]] == list(teller.head())
        assert [one["text"] for one in told["why"]] == [one["text"][language] for one in contact["reasons"]]
        assert {one["name"] for one in told["scores"]} == contact["scores"].keys()
        chosen = told["weighed"][0]
        assert (chosen["action"], chosen["standing"]) == (contact["action"], teller.say("chosen"))
        assert len(told["weighed"]) == 1 + len(contact["alternatives"])
    assert not told["is_masked"]


def test_what_a_customer_owes_is_masked_in_words_as_it_is_in_the_profile(crm, client_of):
    name = next(one for one in decide(crm) if one["channel"])["decision_id"]
    told = client_of(Role.STRATEGIST).get(f"/v1/decisions/{name}/explanation").json()
    facts = {one["name"]: one for one in told["facts"]}
    assert told["is_masked"]
    assert facts["customer_balance_overdue_cents"] | {"meaning": ""} == {
        "name": "customer_balance_overdue_cents",
        "meaning": "",
        "value": None,
        "is_masked": True,
    }
    assert facts["attempts_7d"]["value"] is not None
    assert all(one["arithmetic"] is None for one in told["weighed"])


def test_nothing_is_told_of_what_is_not_there_or_was_erased(crm, client_of):
    (gone,) = decide(crm, NAMES[:1])
    assert crm.get(f"/v1/decisions/dec_{'0' * 26}/explanation").status_code == 404
    client_of(Role.PRIVACY_OFFICER).post(f"/v1/customers/{NAMES[0]}/erasure-requests")
    assert crm.get(f"/v1/decisions/{gone['decision_id']}/explanation").status_code == 410
