"""One process of a crowd of callers, who all ask about the same customers and do with permits what senders do."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from random import Random
from time import monotonic, sleep
from typing import Any, TypeVar

from regua.errors import UnavailableError
from serving.api.problems import RETRY_SECONDS
from serving.permits.claims import Claims, Outcome
from serving.service import Service
from serving.store import Permit, PermitState

Done = TypeVar("Done")
AT_ONCE, RIVALS = 0.2, 0.1
"""The shares of callers who take a permit with its decision, and of those without one who try for somebody else's."""
OUTCOMES = (None, Outcome.SENT, Outcome.UNKNOWN, Outcome.NOT_SENT, Outcome.NOT_SENT)
"""What a sender says of a claimed permit, if anything; what is given back lets the others in again."""
MOST_IN_A_REQUEST = 5
PATIENCE_S = 600.0


@dataclass
class Heard:
    """What callers were told; each adds to lists alone, since a count may be lost where two add to it at once."""

    tried: list[str] = field(default_factory=list)
    claimed: list[str] = field(default_factory=list)
    contacts: list[tuple[str, str, str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)


class Crowd:
    """The callers of one process, the ``part``-th of several; ``names`` are the customers they meet at."""

    def __init__(self, service: Service, names: Sequence[str], part: int, callers: int) -> None:
        self._service, self._names, self._part, self._callers = service, names, part, callers
        self._claims = Claims(service.pipeline)
        self.heard = Heard()

    def ask_all(self, day: int) -> None:
        """Let all ask about everybody at once; the first of them also reports of each, once it has asked about it."""
        threads = [threading.Thread(target=self._call, args=(caller, day)) for caller in range(self._callers)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()

    def _call(self, caller: int, day: int) -> None:
        luck, now = Random(f"{self._part} {caller} {day}"), self._service.clock.now()
        # All crowd about the first customer, and come to the others in an order of their own, a few in a request.
        first, *others = range(len(self._names))
        order = iter((first, *luck.sample(others, len(others))))
        size = 1
        while places := list(islice(order, size)):
            names, size = [self._names[place] for place in places], luck.randint(1, MOST_IN_A_REQUEST)
            # No two ask about a customer in the same instant: that would be one question.
            at = now + timedelta(microseconds=(places[0] * 1_000 + caller) * 10 + self._part)
            self.heard.tried.extend(names)
            try:
                self._contact(names, at, luck)
                for name in () if caller else names:
                    self._patiently(luck, partial(self._report, name, day))
            except Exception as problem:  # counted, and told as a line
                self.heard.failures.append(f"{type(problem).__name__}: {problem}")

    def _report(self, name: str, day: int) -> None:
        """Tell of a dispute, or that it is over: from then on a contact has another purpose, and so another slot."""
        kind = "hold_lifted" if (day + self._part) % 2 else "hold_placed"
        event: dict[str, Any] = {"event_id": f"{name} {day} {self._part}", "kind": kind, "customer_id": name}
        event |= {"happened_at": self._service.clock.now().isoformat(), "data": {"kind": "dispute_open"}}
        (receipt,) = self._service.take_in([("crowd", event)])
        assert str(receipt.status) in ("accepted", "duplicate"), receipt

    def _contact(self, names: Sequence[str], at: datetime, luck: Random) -> None:
        """Decide for customers and do with their permits what senders do: claim, lose the answer, or give back."""
        takes_at_once, permits = luck.random() < AT_ONCE, self._service.store.permits
        ask = partial(self._service.pipeline.answer, names, at, auto_claim=takes_at_once)
        for answer in self._patiently(luck, ask):
            told = answer.decision.permit
            if told is not None:
                permit = self._patiently(luck, partial(permits.one, told["id"]))
                (self._made if answer.is_claimed else self._claim)(permit, at, luck)
            elif luck.random() < RIVALS:
                for one in self._patiently(luck, partial(permits.of, [answer.customer_id], [PermitState.OPEN])):
                    self._claim(one, at, luck)

    def _claim(self, permit: Permit, at: datetime, luck: Random) -> None:
        later = max(at, permit.not_before) + timedelta(microseconds=5)
        if self._patiently(luck, partial(self._claims.claim, permit.permit_id, later)).is_granted:
            self._made(permit, later, luck)

    def _made(self, permit: Permit, at: datetime, luck: Random) -> None:
        """Note a claim that was granted, and say what became of it."""
        self.heard.claimed.append(permit.permit_id)
        outcome = luck.choice(OUTCOMES)
        if outcome is not None:
            self._patiently(luck, partial(self._claims.settle, permit.permit_id, outcome, max(at, permit.not_before)))
        if outcome is not Outcome.NOT_SENT:
            self.heard.contacts.append((permit.customer_id, permit.contract_id, permit.slot))

    def _patiently(self, luck: Random, work: Callable[[], Done]) -> Done:
        """Come again when the service says so, as its own client does, and no two in the same instant."""
        until = monotonic() + PATIENCE_S
        while True:
            try:
                return work()
            except UnavailableError as problem:
                if monotonic() > until:
                    raise
                self.heard.refusals.append(problem.found)
                sleep(RETRY_SECONDS * (1 + luck.random()))
