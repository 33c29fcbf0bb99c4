"""Many hands at the change requests of one service: what they may do is written here a second time, and compared."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import httpx

from regua.clock import SetClock
from regua.settings import Settings
from serving.access.roles import Role
from serving.api import create_app
from serving.changes.change import Change
from serving.changes.drafting import files_of
from serving.service import Service
from serving.store.instants import instant
from tests.api import in_process
from tests.trust.line import Line, count_line
from tests.trust.matrix import described
from tests.trust.world import small_world

STEPS = {True: 20_000, False: 250}
EARLY = "catalog/early/early_digital.yaml"
WITHOUT_LIMIT = 100_000_000
PEOPLE = {
    "ana": {Role.STRATEGIST},
    "bia": {Role.APPROVER},
    "caio": {Role.STRATEGIST, Role.APPROVER},
    "dora": {Role.DATA_SCIENTIST},
    "eva": {Role.APPROVER, Role.DATA_SCIENTIST},
    "crm-1": {Role.CRM},
    "root": {Role.ADMIN},
    "uwe": {Role.AUDITOR, Role.PRIVACY_OFFICER},
}
WRITES, JUDGES = {Role.STRATEGIST, Role.APPROVER}, {Role.APPROVER}
READS_BACK = {Role.STRATEGIST, Role.APPROVER, Role.DATA_SCIENTIST}
ODDS = {"submit": 2, "edit": 1, "trial": 6, "approve": 8, "apply": 8, "reject": 1, "rollback": 5}


@dataclass
class Request:
    """A request as the rules have it: whoever wrote it, on what, and how far it may have come."""

    author: str
    authors: set[str]
    base: str
    target: str
    source: str
    state: str = "submitted"
    tried_at: datetime | None = None
    is_sound: bool = False


@dataclass
class Rules:
    """What is live by the rules alone, and what each person may do next."""

    live: str
    sources: dict[str, str]
    requests: dict[str, Request] = field(default_factory=dict)
    lived: list[tuple[str, str]] = field(default_factory=list)

    def may(self, did: str, who: str, name: str, at: datetime, version: str = "", source: str = "") -> bool:
        """Say whether a person may take a step."""
        roles, asked = PEOPLE[who], self.requests.get(name)
        if did == "submit":
            return bool(roles & WRITES) and source != self.sources[self.live]
        if asked is None:
            return False
        is_open, is_other = asked.state in ("submitted", "approved"), who not in asked.authors
        if did == "edit":
            return bool(roles & WRITES) and is_open and source != self.sources[self.live]
        if did == "reject":
            return bool(roles & READS_BACK) and is_open and (bool(roles & JUDGES) or who == asked.author)
        if not roles & JUDGES or not is_other:
            return False
        if did == "approve":
            is_fresh = asked.tried_at is not None and at - asked.tried_at <= timedelta(hours=24)
            is_same = version == asked.target and asked.base == self.live
            return asked.state == "submitted" and is_same and is_fresh and asked.is_sound
        if did == "apply":
            return asked.state == "applied" or (asked.state == "approved" and asked.base == self.live)
        return asked.state == "applied" and self.lived[-1][1] == name

    def apply(self, name: str) -> None:
        """Put a request live, once."""
        asked = self.requests[name]
        if asked.state == "approved":
            asked.state, self.live = "applied", asked.target
            self.lived.append((asked.target, name))

    def roll_back(self, name: str) -> None:
        """Bring back what was live before a request."""
        asked = self.requests[name]
        asked.state, self.live = "rolled_back", asked.base
        before = [who for target, who in reversed(self.lived) if target == asked.base and who != name]
        self.lived.append((asked.base, before[0] if before else ""))


class Walk:
    """One service, its people, and the rules beside it."""

    def __init__(self, folder: Path) -> None:
        small = small_world()
        folder.mkdir(parents=True, exist_ok=True)
        self.clock = SetClock(small.MOMENT)
        profiles = small.TableProfiles(small.customers(100), small.PROFILE_AT)
        self.service = Service(Settings(home=folder, threads=1), self.clock, profiles)
        app = create_app(self.service.settings, service=self.service)
        self.clients = {who: in_process.client(app, self._headers(who)) for who in PEOPLE}
        live = self.service.live_book.begin(self.clock)
        # What is put live is compiled and taken up elsewhere; here it is about who may.
        self.service.live_book.take_up = lambda: self.service.book
        self.shipped = files_of(self.service.book.text)[EARLY]
        self.rules = Rules(live.target, {live.target: self.shipped}, lived=[(live.target, "")])
        self.seen, self.otherwise = Counter[str](), []

    def step(self, luck: Random) -> None:
        """Let somebody do something, and compare what came of it with the rules."""
        did = luck.choices(list(ODDS), ODDS.values())[0]
        who, at = luck.choice(list(PEOPLE)), self.clock.now()
        recent = list(self.rules.requests)[-3:]
        name = luck.choice(recent) if recent else ""
        source, asked = self._source(luck), self.rules.requests.get(name)
        version = luck.choice([asked.target, asked.target, asked.base]) if asked else "0" * 64
        if asked and luck.random() < 0.6:
            # Often what comes next, by whom it may be, so that something goes live at all.
            did, version = self._next(asked, luck), asked.target
            who = luck.choice(["ana", "caio"]) if did in ("submit", "edit") else "bia"
            if luck.random() < 0.3:  # and often by who wrote it, where everything else is as it should be
                who = luck.choice(sorted(asked.authors))
        if did == "trial":
            self._try(name, luck)
        elif did == "submit" or name:
            may = self.rules.may(did, who, name, at, version, source)
            answer = self._do(did, who, name, version, source)
            self.seen[f"{did} {'done' if answer.is_success else 'refused'}"] += 1
            if answer.is_success != may or answer.status_code >= 500:
                self.otherwise.append(f"{who} may {'' if may else 'not '}{did} {name}: {answer.text[:200]}")
            if answer.is_success:
                self.seen["live otherwise"] += did in ("apply", "rollback") and not may
                self._follow(did, who, answer.json(), source)
        kept = self.service.store.changes.live("book")
        if kept is None or kept.target != self.rules.live:
            self.seen["live otherwise"] += 1
            self.rules.live = kept.target if kept else ""
        self.clock.move(timedelta(minutes=luck.randint(1, 60)))

    def _next(self, asked: Request, luck: Random) -> str:
        if asked.state == "submitted":
            if asked.base != self.rules.live:
                return "edit" if luck.random() < 0.3 else "submit"
            return "approve" if asked.tried_at else "trial"
        return {"approved": "apply", "applied": "rollback"}.get(asked.state, "submit")

    def _do(self, did: str, who: str, name: str, version: str, source: str) -> httpx.Response:
        client, one = self.clients[who], f"/v1/change-requests/{name}"
        if did == "submit":
            body = {"kind": "book", "title": "Days", "reason": "A trial", "files": {EARLY: source}}
            return client.post("/v1/change-requests", json=body)
        if did == "edit":
            return client.patch(one, json={"files": {EARLY: source}})
        bodies = {"approve": {"version": version}, "reject": {"note": "No"}, "rollback": {"note": "Back"}}
        return client.post(f"{one}/{did}", json=bodies.get(did))

    def _follow(self, did: str, who: str, told: dict[str, str], source: str) -> None:
        name, rules = told["change_id"], self.rules
        if did == "submit":
            rules.requests[name] = Request(who, {who}, rules.live, told["version"], source)
        elif did == "edit":
            asked = rules.requests[name]
            written = Request(asked.author, asked.authors | {who}, rules.live, told["version"], source)
            rules.requests[name] = written
        elif did == "apply":
            rules.apply(name)
        elif did == "rollback":
            rules.roll_back(name)
        else:
            rules.requests[name].state = "approved" if did == "approve" else "rejected"
        rules.sources[told["version"]] = source if did in ("submit", "edit") else rules.requests[name].source

    def _try(self, name: str, luck: Random) -> None:
        """Put a verdict on a request without the seconds that a real trial takes."""
        asked = self.rules.requests.get(name)
        if asked is None or asked.state not in ("submitted", "approved"):
            return
        asked.is_sound, asked.tried_at = (
            luck.random() < 0.9,
            self.clock.now() - timedelta(hours=luck.choice([0, 0, 0, 25])),
        )
        verdict = {"version": asked.target, "base": asked.base, "at": instant(asked.tried_at), "by": "ana"}
        verdict |= {"is_sound": asked.is_sound, "findings": [], "differences": [], "touched": None, "journeys": {}}
        self.service.store.changes.act(name, lambda kept, _: replace(Change.of(kept), verdict=verdict).asked())

    def _source(self, luck: Random) -> str:
        days, number = luck.randint(4, 14), luck.randint(3, 9)
        text = self.shipped.replace("version: 2", f"version: {number}", 1)
        return text.replace("days_past_due BETWEEN 1 AND 15", f"days_past_due BETWEEN 1 AND {days}", 1)

    def _headers(self, who: str) -> dict[str, str]:
        shown = self.service.access.give(who, PEOPLE[who], "tests", requests_per_minute=WITHOUT_LIMIT)
        return {"Authorization": f"Bearer {shown.text}"}

    def call_all_else(self) -> int:
        """Call every operation that changes anything and is no change request, as everybody."""
        calls = 0
        examples = _examples(self.clients["root"])
        for words, method, path, places in described(self.clients["root"]):
            if method == "GET" or any(one in words for one in ("change-requests", "webhook", "checks")):
                continue
            for client in self.clients.values():
                client.request(method, path.format(**places), json=examples.get(words))
                calls += 1
        return calls

    def close(self) -> None:
        for client in self.clients.values():
            client.close()
        self.service.close()


def _examples(client: httpx.Client) -> dict[str, object]:
    """Take an example of each operation's body from the description of the service."""
    told = client.get("/openapi.json").json()
    found = {}
    for path, methods in told["paths"].items():
        for method, one in methods.items():
            content = one.get("requestBody", {}).get("content", {}).get("application/json", {})
            name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
            shown = told["components"]["schemas"].get(name, {}).get("examples")
            if shown:
                found[f"{method.upper()} {path}"] = shown[0]
    return found


