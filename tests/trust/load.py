"""Callers that ask, report and claim without end, say everything again until it is acknowledged, and remember that."""

import http.client
import json
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from time import monotonic, sleep
from typing import Any

from tests.trust.served import CUSTOMERS, Served

PATIENCE_S = 90.0
AGAIN_S = 0.05
ANSWERED = {200, 201, 404, 409, 422}


@dataclass
class Seen:
    """What callers were told: only this may be counted on."""

    decisions: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: Counter[str] = field(default_factory=Counter)
    events: set[str] = field(default_factory=set)
    claims: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    bare: int = 0
    """Answers 503 that did not say when to come back."""

    @property
    def count(self) -> int:
        return len(self.decisions) + len(self.events) + len(self.claims)


class Callers:
    """Some callers at once; leaving the block lets each finish what it has begun.

    ``is_keyed`` says whether the service keeps keys: where it does not, a request that was done and never answered is
    done again when it is said again, and nothing is promised about that.
    """

    def __init__(self, served: Served, count: int, name: str) -> None:
        self.seen = Seen()
        self._served, self._name = served, name
        self.is_keyed = False
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._call, args=(number,)) for number in range(count)]

    def __enter__(self) -> "Callers":
        first, again = (self._once("/v1/decisions", {"customer_ids": ["first"]}, "first")[1] for _ in range(2))
        self.is_keyed = first == again
        self.seen.requests["first"] += 2
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, count: int) -> None:
        """Wait until so much was acknowledged."""
        until = monotonic() + PATIENCE_S
        while self.seen.count < count:
            if monotonic() > until or self.seen.problems or not any(one.is_alive() for one in self._threads):
                raise TimeoutError(f"{self.seen.count} acknowledged, not {count}: {self.seen.problems[:1]}")
            sleep(0.002)

    def _call(self, number: int) -> None:
        try:
            luck = Random(f"{self._name} {number}")
            for turn in self._turns():
                name = f"{self._name}_{number}_{turn}"
                customer = f"c{luck.randrange(1, CUSTOMERS + 1):07d}"
                if luck.random() < 0.4:
                    self._report(name, customer, luck)
                else:
                    self._decide(name, customer)
        except Exception as problem:
            self.seen.problems.append(f"{type(problem).__name__}: {problem}")

    def _turns(self) -> Iterator[int]:
        turn = 0
        while not self._is_over.is_set():
            turn += 1
            yield turn

    def _decide(self, name: str, customer: str) -> None:
        self.seen.requests[customer] += 1
        _, answer = self._asked("/v1/decisions", {"customer_ids": [customer]}, name)
        (result,) = answer["results"]
        decision = result["decision"]
        self.seen.decisions[decision["decision_id"]] = decision
        for key in ("claim", "claim_again") if decision.get("permit") else ():
            # With another key it is another claim: of two, at most one is granted.
            status, _ = self._asked(f"/v1/permits/{decision['permit']['id']}/claim", None, f"{name}_{key}")
            if status == 200:
                self.seen.claims.append(decision["permit"]["id"])

    def _report(self, name: str, customer: str, luck: Random) -> None:
        kind = luck.choice(["payment", "contact_read", "opted_in"])
        event = {"event_id": name, "kind": kind, "customer_id": customer, "happened_at": "2026-03-04T12:00:00Z"}
        if kind == "payment":
            event["amount_cents"] = luck.randrange(100, 10_000)
        else:
            event["channel"] = "sms"
        _, answer = self._asked("/v1/events", event, name)
        (result,) = answer["results"]
        assert result["status"] in ("accepted", "duplicate"), result
        self.seen.events.add(name)

    def _asked(self, path: str, body: dict[str, Any] | None, key: str) -> tuple[int, dict[str, Any]]:
        """Say it again and again until it is answered; a key makes what is said twice be done once."""
        until = monotonic() + PATIENCE_S
        while monotonic() < until:
            status, answer = self._once(path, body, key)
            self.seen.statuses[status] += 1
            if status in ANSWERED and answer.get("code") != "key_in_use":
                assert status < 300 or path.endswith("/claim"), (status, answer)
                return status, answer
            sleep(AGAIN_S)
        raise TimeoutError(f"no answer to {path} for {PATIENCE_S:.0f} s, at last {status} {answer}")

    def _once(self, path: str, body: dict[str, Any] | None, key: str) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection("127.0.0.1", self._served.port, timeout=PATIENCE_S)
        headers = {"Content-Type": "application/json", "Idempotency-Key": key, **self._served.headers}
        try:
            connection.request("POST", path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read()
            if answer.status == 503 and not answer.getheader("Retry-After"):
                self.seen.bare += 1
            return answer.status, json.loads(content)
        except (OSError, http.client.HTTPException):
            return 0, {}
        finally:
            connection.close()
