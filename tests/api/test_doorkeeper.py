"""What is refused where it is heard is refused as the application would, and the connection goes on as after that."""

import json
import socket
from contextlib import contextmanager

import pytest

from serving.access.roles import Role
from tests.api.callers import headers_of
from tests.api.listened import serving
from tests.api.test_overloaded import BODY, PAYMENT

OF_A_MOMENT = {"date", "retry-after"}


@contextmanager
def asked_too_much(app, service, **settings):
    """A service that is asked too much: what is sent to it, and what it answers, on one connection."""
    load = app.state.gate.load
    with serving(app, **settings) as url:
        load.admitted, load._seconds_each = 10_000, 1.0
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            yield Conversation(connection, headers_of(service, Role.CRM))


@pytest.fixture
def told(app, service):
    """The same, for as long as a test lasts."""
    with asked_too_much(app, service) as conversation:
        yield conversation


class Conversation:
    def __init__(self, connection, headers):
        self.connection, self._headers, self._heard = connection, headers, b""

    def say(self, path, body, *, method="POST", version="1.1", **fields):
        content = json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in fields.items()}
        sent = {"Host": "regua", "Content-Type": "application/json", **self._headers, **named}
        head = "".join(f"{name}: {value}\r\n" for name, value in {**sent, "Content-Length": len(content)}.items())
        return f"{method} {path} HTTP/{version}\r\n{head}\r\n".encode(), content

    def send(self, *parts):
        self.connection.sendall(b"".join(parts))

    def hear(self):
        """Read one answer: its status, its fields, its body; None once the connection is ended."""
        while b"\r\n\r\n" not in self._heard:
            if not self._more():
                return None
        head, _, rest = self._heard.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        fields = dict(line.split(": ", 1) for line in lines)
        while len(rest) < int(fields["content-length"]):
            assert self._more()
            rest = self._heard.partition(b"\r\n\r\n")[2]
        length = int(fields["content-length"])
        self._heard = rest[length:]
        return int(first.split()[1]), fields, json.loads(rest[:length])

    def _more(self):
        came = self.connection.recv(65_536)
        self._heard += came
        return bool(came)


def test_a_refusal_at_the_door_is_that_of_the_application_to_the_byte(told, crm):
    fields = {"x-request-id": "mine-7", "accept-language": "en"}
    inside = crm.post("/v1/decisions", json=BODY, headers=fields)
    told.send(*told.say("/v1/decisions", BODY, **fields))
    status, at_door, body = told.hear()
    assert (status, body) == (inside.status_code, inside.json()) == (503, inside.json())
    kept = {name: value for name, value in at_door.items() if name not in OF_A_MOMENT}
    assert kept == {name: value for name, value in inside.headers.items() if name not in OF_A_MOMENT}
    assert at_door.keys() == {*inside.headers, "date"}
    assert "regua_requests_refused_total 2.0" in crm.get("/metrics").text


def test_after_a_refusal_a_connection_is_as_good_as_before(told):
    for _ in range(3):
        told.send(*told.say("/v1/decisions", BODY))
        assert told.hear()[0] == 503
        told.send(*told.say("/v1/events", PAYMENT))
        assert told.hear()[0] == 200


def test_what_is_said_at_once_is_answered_in_its_order(told):
    refused, paid = told.say("/v1/decisions", BODY), told.say("/v1/events", PAYMENT)
    told.send(*refused, *paid, *refused, *refused, *paid)
    assert [told.hear()[0] for _ in range(5)] == [503, 200, 503, 503, 200]


def test_a_body_that_comes_after_its_refusal_is_read_and_left(told):
    head, body = told.say("/v1/decisions", BODY)
    told.send(head, body[:5])
    assert told.hear()[0] == 503
    told.send(body[5:], *told.say("/v1/events", PAYMENT))
    assert told.hear()[0] == 200


@pytest.mark.parametrize(("version", "fields"), [("1.1", {"Connection": "close"}), ("1.0", {})])
def test_a_caller_that_ends_its_connection_is_refused_and_the_connection_ended(told, version, fields):
    told.send(*told.say("/v1/decisions", BODY, version=version, **fields))
    assert told.hear()[0] == 503
    assert told.hear() is None


def test_a_caller_that_waits_for_leave_to_send_is_refused_instead(told):
    told.send(told.say("/v1/decisions", BODY, Expect="100-continue")[0])
    assert told.hear()[0] == 503


def test_only_what_is_asked_by_post_is_refused(told):
    told.send(told.say("/v1/decisions", None, method="GET")[0], b"null")
    assert told.hear()[0] != 503


def test_a_connection_that_nobody_uses_after_a_refusal_is_ended_as_any_other(app, service):
    with asked_too_much(app, service, timeout_keep_alive=1) as told:
        told.send(*told.say("/v1/decisions", BODY))
        assert told.hear()[0] == 503
        assert told.hear() is None


def test_where_there_is_room_the_door_is_open(told, app):
    app.state.gate.load.admitted = 0
    told.send(*told.say("/v1/decisions", BODY))
    assert told.hear()[0] == 200