def lines(folder: Path, *, full: bool) -> Iterator[Line]:
    """Let eight people do what they like with change requests."""
    walk, luck = Walk(folder), Random("changes")
    for _ in range(STEPS[full]):
        walk.step(luck)
    live = walk.rules.live
    calls = walk.call_all_else()
    kept = walk.service.store.changes.live("book")
    done, refused = walk.seen["apply done"], sum(count for what, count in walk.seen.items() if "refused" in what)
    undone, unlogged = walk.seen["rollback done"], _without_a_request(walk.service)
    flaw = walk.service.store.verify()
    walk.close()
    what = f"{STEPS[full]:,} steps of {len(PEOPLE)} people ({done:,} applied, {undone:,} undone, {refused:,} refused)"
    yield count_line(f"{what}: live otherwise than an approved request of another allows", walk.seen["live otherwise"])
    told = f"; such as {walk.otherwise[0]}" if walk.otherwise else ""
    yield count_line(f"{what}: answered otherwise than by the rules{told}", len(walk.otherwise))
    yield Line(
        f"{what}: something of each", "some", f"{done:,}, {undone:,}, {refused:,}", min(done, undone, refused) > 0
    )
    yield count_line(f"{calls:,} calls of all other operations: books that went live by them", int(kept.target != live))
    yield count_line(f"{what}: records of a live book without the request before it", unlogged)
    yield count_line(f"{what}: flaws of the audit chain", int(flaw is not None))


def _without_a_request(service: Service) -> int:
    """Count records of the chain that say a book went live and do not follow the word on a request."""
    kinds: Sequence[str] = [record.kind for record in _records(service)]
    allowed = {"change.applied", "change.rolled_back"}
    places = [place for place, kind in enumerate(kinds) if kind == "live.book"][1:]  # the first is what was opened
    return sum(kinds[place - 1] not in allowed for place in places)


def _records(service: Service) -> Iterator:
    seq = 0
    while page := service.store.trail.records(seq):
        yield from page
        seq = page[-1].seq
