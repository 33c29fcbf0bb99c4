"""One path, many engines: the same customer gets the same bytes however and with whomever the question is asked."""

from datetime import timedelta

import httpx
import numpy as np
import orjson
import pytest
from fastapi import FastAPI

from regua.columns import take
from regua.dice import draw, identity
from serving.access.roles import Role
from serving.api import create_app
from serving.deciding.batch import decide_book
from serving.proving.replay import Replayer
from tests.api.callers import headers_of


@pytest.fixture(scope="module")
def whole(world, tmp_path_factory):
    """Everyone decided as one batch: bytes by customer."""
    service = world.service(tmp_path_factory.mktemp("whole"))
    names = world.columns["customer_id"].tolist()
    return bodies(service, names)


def bodies(service, names, size=None):
    size = size or len(names)
    answers = {}
    for start in range(0, len(names), size):
        for answer in service.pipeline.answer(names[start : start + size], service.clock.now()):
            answers[answer.customer_id] = answer.body
    return answers


def shuffled(names):
    order = np.argsort(draw(identity(names), "shuffle", 3))
    return [names[position] for position in order]


def test_the_world_is_worth_testing_on(whole):
    assert len(whole) == 5_000
    channels = {name for name in ("push", "email", "sms", "whatsapp", "call") for body in whole.values()
                if b'"channel":"%b"' % name.encode() in body}  # fmt: skip
    assert len(channels) >= 3


def test_the_order_of_the_batch_changes_nothing(service, world, whole):
    assert bodies(service, shuffled(world.columns["customer_id"].tolist())) == whole


def of_every_way(whole, names, count):
    """Some customers, among them one of each way in which a decision came out: what was done, and all that was said."""
    ways, others = {}, []
    for name in names:
        told = orjson.loads(whole[name])
        stopped = {rule for one in told["alternatives"] for rule in one["blocked_by"]}
        way = (
            told["action"],
            tuple(one["code"] for one in told["reasons"]),
            tuple(told["degraded"]),
            frozenset(stopped),
        )
        if ways.setdefault(way, name) != name:
            others.append(name)
    assert len(ways) > 100
    return [*ways.values(), *others][:count]


@pytest.mark.parametrize(("size", "customers"), [(1, 600), (7, 1_400), (1_000, 5_000)])
def test_the_size_of_the_chunk_changes_nothing(service, world, whole, size, customers):
    some = of_every_way(whole, shuffled(world.columns["customer_id"].tolist()), customers)
    assert bodies(service, some, size) == {name: whole[name] for name in some}


def test_the_batch_logs_the_bytes_that_callers_get(service, world, whole):
    names = world.columns["customer_id"].tolist()
    decide_book(service.settings, service.clock.now(), customer_ids=names, service=service, everyone=True)
    assert {row.customer_id: row.body for row in service.store.whole_log()} == whole


def test_deleting_customers_moves_no_other_answer(world, whole, tmp_path):
    keep = np.flatnonzero(draw(identity(world.columns["customer_id"]), "keep", 4) < 0.5)
    fewer = world.service(tmp_path / "fewer", columns=take(world.columns, keep))
    names = world.columns["customer_id"][keep].tolist()
    assert bodies(fewer, names) == {name: whole[name] for name in names}


def test_http_gives_the_bytes_of_the_batch(service, world, whole):
    app: FastAPI = create_app(service.settings, service=service)
    names = world.columns["customer_id"].tolist()

    async def ask() -> list[bytes]:
        caller = {"headers": headers_of(service, Role.CRM), "base_url": "http://regua"}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), **caller) as client:
            pages = [names[start : start + 500] for start in range(0, len(names), 500)]
            return [(await client.post("/v1/decisions", json={"customer_ids": page})).content for page in pages]

    import asyncio

    pages = asyncio.run(ask())
    for position, name in enumerate(names):
        assert b'"decision":%b}' % whole[name] in pages[position // 500]


def test_yesterdays_log_under_yesterdays_book_gives_zero_differences(service, world, whole):
    names = shuffled(world.columns["customer_id"].tolist())[:400]
    bodies(service, names)
    service.clock.move(timedelta(days=1))
    bodies(service, names)
    replayer = Replayer(service.store, service.settings)
    replays = list(replayer.replay_all(service.store.whole_log()))
    assert len(replays) == 800
    assert [replay for replay in replays if not replay.is_equal] == []
