"""Payments and opt-outs come first: what is told while decisions wait is kept before most of them are made."""

import asyncio

import httpx

from serving.access.roles import Role
from tests.api.callers import headers_of

CALLERS = 12
PAYMENT = {
    "event_id": "e1",
    "kind": "payment",
    "customer_id": "c0000001",
    "happened_at": "2026-03-04T09:30:00-03:00",
    "amount_cents": 1_000,
}


def test_a_payment_told_behind_a_queue_of_decisions_waits_for_the_turn_in_hand_and_no_longer(app, service):
    # Each caller fills a turn of the desk, so that as many turns wait as there are callers.
    groups = [[f"c{caller:02d}-{number:04d}" for number in range(300)] for caller in range(CALLERS)]
    ended: list[str] = []

    async def send(client: httpx.AsyncClient, name: str, path: str, body: object) -> None:
        answer = await client.post(path, json=body)
        assert answer.status_code == 200, answer.text
        ended.append(name)

    async def all_at_once() -> None:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        headers = headers_of(service, Role.CRM)
        async with httpx.AsyncClient(transport=transport, base_url="http://regua", headers=headers) as client:
            decisions = [send(client, "decided", "/v1/decisions", {"customer_ids": group}) for group in groups]
            await asyncio.gather(*decisions, send(client, "paid", "/v1/events", PAYMENT))

    asyncio.run(all_at_once())
    assert ended.index("paid") <= 2, ended
