"""Identifiers of another portfolio, of every kind there is, in the hands of every role: nothing is there by them."""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import httpx

from serving.access.roles import Role
from serving.service import Service
from tests.api.callers import headers_of
from tests.api.described import Described
from tests.trust.line import Line, count_line
from tests.trust.permitted import PERMITTED

COMMON = frozenset({"channel", "code", "customer_id", "feed", "journey", "source"})
"""What every portfolio names for itself, by words that others use too: it is told its own, never another's."""
SANDBOX_ONLY = frozenset({"clock_id", "test_customer_id"})
SECRET = "theirs-alone"
"""A word that the other portfolio put wherever words can be put."""
SHARED_KEY = "a-key-of-both"
NAMES = [f"c{number:07d}" for number in range(1, 60)]


@dataclass(frozen=True, slots=True)
class Foreign:
    """What another portfolio of the same store gave out: identifiers by their kind, and where its lists go on."""

    known: Mapping[str, Sequence[str]]
    cursors: Mapping[str, str]

    def marks(self, asked: str) -> set[str]:
        """Return what an answer must not hold: every identifier but those that were asked with, and the secret word."""
        own = {kind: ids for kind, ids in self.known.items() if kind not in COMMON}
        return {one for ids in own.values() for one in ids if one not in asked} | {SECRET}


def lines(
    other: Service,
    theirs: httpx.Client,
    ours: httpx.Client,
    service: Service,
    operations: Sequence[Described],
    calls: int,
) -> Iterator[Line]:
    """Have every role ask a service for what another portfolio of its store holds."""
    where, allowed = service.settings.environment, {role: headers_of(service, role) for role in Role}
    foreign = given_out(other, theirs, operations)
    kinds = {kind for one in operations for kind in _kinds(one)} - COMMON
    untried = sorted(kinds - foreign.known.keys() - (SANDBOX_ONLY if where == "live" else set()))
    statuses, leaks = _fuzz(foreign, operations, allowed, ours, calls)
    if untried or leaks:
        sys.stderr.write("\n".join([*untried, *leaks[:20], str(statuses), ""]))
    what = f"{where}: calls with identifiers of another portfolio"
    yield count_line(f"{what}: kinds of identifiers, of {len(kinds)}, never tried", len(untried), such=untried)
    yield count_line(f"{what}: anything but 404, or a word of it", len(leaks), such=leaks).times(
        statuses.total(), statuses.total()
    )


def _kinds(one: Described) -> dict[str, str]:
    """Say of which kind each value in a path is, with an example: a customer of the sandbox is a kind of its own."""
    is_test = one.template.startswith("/v1/test-customers/")
    return {f"test_{part['name']}" if is_test else part["name"]: part["example"] for part in one.parameters("path")}


def _fuzz(
    foreign: Foreign,
    operations: Sequence[Described],
    allowed: Mapping[Role, dict[str, str]],
    ours: httpx.Client,
    calls: int,
) -> tuple[Counter[int], list[str]]:
    luck, statuses, leaks = Random("foreign"), Counter[int](), []
    for number in range(max(calls, len(operations))):
        one, kinds = operations[number % len(operations)], _kinds(operations[number % len(operations)])
        values = {kind: luck.choice(foreign.known.get(kind) or [example]) for kind, example in kinds.items()}
        asked = one.template.format(**{kind.removeprefix("test_"): value for kind, value in values.items()})
        headers = dict(allowed[luck.choice(sorted(PERMITTED.get(f"{one.method} {one.template}") or Role))])
        if one.is_keyed:
            headers["Idempotency-Key"] = f"own-{number}" if kinds else SHARED_KEY
        params = {"cursor": cursor} if (cursor := foreign.cursors.get(one.template)) else None
        answer = ours.request(one.method, asked, headers=headers, json=one.example, params=params)
        statuses[answer.status_code] += 1
        is_hidden = answer.status_code == 404 or not kinds.keys() - COMMON
        # A key of the other's own is new here: with another body it is no conflict.
        is_hidden &= answer.status_code < 500 and (answer.is_success or "key_reused" not in answer.text)
        if not is_hidden or any(mark in answer.text for mark in foreign.marks(asked)):
            leaks.append(f"{one.method} {asked}: {answer.status_code} {answer.text[:200]}")
    return statuses, leaks


