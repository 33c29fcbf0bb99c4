"""Changes and stops while two processes of the real service decide and claim: one version, and none after a stop."""

import http.client
import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

from regua.settings import Settings
from serving.access.access import Access
from serving.access.roles import Role
from serving.changes.change import Change
from serving.proving.replay import Replayer
from serving.store import Store
from serving.store.instants import instant
from tests.trust.databases import POSTGRES, SQLITE, place
from tests.trust.line import Line, count_line
from tests.trust.served import CUSTOMERS, Served, settings_of
from tests.trust.world import small_world

WORKERS, CALLERS = 2, 4
CHANGES, STOPS, CLAIMS = {True: 40, False: 1}, {True: 10, False: 1}, {True: 120, False: 40}
AT_A_CHANGE = {True: 120, False: 25}
"""Decisions waited for after each change."""
DECIDED_ABOUT = CUSTOMERS // 4
"""So many are decided about during the changes; the others keep the permits that claims and stops are tried with."""
WITHIN_S = {True: 5.0, False: 60.0}
"""A machine that runs other tests beside these may stand still for a while."""
REFUSED_FOR_NOW = ("overloaded", "too_late")
"""What a machine that is busy with other things answers early, and a client takes as a word to wait."""
EARLY = "catalog/early/early_digital.yaml"
WITHOUT_LIMIT = 100_000_000
PEOPLE = {"ana": {Role.STRATEGIST}, "bia": {Role.APPROVER}, "crm-1": {Role.CRM}}


def lines(folder: Path, *, full: bool) -> Iterator[Line]:
    """Change and stop what two processes decide by, on each database."""
    with Served(folder) as served:
        for name in (SQLITE, POSTGRES) if full else (SQLITE,):
            with place(name, folder / name) as where:
                served.serve(where, WORKERS)
                with Store.open(settings_of(served.folder, where)) as store:
                    desk = Desk(served, store, settings_of(served.folder, where))
                    yield from _changed(name, desk, full=full)
                    yield from _stopped(name, desk, full=full)
                served.stop()


