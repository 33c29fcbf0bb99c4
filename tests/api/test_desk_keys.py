"""Decisions are grouped, and their keys are kept in the commit of the group: asked again, the same bytes come back."""

import asyncio

import httpx
import pytest

from serving.access.roles import Role
from serving.api.desk import Ask, Desk
from serving.store.keys import Kept, KeyReusedError, Once
from tests.api.callers import headers_of

DECIDE = "/v1/decisions"
CUSTOMERS = {"customer_ids": ["c0000001", "c0000002"]}


def test_a_decision_asked_for_again_is_the_same_to_the_byte_an_hour_later(crm, service):
    from datetime import timedelta

    headers = {"Idempotency-Key": "k1"}
    first = crm.post(DECIDE, json=CUSTOMERS, headers=headers)
    service.clock.move(timedelta(hours=1))
    again = crm.post(DECIDE, json=CUSTOMERS, headers=headers)
    assert first.status_code == 200
    assert "idempotency-replayed" not in first.headers
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    assert service.store.count("decisions") == 2
    other = crm.post(DECIDE, json={"customer_ids": ["c0000001"]}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")


def test_sixty_four_callers_with_one_key_make_one_decision(app, service):
    headers = headers_of(service, Role.CRM) | {"Idempotency-Key": "k1"}

    async def all_at_once() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://regua", headers=headers) as client:
            return await asyncio.gather(*(client.post(DECIDE, json=CUSTOMERS) for _ in range(64)))

    answers = asyncio.run(all_at_once())
    assert {one.status_code for one in answers} == {200}
    assert len({one.content for one in answers}) == 1
    assert sum("idempotency-replayed" not in one.headers for one in answers) == 1
    assert service.store.count("decisions") == 2


def ask(desk, *asks):
    async def all_in_one_turn():
        return await asyncio.gather(*(desk.ask(one) for one in asks), return_exceptions=True)

    return asyncio.run(all_in_one_turn())


@pytest.fixture
def asked(service):
    """Make what a caller asks under a key, with a content."""

    def make(key, content=b"one"):
        once = Once("crm", "POST /v1/decisions", key, content) if key else None
        return Ask(["c1"], lambda answers: answers["c1"], service.clock.now(), once)

    return make


def test_callers_of_one_turn_share_the_work_and_each_key_its_answer(service, asked):
    worked = []
    desk = Desk(lambda names, how: worked.append(names) or {"c1": b"done"}, service.store)
    first, same, other, reused, free = ask(desk, asked("a"), asked("a"), asked("b"), asked("a", b"two"), asked(None))
    assert worked == [["c1"]]
    assert [one.is_replayed for one in (first, same, other, free)] == [False, True, False, False]
    assert isinstance(reused, KeyReusedError)


def test_what_another_process_answered_meanwhile_is_answered_and_the_own_work_undone(service, asked):
    store, mine = service.store, asked("a")
    store.keys.keep(mine.once, mine.at, Kept(200, b"theirs"))
    events = store.count("audit")

    def work(names, how):
        store.texts.keep("books", {"d": "written by the turn that is undone"})
        return {"c1": b"mine"}

    told, free = ask(Desk(work, store), mine, asked(None))
    assert (told.content, told.is_replayed) == (b"theirs", True)
    assert (free.content, free.is_replayed) == (b"mine", False)
    assert store.count("audit") == events


def test_a_turn_that_fails_keeps_no_key(service, asked):
    desk = Desk(lambda names, how: 1 / 0, service.store)
    assert [type(one) for one in ask(desk, asked("a"), asked("b"))] == [ZeroDivisionError] * 2
    assert service.store.keys.find(asked("a").once, service.clock.now()) is None