def given_out(other: Service, ask: httpx.Client, operations: Sequence[Described]) -> Foreign:
    """Have a portfolio make one of everything that gets an identifier."""
    desk = _Desk(ask, headers_of(other, *(set(Role) - {Role.ADMIN})), headers_of(other, Role.ADMIN))
    asked = desk.make("/v1/decisions", {"customer_ids": NAMES}, key=SHARED_KEY)
    decisions = [one["decision"] for one in asked["results"]]
    event = {"event_id": f"{SECRET}-1", "kind": "payment", "customer_id": "c0000090", "amount_cents": 100}
    desk.make("/v1/events", event | {"happened_at": "2026-03-04T09:30:00-03:00"})
    grounds = {"grounds": f"The customer says so: {SECRET}"}
    review = desk.make(f"/v1/decisions/{decisions[0]['decision_id']}/review-requests", grounds)
    change = {"kind": "book", "title": SECRET, "reason": SECRET, "files": {"policies/house.yaml": f"# {SECRET}\n"}}
    request = desk.make("/v1/change-requests", change)
    endpoint = desk.make("/v1/webhook-endpoints", {"url": f"https://crm.example.com/{SECRET}"}, is_admin=True)
    endpoint_id = endpoint["endpoint_id"]
    stop = desk.make("/v1/kill-switches", {"scope": "channel", "name": "letter", "reason": SECRET})
    known = {
        "decision_id": [one["decision_id"] for one in decisions],
        "permit_id": [one["permit"]["id"] for one in decisions if one["permit"]],
        "job_id": [desk.lines("/v1/decision-jobs", b'{"customer_id": "c0000001"}\n')["job_id"]],
        "event_id": [event["event_id"]],
        "source": ["crm"],
        "hold_id": [desk.make("/v1/customers/c0000001/holds", {"kind": "vulnerable"})["data"]["hold_id"]],
        "review_id": [review["review_id"]],
        "endpoint_id": [endpoint_id],
        "delivery_id": [desk.make(f"/v1/webhook-endpoints/{endpoint_id}/test", is_admin=True)["delivery_id"]],
        "key_id": [key.key_id for key in other.store.callers.all()],
        "change_id": [request["change_id"]],
        "digest": [request["version"]],
        "release_id": ["feedfacefeedface"],
        "switch_id": [stop["switch_id"]],
    }
    if other.settings.environment == "test":
        known["clock_id"] = [desk.make("/v1/test-clocks", {"at": "2026-03-04T13:00:00Z"})["clock_id"]]
        actor = {"kind": "paid", "balance_cents": 18_990, "days_past_due": 5}
        known["test_customer_id"] = [desk.make("/v1/test-customers", actor)["customer_id"]]
    return Foreign({kind: ids for kind, ids in known.items() if ids}, desk.cursors(operations))


@dataclass(frozen=True, slots=True)
class _Desk:
    """Those who work in the other portfolio: everybody with business, and an administrator."""

    ask: httpx.Client
    people: dict[str, str]
    admin: dict[str, str]

    def make(self, path: str, body: Any = None, *, is_admin: bool = False, key: str = "") -> dict[str, Any]:
        headers = (self.admin if is_admin else self.people) | ({"Idempotency-Key": key} if key else {})
        return self._done(self.ask.post(path, json=body, headers=headers))

    def lines(self, path: str, content: bytes) -> dict[str, Any]:
        headers = self.people | {"Content-Type": "application/x-ndjson"}
        return self._done(self.ask.post(path, content=content, headers=headers))

    def cursors(self, operations: Sequence[Described]) -> dict[str, str]:
        """Ask for one of each list, so that it says where it goes on."""
        found = {}
        for one in operations:
            if any(part["name"] == "cursor" for part in one.parameters("query")) and not one.parameters("path"):
                told = self.ask.get(one.template, params={"limit": 1}, headers=self.people).json()
                if told.get("next_cursor"):
                    found[one.template] = told["next_cursor"]
        return found

    def _done(self, answer: httpx.Response) -> dict[str, Any]:
        assert answer.is_success, answer.text
        told: dict[str, Any] = answer.json()
        return told
