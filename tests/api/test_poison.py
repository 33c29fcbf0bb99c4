"""What no service should swallow, sent to every operation: each is refused with a problem, and nothing is stored."""

import copy
from collections.abc import Iterator
from typing import Any

import httpx
import orjson
import pytest

from serving.access.roles import Role
from tests.api.described import Described, operations

MARK = "canary-7f3a"
TABLES = ("decisions", "events", "positions", "permits", "outbox", "audit")
"""What is refused may be kept in quarantine, and nowhere else."""

IN_A_VALUE = {
    "NaN": b"NaN",
    "infinity": b"Infinity",
    "minus infinity": b"-Infinity",
    "beyond every float": b"1e999",
    "half a character": b'"canary-7f3a\\ud800"',
    "NUL": b'"canary-7f3a\\u0000"',
    "a direction mark": '"canary-7f3a\u202egnp"'.encode(),
    "a direction mark written out": b'"canary-7f3a\\u202egnp"',
    "bytes that are no UTF-8": b'"canary-7f3a\xff"',
    "depth": b"[" * 5_000 + b"]" * 5_000,
    "some depth": b"[" * 65 + b"]" * 65,
    "five thousand digits": b"1" * 5_000,
}
NO_JSON = ("bytes that are no UTF-8", "depth", "some depth", "five thousand digits")
WHOLE = {
    "nothing": b"",
    "half of it": b'{"a": 1',
    "two texts": b"{} {}",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "more than fits": b'{"a": "' + b"a" * (33 << 20) + b'"}',
}


@pytest.fixture
def taking(app) -> list[Described]:
    """The operations that take a JSON body."""
    found = [one for one in operations(app) if one.body is not None]
    assert len(found) >= 3
    return found


@pytest.fixture
def calling(client_of):
    """Give a client that may call an operation."""
    clients = {}

    def client(one: Described) -> httpx.Client:
        role = one.told["x-roles"][0]
        if role not in clients:
            clients[role] = client_of(*([] if role == "public" else [Role(role)]))
        return clients[role]

    return client


@pytest.fixture
def send(calling, service):
    """Send a body to an operation as a caller who may call it; return the answer, having seen that nothing is kept."""

    def sent(one: Described, body: bytes, why: str):
        client = calling(one)
        before = {table: service.store.count(table) for table in TABLES}
        answer = client.request(one.method, one.path, content=body, headers={"content-type": "application/json"})
        told = f"{one.name}: {why}: {answer.status_code} {answer.text[:300]}"
        assert answer.status_code in (400, 413, 415, 422), told
        assert answer.headers["content-type"] == "application/problem+json", told
        assert answer.json()["request_id"] == answer.headers["x-request-id"], told
        assert MARK not in answer.text, told
        assert {table: service.store.count(table) for table in TABLES} == before, told
        return answer

    return sent


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in an example, the deepest last."""
    if at:
        yield at
    for step, inner in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from places(inner, (*at, step))


def put(example: Any, at: tuple[Any, ...], value: Any) -> Any:
    """Return an example with another value in one place."""
    changed = copy.deepcopy(example)
    inner = changed
    for step in at[:-1]:
        inner = inner[step]
    inner[at[-1]] = value
    return changed


@pytest.mark.parametrize("why", IN_A_VALUE)
def test_no_operation_takes_a_value_that_is_poison(taking, send, why):
    for one in taking:
        first = next(places(one.example))
        body = orjson.dumps(put(one.example, first, MARK * 3)).replace(orjson.dumps(MARK * 3), IN_A_VALUE[why], 1)
        expected = 400 if why in NO_JSON else 422
        assert send(one, body, why).status_code == expected, one.name


@pytest.mark.parametrize("why", WHOLE)
def test_no_operation_takes_a_body_that_is_no_json(taking, send, why):
    for one in taking:
        assert send(one, WHOLE[why], why).status_code == (413 if why == "more than fits" else 400)


def test_no_operation_takes_a_key_twice_at_any_depth(taking, send):
    for one in taking:
        text = orjson.dumps(one.example)
        key = text[text.index(b'"') : text.index(b":") + 1]
        assert send(one, text.replace(b"{", b"{" + key + b"1,", 1), "a key twice").status_code == 422
        deep = b'{"outer": [{"a": 1, "\\u0061": 2}]}'
        assert send(one, deep, "a key twice, once written otherwise").status_code == 422


def test_no_operation_takes_another_type_than_it_describes(taking, send):
    tried = 0
    for one in taking:
        for at in places(one.example):
            for other in (True, "1", 1.5, None, [], {}):
                changed = put(one.example, at, other)
                if not one.fits(changed):
                    send(one, orjson.dumps(changed), f"{at} is {other!r}")
                    tried += 1
    assert tried > 10 * len(taking)


def test_no_operation_takes_what_it_does_not_describe(taking, send):
    for one in taking:
        if isinstance(one.example, dict) and not one.fits(one.example | {MARK: 1}):
            send(one, orjson.dumps(one.example | {MARK: 1}), "an unknown key")


IN_AN_ADDRESS = ["%00", "%E2%80%AE", "%ED%A0%80", "%FF", "a%0Ab", "%27%20OR%201=1--", "..%2F..", "%7B%7B1%7D%7D"]


@pytest.mark.parametrize("value", IN_AN_ADDRESS)
def test_no_address_and_no_parameter_is_taken_for_more_than_a_word(calling, app, value):
    for one in operations(app):
        if one.method != "GET":
            continue
        client = calling(one)
        values = {place["name"]: place["example"] for place in one.parameters("path")}
        for name in values:
            answer = client.get(one.template.format(**{**values, name: value}))
            assert answer.status_code in (404, 422), f"{one.name} {name}"
        for parameter in one.parameters("query"):
            answer = client.get(f"{one.path}?{parameter['name']}={value}")
            assert answer.status_code < 500, f"{one.name} {parameter['name']}"
        assert client.get(f"{one.path}?{value}=1").status_code == 422, one.name
