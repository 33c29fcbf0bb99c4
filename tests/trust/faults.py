"""Each part away, slow, late or wrong: an answer with its reason or a 503, never a contact that it forbids.

The same requests are answered before anything is broken, for how long that takes as a rule; the slowest of a hundred
may take twice as long while a part is broken.
"""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

import httpx

from regua.errors import NotFoundError
from tests.trust.faulty import FAULTS, Fault, World, world
from tests.trust.line import Line, count_line

REQUESTS = {True: 2_000, False: 12}
AS_USUAL = Fault("nothing", lambda _: nullcontext())
BACK_WITHIN_S = {True: 10.0, False: 60.0}
SLOWEST_S = 3.0
MOST_TIMES = 2.0
"""So many times as slow, at most, are answers while a part is broken."""


@dataclass
class Heard:
    """What was answered while a part was broken."""

    requests: int = 0
    failures: int = 0
    unexplained: list[str] = field(default_factory=list)
    forbidden: int = 0
    refused: int = 0
    decisions: list[str] = field(default_factory=list)
    took_s: list[float] = field(default_factory=list)

    def quickest_ms(self, share: float) -> float:
        """Return within what time a share of the answers came."""
        ordered = sorted(self.took_s)
        return 1_000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    @property
    def told(self) -> str:
        return f"{self.failures} / {len(self.unexplained)} / {self.forbidden}"


def run(folder: Path, *, full: bool) -> Sequence[Line]:
    """Break one part after the other, ask, mend it, and ask until all is as before."""
    with world(folder, has_models=full) as opened:
        return list(_lines(opened, full=full))


def _lines(opened: World, *, full: bool) -> Iterator[Line]:
    requests, within_s = REQUESTS[full], BACK_WITHIN_S[full]
    opened.ask(0)  # whatever is opened at the first request is open
    usual = Heard()
    for at in range(requests):
        _hear(opened, AS_USUAL, usual, at)
    # A dozen requests have no slowest of a hundred, and a machine that others use may stand still during one.
    share, quick = (0.99, "p99 at most twice the usual") if full else (0.5, f"half of them within {SLOWEST_S:.0f} s")
    most_ms = MOST_TIMES * usual.quickest_ms(share) if full else 1_000 * SLOWEST_S
    for number, fault in enumerate(FAULTS):
        # From other customers each time: a contact that is planned today stands in its own way tomorrow.
        first = number * 97
        permit = _open_permit(opened, first + 50) if fault.forbids else None
        heard = Heard()
        with fault.broken(opened):
            for at in range(requests):
                _hear(opened, fault, heard, first + at)
            if permit:
                heard.forbidden += opened.crm.post(f"/v1/permits/{permit}/claim").status_code == 200
        back_s = _back(opened, first, within_s)
        lost = sum(_is_lost(opened, decision_id) for decision_id in heard.decisions)
        is_told = (heard.failures, len(heard.unexplained), heard.forbidden, lost) == (0, 0, 0, 0)
        was_felt = not fault.may_refuse or heard.refused > 0
        took_ms = heard.quickest_ms(share)
        back = f"back after {back_s:.1f} s" if back_s is not None else "not back"
        slow = f", p{100 * share:.0f} {took_ms:.0f} ms of at most {most_ms:.0f}"
        yield Line(
            f"{fault.name}, {heard.requests:,} requests ({heard.refused:,} answered 503): "
            "HTTP 500 / without a reason / contacts it forbids / decisions not in the log",
            f"0 / 0 / 0 / 0, back by itself within {within_s:.0f} s, {quick}",
            f"{heard.told} / {lost}, {back}{slow}" + (f" {heard.unexplained[0]}" if heard.unexplained else ""),
            is_told and was_felt and took_ms <= most_ms and back_s is not None,
        )
    flaw = opened.service.store.verify()
    yield count_line("flaws of the chain after all of it", 0 if flaw is None else 1)


def _hear(opened: World, fault: Fault, heard: Heard, number: int) -> None:
    began = perf_counter()
    answer = opened.ask(number)
    heard.took_s.append(perf_counter() - began)
    heard.requests += 1
    heard.failures += answer.status_code == 500
    if answer.status_code == 200:
        decision = answer.json()["results"][0]["decision"]
        heard.decisions.append(decision["decision_id"])
        heard.forbidden += fault.forbids and decision["permit"] is not None
        if problem := _unexplained(answer, fault):
            heard.unexplained.append(problem)
    else:
        heard.refused += answer.status_code == 503
        told = answer.headers.get("retry-after") and answer.json().get("code")
        if not (fault.may_refuse and answer.status_code == 503 and told):
            heard.unexplained.append(f"{answer.status_code} {answer.text[:200]}")


def _unexplained(answer: httpx.Response, fault: Fault) -> str | None:
    (result,) = answer.json()["results"]
    decision: dict[str, Any] = result["decision"]
    codes = {reason["code"] for reason in decision["reasons"]}
    if not codes:
        return "no reason"
    if fault.code and not any(code.startswith(fault.code) for code in decision["degraded"]):
        return f"degraded is {decision['degraded']}"
    if (
        fault.forbids
        and fault.code
        and not fault.code.endswith("_")
        and (fault.code not in codes or not result["retry_at"])
    ):
        return f"reasons are {sorted(codes)}, to be asked again at {result['retry_at']}"
    return None


def _open_permit(opened: World, first: int) -> str | None:
    """Find somebody who may be contacted, so that a claim can be tried while the part is broken."""
    for number in range(first, first + 60):
        permit = opened.ask(number).json()["results"][0]["decision"]["permit"]
        if permit and datetime.fromisoformat(permit["not_before"]) <= opened.clock.now():
            return str(permit["id"])
    return None


def _back(opened: World, number: int, within_s: float) -> float | None:
    """Ask until an answer is as before; return how long that took, None if it never was."""
    began = perf_counter()
    while perf_counter() - began < within_s:
        answer = opened.ask(number)
        if answer.status_code == 200:
            degraded = answer.json()["results"][0]["decision"]["degraded"]
            if all(code.startswith(("prior_", "no_bundle")) for code in degraded):
                return perf_counter() - began
        sleep(0.05)
    return None


def _is_lost(opened: World, decision_id: str) -> bool:
    try:
        opened.service.store.decision(decision_id)
    except NotFoundError:
        return True
    return False
