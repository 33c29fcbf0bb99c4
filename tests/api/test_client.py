"""The client keeps the service's promises for its caller: one effect, however often the line breaks."""

import base64
from datetime import UTC, datetime, timedelta

import httpx
import orjson
import pytest
from standardwebhooks import Webhook

from regua.client import Client, Problem, SignatureError, verified
from regua.client.patience import Patience
from serving.access.roles import Role
from tests.api.callers import headers_of
from tests.api.described import Held

NAMES = [f"c{number:07d}" for number in range(1, 41)]
NOW = datetime(2026, 3, 4, 13, 0, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes....").decode()


class Line(httpx.BaseTransport):
    """A line to the service that breaks as told: before the request arrives, or before its answer comes back."""

    def __init__(self, app, breaks=()):
        self._inner, self._breaks = Held(app), list(breaks)
        self.sent = []

    def handle_request(self, request):
        self.sent.append((request.method, request.url.path, request.headers.get("idempotency-key")))
        how = self._breaks.pop(0) if self._breaks else None
        if how == "before":
            raise httpx.ConnectError("the line is dead", request=request)
        if isinstance(how, int):
            return httpx.Response(how, headers={"Retry-After": "0"}, json={"code": "unavailable", "found": "nothing"})
        answer = self._inner.handle_request(request)
        if how == "after":
            raise httpx.ReadError("the answer is lost", request=request)
        return answer

    def close(self):
        self._inner.close()


@pytest.fixture
def client_over(app, service):
    """Give a client of a CRM over a line that breaks as told, and the line."""
    opened = []

    def over(*breaks):
        key = headers_of(service, Role.CRM)["Authorization"].split()[1]
        line = Line(app, breaks)
        opened.append(Client("http://regua", key, transport=line, patience=Patience(first_s=0, longest_s=0)))
        return opened[-1], line

    yield over
    for one in opened:
        one.close()


def test_a_decision_whose_answer_was_lost_is_made_once(client_over, service):
    client, line = client_over("after", "after")
    decided = client.decide(NAMES)
    assert [one["customer_id"] for one in decided] == NAMES
    assert service.store.count("decisions") == len(NAMES)
    assert len(line.sent) == 3
    assert len({key for *_, key in line.sent}) == 1


def test_a_contact_is_claimed_reported_and_settled(client_over):
    client, _ = client_over()
    permits = [one["decision"]["permit"] for one in client.decide(NAMES) if one["decision"]["permit"]]
    told = [one for one in permits if datetime.fromisoformat(one["not_before"]) <= NOW]
    assert len(told) >= 2
    claimed = client.claim(told[0]["id"])
    assert claimed is not None
    assert claimed["state"] == "claimed"
    assert client.claim(told[0]["id"]) is None
    assert client.release(told[0]["id"], "sent")["state"] == "sent"
    customer_id = client.permit(told[1]["id"])["customer_id"]
    event = {"event_id": "e1", "kind": "opted_out", "customer_id": customer_id, "happened_at": NOW.isoformat()}
    assert client.report(event)[0]["status"] == "accepted"
    assert client.report([event])[0]["status"] == "duplicate"
    assert client.claim(told[1]["id"]) is None
    assert client.permit(told[1]["id"])["reason"] == "opted_out"


def test_a_service_that_is_away_for_a_while_is_asked_again(client_over):
    client, line = client_over("before", 503, 429)
    assert client.score(NAMES[:2])[0]["customer_id"] == NAMES[0]
    assert len(line.sent) == 4


def test_a_refusal_is_told_at_once_and_in_words(client_over):
    client, line = client_over()
    with pytest.raises(Problem, match="customer_ids") as told:
        client.decide([])
    assert told.value.status == 422
    assert told.value.request_id
    assert len(line.sent) == 1


def test_clients_of_a_service_that_is_down_do_not_become_its_next_load(client_over):
    client, line = client_over(*[503] * 10_000)
    for _ in range(300):
        with pytest.raises(Problem):
            client.score(NAMES[:1])
    assert len(line.sent) <= 300 * 1.1 + 10


def test_what_may_have_had_an_effect_is_not_asked_again_without_a_key(client_over):
    client, line = client_over("after", "after")
    with pytest.raises(httpx.ReadError):
        client.request("POST", "/v1/decisions", {"customer_ids": NAMES[:1]})
    assert len(line.sent) == 1


def test_a_webhook_is_believed_by_the_reference_and_by_the_client_alike():
    body = orjson.dumps({"type": "regua.permit.revoked"})
    headers = {
        "Webhook-Id": "msg_1",
        "Webhook-Timestamp": str(int(NOW.timestamp())),
        "Webhook-Signature": "v1,bm9wZQ== " + Webhook(SECRET).sign("msg_1", NOW, body.decode()),
    }
    other = "whsec_" + base64.b64encode(b"another secret").decode()
    assert verified(headers, body, SECRET, NOW) == {"type": "regua.permit.revoked"}
    assert verified(headers, body, [other, SECRET], NOW)
    for wrong in (
        lambda: verified(headers, body + b" ", SECRET, NOW),
        lambda: verified(headers, body, other, NOW),
        lambda: verified(headers, body, SECRET, NOW + timedelta(minutes=6)),
        lambda: verified({**headers, "Webhook-Id": "msg_2"}, body, SECRET, NOW),
        lambda: verified({}, body, SECRET, NOW),
    ):
        with pytest.raises(SignatureError):
            wrong()
