"""Decisions over a real connection: what is asked, answered, logged and refused."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import orjson
import pytest

DECIDE = "/v1/decisions"


def ask(client, body: bytes, **headers):
    return client.post(DECIDE, content=body, headers={"content-type": "application/json"} | headers)


def test_each_customer_asked_about_gets_a_result_in_the_order_asked(client):
    names = ["c0000003", "c0000001", "nobody", "c0000003"]
    answer = client.post(DECIDE, json={"customer_ids": names})
    assert answer.status_code == 200
    assert [one["customer_id"] for one in answer.json()["results"]] == names
    assert {one["status"] for one in answer.json()["results"]} == {"decided"}


def test_nobody_unknown_is_contacted_and_the_reason_is_told_in_both_languages(client):
    decision = client.post(DECIDE, json={"customer_ids": ["nobody"]}).json()["results"][0]["decision"]
    assert decision["action"] == "nothing"
    assert [reason["code"] for reason in decision["reasons"]] == ["no_profile"]
    assert set(decision["reasons"][0]["text"]) == {"pt-BR", "en"}


def test_a_decision_is_read_back_as_the_very_bytes_that_were_answered(client, server):
    answer = client.post(DECIDE, json={"customer_ids": ["c0000001"]})
    name = answer.json()["results"][0]["decision"]["decision_id"]
    again = client.get(f"{DECIDE}/{name}")
    assert again.content in answer.content
    assert again.content == server.service.store.decision(name).body


def test_asking_twice_at_the_same_moment_gives_the_same_bytes_and_one_row(client, server):
    first, second = (client.post(DECIDE, json={"customer_ids": ["c0000001"]}).content for _ in range(2))
    assert first == second
    assert server.service.store.count("decisions") == 1


def test_sixteen_callers_at_once_leave_one_row_for_each_decision(server):
    names = [f"c{number:07d}" for number in range(1, 9)]

    def caller(_: int) -> list[bytes]:
        with httpx.Client(base_url=server.url, timeout=60, headers=server.headers) as client:
            return [client.post(DECIDE, json={"customer_ids": [name]}).content for name in names]

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(caller, range(16)))
    assert all(answer == answers[0] for answer in answers)
    assert server.service.store.count("decisions") == len(names)


def test_five_hundred_and_one_customers_are_refused_and_five_hundred_are_not(client, server):
    names = [f"n{number}" for number in range(501)]
    refused = client.post(DECIDE, json={"customer_ids": names})
    assert refused.status_code == 422
    assert "500" in refused.json()["expected"]
    assert client.post(DECIDE, json={"customer_ids": names[:500]}).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"customer_ids": NaN}', 422),
        (b'{"customer_ids": [Infinity]}', 422),
        (b'{"customer_ids": [-Infinity]}', 422),
        (b'{"customer_ids": ["c1"], "limit": 1e999}', 422),
        (b'{"customer_ids": ["\\ud800"]}', 422),
        (b'{"customer_ids": ["\xff"]}', 400),
        (b'{"customer_ids": ["c1"], "customer_ids": ["c2"]}', 422),
        (b'{"customer_ids": ["c1"]', 400),
        (b"", 400),
        (b"\xef\xbb\xbf{}", 400),
        (b"[" * 5_000 + b"]" * 5_000, 400),
        (b"1" * 5_000, 400),
        (b'{"customer_ids": [1]}', 422),
        (b'{"customer_ids": [true]}', 422),
        (b'{"customer_ids": [null]}', 422),
        (b'{"customer_ids": "c1"}', 422),
        (b'{"customer_ids": []}', 422),
        (b'{"customer_ids": [""]}', 422),
        (b'{"customer_ids": ["a\\u0000b"]}', 422),
        (b'{"customer_ids": ["a\\u202eb"]}', 422),
        (b'{"customer_ids": [" a"]}', 422),
        (b'{"customer_ids": ["' + b"a" * 129 + b'"]}', 422),
        (b'{"customer_ids": ["c1"], "moment": "2026-01-01T00:00:00Z"}', 422),
        (b"{}", 422),
        (b"null", 422),
        (b"[]", 422),
        (b'"c1"', 422),
    ],
)
def test_poison_is_refused_with_a_problem_and_nothing_is_logged(client, server, body, status):
    answer = ask(client, body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["found"]
    assert problem["expected"]
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert server.service.store.count("decisions") == 0


def test_a_body_over_one_mebibyte_is_refused_also_when_its_length_is_not_told(client):
    large = b'{"customer_ids": ["' + b"a" * (1 << 20) + b'"]}'
    assert ask(client, large).status_code == 413
    assert client.post(DECIDE, content=iter([large[:600_000], large[600_000:]])).status_code == 413


def test_what_is_not_json_by_its_own_word_is_refused(client):
    assert client.post(DECIDE, content=b"a=1", headers={"content-type": "text/plain"}).status_code == 415


def test_an_unknown_decision_and_an_unknown_place_are_problems_too(client):
    for path, status in [
        (f"{DECIDE}/dec_{'0' * 26}", 404),
        (f"{DECIDE}/something-else", 422),
        ("/v2/decisions", 404),
    ]:
        answer = client.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert client.delete(DECIDE).status_code == 405


def test_a_caller_may_name_its_request_and_a_name_that_could_do_harm_is_replaced(client):
    assert client.get("/healthz", headers={"x-request-id": "crm-42"}).headers["x-request-id"] == "crm-42"
    assert client.get("/healthz", headers={"x-request-id": "a b"}).headers["x-request-id"].startswith("req_")


def test_scores_are_answered_without_deciding(client, server):
    answer = client.post("/v1/scores", json={"customer_ids": ["c0000001", "nobody"]}).json()
    known, unknown = answer["results"]
    assert known["has_profile"]
    assert not unknown["has_profile"]
    assert all(0 < score < 1 for name, score in known["scores"].items() if name.startswith("p_r") and score is not None)
    assert known["scores"]["p_roll"] is not None
    assert set(unknown["scores"].values()) == {None}
    assert known["degraded"] == ["prior_channel_response_letter"]
    assert answer["release_id"] == server.service.pipeline.scorer.release_id
    assert server.service.store.count("decisions") == 0


def test_the_journeys_of_the_book_are_listed_under_its_digest(client, server):
    found = client.get("/v1/journeys").json()
    assert found["book_digest"] == server.service.book.digest
    assert {"early_digital", "self_cure_grace"} <= {one["journey"] for one in found["journeys"]}


def test_a_log_that_cannot_be_written_is_a_503_and_nothing_is_answered(client, server):
    server.service.store.close()
    answer = client.post(DECIDE, json={"customer_ids": ["c0000001"]})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert orjson.loads(answer.content)["code"] == "unavailable"
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert not ready.json()["parts"]["decision_log"]["is_ready"]
    assert ready.json()["parts"]["release"]["is_ready"]


def test_asked_again_in_the_afternoon_nothing_more_is_planned(client, server):
    names = [f"c{number:07d}" for number in range(1, 60)]
    morning = client.post(DECIDE, json={"customer_ids": names}).json()["results"]
    owing = (one for one in morning if (one["decision"]["journey"] or {}).get("name", "").startswith("early"))
    planned = [one["customer_id"] for one in owing if one["decision"]["channel"]]
    assert planned
    server.service.clock.move(timedelta(hours=5))
    for one in client.post(DECIDE, json={"customer_ids": planned}).json()["results"]:
        assert one["decision"]["channel"] is None
        assert "step_taken_today" in [reason["code"] for reason in one["decision"]["reasons"]]