class Desk:
    """Three people with keys, who call whichever process takes their call."""

    def __init__(self, served: Served, store: Store, settings: Settings) -> None:
        self.store, self.settings, self._served = store, settings, served
        access = Access(settings, store)
        given = {
            who: access.give(who, roles, "tests", requests_per_minute=WITHOUT_LIMIT) for who, roles in PEOPLE.items()
        }
        self.keys = {who: one.text for who, one in given.items()}

    def call(self, who: str, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        """Ask once, on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self._served.port, timeout=60)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.keys[who]}"}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def done(self, who: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Ask once, and be given what was asked."""
        status, told = self.call(who, method, path, body)
        assert status < 300, (status, told)
        return told


@dataclass(frozen=True, slots=True)
class Decided:
    """One answer: when it was asked for and given, and the book it names."""

    began: float
    ended: float
    book: str


@dataclass(frozen=True, slots=True)
class Went:
    """A book that went live: when that was asked for, and acknowledged."""

    sent: float
    acknowledged: float
    book: str


def _changed(name: str, desk: Desk, *, full: bool) -> Iterator[Line]:
    seen: list[Decided] = []
    problems: list[str] = []
    is_over, numbers = threading.Event(), count()

    def decide() -> None:
        while not is_over.is_set():
            customer, began = f"c{next(numbers) % DECIDED_ABOUT + 1:07d}", perf_counter()
            status, told = desk.call("crm-1", "POST", "/v1/decisions", {"customer_ids": [customer]})
            if status == 503 and told.get("code") in REFUSED_FOR_NOW:
                sleep(0.05)  # nothing was decided; it is asked again, as a client would
                continue
            if status != 200:
                problems.append(f"{status} {told}"[:200])
                continue
            book = told["results"][0]["decision"]["digests"]["book"]
            seen.append(Decided(began, perf_counter(), book))
            sleep(0.01)

    threads = [threading.Thread(target=decide) for _ in range(CALLERS)]
    for one in threads:
        one.start()
    went = list(_live_by_turns(desk, seen, full=full))
    is_over.set()
    for one in threads:
        one.join()
    lag, wrong = _held_to(went, seen)
    what = f"{name}: {len(seen):,} decisions of {WORKERS} processes during {len(went) - 1} changes"
    yield count_line(f"{what}: not answered", len(problems), such=problems)
    yield Line(f"{what}: by the old book after the new one was acknowledged", *_held(lag, "{:.1f} s", full=full))
    yield count_line(f"{what}: by a book that was not live then", wrong)
    rows = list(desk.store.whole_log())
    known = {one.book for one in went}
    replays = Replayer(desk.store, desk.settings).replay_all(rows)
    yield count_line(f"{what}: that name no book that was live", sum(row.book_digest not in known for row in rows))
    unequal = [one for one in replays if not one.is_equal]
    yield count_line(f"{what}: that the book they name does not make again, byte for byte", len(unequal))


def _held(seconds: float, how: str, *, full: bool) -> tuple[str, str, bool]:
    return f"≤ {WITHIN_S[full]:.0f} s", how.format(seconds), seconds <= WITHIN_S[full]


def _live_by_turns(desk: Desk, seen: list[Decided], *, full: bool) -> Iterator[Went]:
    """Put a book live and take it back, again and again, each time once all decisions are by the one before."""
    shipped = desk.done("ana", "GET", "/v1/journeys")["book_digest"]
    source = desk.done("ana", "GET", "/v1/journeys/early_digital")["source"]
    yield Went(0.0, 0.0, shipped)
    change: dict[str, Any] = {}
    at_each = AT_A_CHANGE[full]
    for turn in range(CHANGES[full]):
        if turn % 2 == 0:
            change = _approved(desk, source, turn)
            path, body, live = "apply", None, change["version"]
        else:
            path, body, live = "rollback", {"note": "Back"}, change["base"]
        sent = perf_counter()
        desk.done("bia", "POST", f"/v1/change-requests/{change['change_id']}/{path}", body)
        yield Went(sent, acknowledged := perf_counter(), live)
        start = len(seen)
        while len(seen) < start + at_each or {one.book for one in seen[-at_each:]} != {live}:
            sleep(0.02)
            if perf_counter() - acknowledged > 4 * WITHIN_S[full]:
                break  # the lag tells


def _approved(desk: Desk, source: str, turn: int) -> dict[str, Any]:
    written = source.replace("version: 2", f"version: {turn + 3}", 1)
    written = written.replace("BETWEEN 1 AND 15", f"BETWEEN 1 AND {6 + turn % 8}", 1)
    body = {"kind": "book", "title": "Days", "reason": "A trial", "files": {EARLY: written}}
    told = desk.done("ana", "POST", "/v1/change-requests", body)
    verdict = {"version": told["version"], "base": told["base"], "at": instant(small_world().MOMENT), "by": "ana"}
    verdict |= {"is_sound": True, "findings": [], "differences": [], "touched": None, "journeys": {}}
    desk.store.changes.act(told["change_id"], lambda kept, _: replace(Change.of(kept), verdict=verdict).asked())
    one = f"/v1/change-requests/{told['change_id']}"
    return desk.done("bia", "POST", f"{one}/approve", {"version": told["version"]})


def _held_to(went: Sequence[Went], seen: Sequence[Decided]) -> tuple[float, int]:
    """Return how long after a change an earlier book decided, and how many decisions no live book accounts for."""
    lag, wrong = 0.0, 0
    for one in seen:
        places = [place for place, live in enumerate(went) if live.book == one.book and live.sent <= one.ended]
        if not places:
            wrong += 1
        elif places[-1] + 1 < len(went):
            lag = max(lag, one.began - went[places[-1] + 1].acknowledged)
    return lag, wrong


def _stopped(name: str, desk: Desk, *, full: bool) -> Iterator[Line]:
    seen, slowest, by_command = Counter[str](), 0.0, 0
    permits, stops = _permits(desk), STOPS[full]
    each = min(CLAIMS[full], len(permits) // stops)
    assert each, f"{len(permits)} permits for {stops} stops"
    for turn in range(stops):
        some = [permits.pop() for _ in range(each)]
        is_command = turn % 2 == 1
        by_command += is_command
        took, found = _one_stop(desk, some, is_command=is_command)
        seen, slowest = seen + found, max(slowest, took)
    told = f"{seen['before']:,} granted before, {seen['portfolio_stopped']:,} refused as stopped"
    what = f"{name}: {stops} stops ({by_command} by regua stop) while {WORKERS} processes answer claims ({told})"
    yield count_line(f"{what}: granted after the stop was acknowledged", seen["after"])
    yield count_line(f"{what}: granted after one person asked to go on", seen["after one word"])
    yield Line(f"{what}: the slowest stop", *_held(slowest, "{:.2f} s", full=full))
    is_tried = min(seen["before"], seen["portfolio_stopped"]) > 0
    yield Line(f"{what}: some on each side", "some", told, is_tried)
    went_on = seen["after two words"]
    yield Line(f"{what}: granted once two people let it go on", "some", f"{went_on:,}", went_on > 0)


def _permits(desk: Desk) -> list[str]:
    """Decide all the others, and return the permits that may be claimed at once."""
    found = []
    for first in range(DECIDED_ABOUT, CUSTOMERS, 500):
        names = [f"c{number:07d}" for number in range(first + 1, first + 501)]
        told = desk.done("crm-1", "POST", "/v1/decisions", {"customer_ids": names})
        for decision in (one["decision"] for one in told["results"]):
            permit = decision.get("permit")
            if permit and permit["not_before"] <= decision["decided_at"]:
                found.append(permit["id"])
    return found


def _one_stop(desk: Desk, permits: list[str], *, is_command: bool) -> tuple[float, Counter[str]]:
    """Claim from several threads, stop in the middle, and let it go on by two people's word.

    A third is claimed before the stop is told, a third while it is, if it takes that long, and a third after it.
    """
    waiting, answers = list(permits), list[tuple[float, float, str, str]]()
    middle, is_stopped, third = threading.Event(), threading.Event(), len(permits) // 3

    def claim() -> None:
        while waiting:
            if len(waiting) <= third:
                is_stopped.wait(60)
            try:
                permit = waiting.pop()
            except IndexError:
                return
            answers.append(_claimed(desk, permit))
            if len(answers) >= third:
                middle.set()

    threads = [threading.Thread(target=claim) for _ in range(CALLERS)]
    for one in threads:
        one.start()
    middle.wait(60)
    sent = perf_counter()
    switch = _stop_by_command(desk) if is_command else _stop(desk)
    acknowledged = perf_counter()
    is_stopped.set()
    for one in threads:
        one.join()
    left = [permit for _, _, permit, came in answers if came == "portfolio_stopped"][:5]
    one = f"/v1/kill-switches/{switch}"
    desk.done("ana", "DELETE", one)
    half = [_claimed(desk, permit)[3] for permit in left]
    desk.done("bia", "DELETE", one)
    whole = [_claimed(desk, permit)[3] for permit in left]
    seen = Counter(came for _, _, _, came in answers if came != "granted")
    seen["before"] = sum(came == "granted" and began <= acknowledged for began, _, _, came in answers)
    seen["after"] = sum(came == "granted" and began > acknowledged for began, _, _, came in answers)
    seen["after one word"], seen["after two words"] = half.count("granted"), whole.count("granted")
    return acknowledged - sent, seen


def _claimed(desk: Desk, permit: str) -> tuple[float, float, str, str]:
    began = perf_counter()
    status, told = desk.call("crm-1", "POST", f"/v1/permits/{permit}/claim")
    return began, perf_counter(), permit, "granted" if status == 200 else str(told.get("reason"))


def _stop(desk: Desk) -> str:
    told = desk.done("ana", "POST", "/v1/kill-switches", {"scope": "portfolio", "reason": "Wrong link"})
    return str(told["switch_id"])


def _stop_by_command(desk: Desk) -> str:
    where = desk.settings.store_url
    assert where is not None
    named = {"REGUA_HOME": str(desk.settings.home), "REGUA_STORE_URL": where.get_secret_value()}
    program = "from regua.cli import main; main()"
    command = [sys.executable, "-c", program, "stop", "portfolio", "--reason", "Wrong link", "--json"]
    done = subprocess.run(
        command, env={**os.environ, **named, "REGUA_KEY": desk.keys["ana"]}, capture_output=True, text=True, check=True
    )
    return str(json.loads(done.stdout)["switch_id"])
