"""What cannot be answered in time is refused at once with a time to come back; payments and claims never are."""

import asyncio

import httpx
import pytest
from anyio.lowlevel import checkpoint

from serving.access.roles import Role
from serving.api.desk import Ask, Desk
from serving.degrading.overload import FEWEST_CUSTOMERS, Load, TooLateError, come_back
from tests.api.callers import headers_of

BODY = {"customer_ids": ["c0000001"]}
PAYMENT = {
    "event_id": "e1",
    "kind": "payment",
    "customer_id": "c0000001",
    "happened_at": "2026-03-04T09:30:00-03:00",
    "amount_cents": 1_000,
}


@pytest.fixture
def busy(app):
    """Pretend that so many wait that nobody new could be answered in time."""
    app.state.desk._load.admitted = 10_000
    app.state.desk._load._seconds_each = 1.0
    return app.state.desk._load


def test_decisions_lists_and_scores_are_refused_before_anything_is_done_and_told_when_to_come_back(crm, busy, service):
    for path, body in (("/v1/decisions", BODY), ("/v1/scores", BODY), ("/v1/decision-jobs", {"customer_id": "c1"})):
        answer = crm.post(path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
        assert int(answer.headers["retry-after"]) >= 1
    assert service.store.count("decisions") == 0


def test_a_refusal_says_all_that_any_problem_says_under_the_name_and_in_the_language_of_its_request(crm, busy):
    other = crm.post("/v1/decisions/none")
    told = crm.post("/v1/decisions", json=BODY, headers={"x-request-id": "mine-7", "accept-language": "en"})
    problem = told.json()
    assert problem.keys() == other.json().keys()
    assert (problem["status"], problem["request_id"], problem["type"]) == (503, "mine-7", "/v1/problems/overloaded")
    assert problem["title"] == "More is asked than can be answered in time"
    assert set(other.headers) - {"allow"} <= set(told.headers)
    assert (told.headers["x-request-id"], told.headers["content-language"]) == ("mine-7", "en")
    assert "regua_requests_refused_total 1.0" in crm.get("/metrics").text


def test_payments_are_kept_and_claims_answered_however_many_wait(crm, busy):
    assert crm.post("/v1/events", json=PAYMENT).status_code == 200
    assert crm.post("/v1/permits/per_" + "0" * 26 + "/claim").status_code == 404
    assert crm.get("/healthz").status_code == 200


def test_those_who_are_refused_together_do_not_come_back_together():
    assert {come_back(0.5, f"req_{number}") for number in range(50)} == {1, 2, 3}


def test_where_nobody_waits_a_slow_moment_is_unlearned(crm, app):
    app.state.desk._load._seconds_each = 100.0
    assert crm.post("/v1/decisions", json=BODY).status_code == 200
    assert app.state.desk._load._seconds_each < 100
    assert (app.state.desk._load.admitted, app.state.desk._load.waiting) == (0, 0)


def test_whoever_cannot_wait_so_long_is_refused_and_others_are_not(crm, app):
    app.state.desk._load.admitted, app.state.desk._load._seconds_each = 1, 0.2
    assert crm.post("/v1/decisions", json=BODY, headers={"Regua-Timeout-Ms": "300"}).status_code == 503
    assert crm.post("/v1/decisions", json=BODY, headers={"Regua-Timeout-Ms": "900"}).status_code == 200


def test_whoever_waited_unheard_during_a_long_turn_has_that_counted_but_is_not_refused_for_it_alone():
    load = Load(longest_wait_s=0.5)
    load.worked(500, 0.0, 2.0)
    load.admitted = 1
    assert load.wait_s == pytest.approx(0.25 + 2.0 / 500)
    load.admitted = 100
    assert load.wait_s == pytest.approx(0.25 + 100 * 2.0 / 500)


@pytest.mark.parametrize("value", ["", "0", "-5", "1.5", "soon", "9" * 12])
def test_a_time_to_wait_that_is_none_is_refused(crm, value):
    answer = crm.post("/v1/decisions", json=BODY, headers={"Regua-Timeout-Ms": value})
    assert (answer.status_code, answer.json()["param"]) == (422, "/header/Regua-Timeout-Ms")


def test_what_nobody_waits_for_any_more_is_not_decided(service):
    decided = []

    def work(names, how):
        decided.extend(names)
        return dict.fromkeys(names, b"{}")

    load = Load()
    desk = Desk(work, service.store, load)
    now = service.clock.now()

    async def ask():
        late = Ask(["late"], lambda answers: answers["late"], now, until_s=0.0)
        sound = Ask(["sound"], lambda answers: answers["sound"], now)
        return await asyncio.gather(desk.ask(late), desk.ask(sound), return_exceptions=True)

    late, sound = asyncio.run(ask())
    assert isinstance(late, TooLateError)
    assert sound.content == b"{}"
    assert decided == ["sound"]
    assert load.waiting == 0


def test_where_a_decision_takes_long_few_are_made_at_once_and_payments_are_heard_in_between(service):
    order, load = [], Load()
    load._seconds_each = 0.02

    def work(names, how):
        order.append(len(names))
        return dict.fromkeys(names, b"{}")

    desk, now = Desk(work, service.store, load), service.clock.now()

    async def ask(name):
        return await desk.ask(Ask([name], lambda answers: answers[name], now))

    async def pay():
        for _ in range(4):
            order.append("payment")
            await checkpoint()

    async def all_at_once():
        await asyncio.gather(*(ask(str(number)) for number in range(3 * FEWEST_CUSTOMERS)), pay())

    asyncio.run(all_at_once())
    assert order[:3] == ["payment", FEWEST_CUSTOMERS, "payment"], order


def test_many_at_once_are_all_answered_or_refused_and_the_count_comes_back_to_nobody(app, service):
    app.state.desk._load.longest_wait_s = 0.01
    headers = headers_of(service, Role.CRM)

    async def all_at_once():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://regua", headers=headers) as client:
            bodies = [{"customer_ids": [f"c{number:07d}"]} for number in range(1, 61)]
            await client.post("/v1/decisions", json=bodies[0])
            return await asyncio.gather(*(client.post("/v1/decisions", json=body) for body in bodies))

    answers = asyncio.run(all_at_once())
    assert {one.status_code for one in answers} == {200, 503}
    assert (app.state.desk._load.admitted, app.state.desk._load.waiting) == (0, 0)
