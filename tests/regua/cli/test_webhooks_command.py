"""Webhooks by hand: listed, tried and told again, and the worker's tasks done once."""

import json

import pytest
from typer.testing import CliRunner

from regua.cli import build
from regua.clock import SystemClock
from regua.settings import load
from serving.store import Message, Store, outbox
from serving.webhooks.addresses import Guard
from serving.webhooks.registering import Registry
from serving.webhooks.sealing import Seal
from tests.receiver import Receiver


@pytest.fixture
def receiver():
    with Receiver() as listening:
        yield listening


@pytest.fixture
def endpoint(tmp_path, monkeypatch, receiver):
    """An endpoint of a home of its own, on the loopback."""
    monkeypatch.setenv("REGUA_HOME", str(tmp_path))
    monkeypatch.setenv("REGUA_WEBHOOK_NETWORKS", '["127.0.0.1/32"]')
    settings, now = load(), SystemClock().now()
    with Store.open(settings) as store:
        registry = Registry(store, Guard(settings.webhook_networks), Seal.of(settings))
        made = registry.make(f"{receiver.url}/hooks", [], "", now, "ana")
        with store._database.writing() as transaction:
            outbox.keep(transaction, store.portfolio, [Message("m1", "permit.open", "per_1", now, b"{}")])
    return made


def run(*words):
    answer = CliRunner().invoke(build(), [*words, "--json"])
    return answer.exit_code, json.loads(answer.stdout)


def test_the_worker_done_once_tells_what_waits(endpoint, receiver):
    code, told = run("work", "--once")
    assert (code, told["done"]["messages"], told["done"]["deliveries"]) == (0, 1, 1)
    assert [one.headers["webhook-id"] for one in receiver.heard] == ["m1"]
    assert run("webhooks", "list")[1]["deliveries"] == {"delivered": 1}


def test_an_endpoint_is_tried_and_told_again_and_a_deaf_one_fails_the_command(endpoint, receiver):
    code, told = run("webhooks", "test", endpoint.endpoint_id)
    assert (code, told["state"], told["answer"]) == (0, "delivered", "204")
    receiver.answers["/hooks"] = 500
    code, told = run("webhooks", "redeliver", told["delivery_id"])
    assert (code, told["state"], told["answer"], told["tries"]) == (1, "waiting", "500", 2)
    assert len({one.headers["webhook-id"] for one in receiver.heard}) == 1
