"""A keyed operation has its effect once, and its repetitions get the very bytes of the first answer."""

from typing import Any

import httpx
import pytest
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from regua.errors import ConflictError, NotFoundError, UnavailableError
from regua.records import Event
from regua.vocabulary import EventKind
from serving.access.roles import Role
from serving.api.anatomy import Resource
from serving.api.call import Call

PAYMENTS = "/v1/payments"


class PaymentIn(BaseModel):
    """A payment to be kept."""

    model_config = ConfigDict(extra="forbid")

    cents: int
    fails: str | None = None


FAILURES = {one.__name__: one for one in (ConflictError, NotFoundError, UnavailableError, ZeroDivisionError)}
resource = Resource("payments", "Payments, for this test alone.")


@resource.operation(
    "POST",
    PAYMENTS + "/{customer_id}",
    summary="Keep a payment",
    roles=frozenset({Role.CRM}),
    takes=PaymentIn,
    keyed=True,
)
async def pay(call: Call) -> Response:
    """Keep a payment, numbered by how many there were."""
    store, count = call.service.store, call.service.store.count("events")
    paid = Event(f"e{count}", EventKind.PAYMENT, call.path["customer_id"], call.at, call.at, amount_cents=1)
    store.record([paid])
    if call.body.fails:
        raise FAILURES[call.body.fails]("as asked")
    return call.json({"number": count, "request": call.request_id}, 201)


@pytest.fixture
def paying(app, crm) -> httpx.Client:
    """A client of a service that has this test's operation too."""
    app.router.routes[:0] = resource.routes
    return crm


def post(client: httpx.Client, key: str | None, customer: str = "c1", **body: Any) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(f"{PAYMENTS}/{customer}", json={"cents": 5} | body, headers=headers)


def test_a_repetition_gets_the_first_answer_to_the_byte_and_does_nothing(paying, service):
    first, *again = [post(paying, "k1") for _ in range(5)]
    assert (first.status_code, "idempotency-replayed" in first.headers) == (201, False)
    assert {one.content for one in again} == {first.content}
    assert {(one.status_code, one.headers["idempotency-replayed"]) for one in again} == {(201, "true")}
    assert service.store.count("events") == 1


def test_without_a_key_each_request_counts(paying, service):
    assert [post(paying, None).json()["number"] for _ in range(2)] == [0, 1]
    assert service.store.count("events") == 2


@pytest.mark.parametrize("other", [{"cents": 6}, {"customer": "c2"}])
def test_the_same_key_with_another_content_is_refused(paying, service, other):
    post(paying, "k1")
    answer = post(paying, "k1", **other)
    assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")
    assert service.store.count("events") == 1


def test_the_order_of_the_keys_of_a_body_makes_no_other_request(paying):
    one, other = (
        paying.post(
            f"{PAYMENTS}/c1", content=body, headers={"Idempotency-Key": '"k"', "content-type": "application/json"}
        )
        for body in (b'{"cents": 5, "fails": null}', b'{ "fails":null,"cents":5 }')
    )
    assert one.content == other.content


def test_a_refusal_is_repeated_too_unless_another_moment_may_lift_it(paying, service):
    refusals = [post(paying, "k1", fails="NotFoundError") for _ in range(2)]
    assert refusals[0].content == refusals[1].content
    assert refusals[1].headers["content-type"] == "application/problem+json"
    assert service.store.count("events") == 1
    assert [post(paying, "k2", fails="ConflictError").status_code for _ in range(2)] == [409, 409]
    assert service.store.count("events") == 3


@pytest.mark.parametrize(("fails", "status"), [("UnavailableError", 503), ("ZeroDivisionError", 500)])
def test_a_failure_leaves_nothing_behind_and_may_be_tried_again(paying, service, fails, status):
    assert post(paying, "k1", fails=fails).status_code == status
    assert service.store.count("events") == 0
    assert post(paying, "k1").status_code == 201


@pytest.mark.parametrize("key", ["", "a b", "ä", "x" * 256, '""'])
def test_a_key_that_cannot_be_kept_is_refused(paying, service, key):
    answer = paying.post(f"{PAYMENTS}/c1", json={"cents": 5}, headers=[(b"idempotency-key", key.encode("latin-1"))])
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key")
    assert service.store.count("events") == 0
