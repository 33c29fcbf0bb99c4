"""A change over HTTP: asked for by one, agreed to by another, live in the next decision, and undone in one call."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import httpx
import pytest

from serving.access.roles import Role
from serving.changes.change import Change
from serving.changes.drafting import files_of
from serving.store.instants import instant
from tests.api import described
from tests.api.callers import WITHOUT_LIMIT

EARLY = "catalog/early/early_digital.yaml"
STRATEGIST, APPROVER, SCIENTIST = Role.STRATEGIST, Role.APPROVER, Role.DATA_SCIENTIST


@pytest.fixture
def person(app, service) -> Iterator[Callable[..., httpx.Client]]:
    """Give a client that calls as a named person with some roles."""
    opened: list[httpx.Client] = []

    def client(name: str, *roles: Role) -> httpx.Client:
        shown = service.access.give(name, roles, "tests", requests_per_minute=WITHOUT_LIMIT)
        opened.append(described.client(app, {"Authorization": f"Bearer {shown.text}"}))
        return opened[-1]

    yield client
    for one in opened:
        one.close()


def fewer_days(service, days: int = 14) -> dict[str, str]:
    text = files_of(service.book.text)[EARLY].replace("version: 2", "version: 3", 1)
    return {EARLY: text.replace("days_past_due BETWEEN 1 AND 15", f"days_past_due BETWEEN 1 AND {days}", 1)}


def asked(service, days: int = 14) -> dict[str, object]:
    return {"kind": "book", "title": "Fewer days", "reason": "A trial of less", "files": fewer_days(service, days)}


def tried(service, told) -> None:
    """Put a sound verdict on a request without the seconds that a real one takes."""
    found = {"version": told["version"], "base": told["base"], "at": instant(service.clock.now()), "by": "ana"}
    verdict = {**found, "is_sound": True, "findings": [], "differences": [], "touched": None, "journeys": {}}
    service.store.changes.act(told["change_id"], lambda kept, acts: replace(Change.of(kept), verdict=verdict).asked())


def test_a_change_is_asked_for_approved_applied_and_undone(person, service) -> None:
    ana, bia = person("ana", STRATEGIST, APPROVER), person("bia", APPROVER)
    told = ana.post("/v1/change-requests", json=asked(service), headers={"idempotency-key": "k1"})
    assert told.status_code == 201
    told, one = told.json(), f"/v1/change-requests/{told.json()['change_id']}"
    again = ana.post("/v1/change-requests", json=asked(service), headers={"idempotency-key": "k1"})
    assert again.json() == told
    assert bia.post(f"{one}/approve", json={"version": told["version"]}).json()["code"] == "conflict"
    tried(service, told)
    assert ana.post(f"{one}/approve", json={"version": told["version"]}).status_code == 403
    assert bia.post(f"{one}/apply").status_code == 409
    assert bia.post(f"{one}/approve", json={"version": told["version"]}).json()["state"] == "approved"
    assert ana.post(f"{one}/apply").status_code == 403
    assert bia.post(f"{one}/apply").json()["state"] == "applied"
    assert ana.get("/v1/journeys").json()["book_digest"] == told["version"]
    assert ana.get(f"/v1/books/{told['version']}").json()["version"] == told["version"]
    detail = ana.get("/v1/journeys/early_digital").json()
    assert (detail["version"], "BETWEEN 1 AND 14" in detail["source"]) == (3, True)
    assert [row["is_live"] for row in ana.get("/v1/books").json()["results"]] == [True, False]
    words = ana.get(f"/v1/books/{told['version']}/differences?against={told['base']}").json()["differences"]
    assert any(row["subject"] == "journey early_digital" and row["kind"] == "enter" for row in words)
    assert bia.post(f"{one}/rollback", json={"note": "Too few"}).json()["state"] == "rolled_back"
    assert ana.get("/readyz").json()["parts"]["book"]["digest"] == told["base"]
    assert service.store.verify() is None


def test_roles_say_who_asks_for_what(person, service) -> None:
    scientist, strategist = person("dora", SCIENTIST), person("ana", STRATEGIST)
    assert scientist.post("/v1/change-requests", json=asked(service)).status_code == 403
    release = {"kind": "release", "title": "t", "reason": "r", "release_id": "d4a8604e426b1258"}
    assert strategist.post("/v1/change-requests", json=release).status_code == 403
    assert scientist.post("/v1/change-requests", json=release).json()["code"] == "not_found"
    mixed = {**asked(service), "release_id": "d4a8604e426b1258"}
    assert strategist.post("/v1/change-requests", json=mixed).status_code == 422
    told = strategist.post("/v1/change-requests", json=asked(service)).json()
    one = f"/v1/change-requests/{told['change_id']}"
    assert scientist.post(f"{one}/reject", json={"note": "no"}).status_code == 403
    assert strategist.post(f"{one}/reject", json={"note": "Mine, and wrong"}).json()["state"] == "rejected"
    assert strategist.patch(one, json={"files": {}}).status_code == 409
    assert strategist.get("/v1/change-requests/chg_" + "0" * 26).status_code == 404


def test_a_change_is_read_and_written_anew(person, service) -> None:
    ana = person("ana", STRATEGIST)
    told = ana.post("/v1/change-requests", json=asked(service)).json()
    one = f"/v1/change-requests/{told['change_id']}"
    tried(service, told)
    assert ana.get(one).json()["verdict"]["is_sound"]
    edited = ana.patch(one, json={"files": fewer_days(service, 13)}).json()
    assert (edited["state"], edited["verdict"]) == ("submitted", None)
    assert edited["version"] != told["version"]
    assert ana.get(one).json() == edited


def test_requests_come_in_pages_the_latest_first(person, service) -> None:
    ana = person("ana", STRATEGIST)
    titled = [{**asked(service), "title": title} for title in ("one", "two", "three")]
    names = [ana.post("/v1/change-requests", json=one).json()["change_id"] for one in titled]
    first = ana.get("/v1/change-requests?limit=2").json()
    rest = ana.get(f"/v1/change-requests?limit=2&cursor={first['next_cursor']}").json()
    assert [row["change_id"] for row in first["results"] + rest["results"]] == names[::-1]
    assert not rest["has_more"]


@pytest.mark.slow
def test_a_trial_proves_a_change_and_counts_whom_it_touches(person, service) -> None:
    ana = person("ana", STRATEGIST)
    told = ana.post("/v1/change-requests", json=asked(service, days=14)).json()
    found = ana.post(f"/v1/change-requests/{told['change_id']}/trial").json()["verdict"]
    assert found["is_sound"], [row for row in found["findings"] if row["severity"] == "error"]
    assert (found["version"], found["base"]) == (told["version"], told["base"])
    assert found["touched"]["customers"] > 100
    assert any(one["kind"] == "enter" for one in found["differences"])
    assert not list(service.store.whole_log())


def test_a_draft_that_cannot_be_read_is_told_with_its_place(person) -> None:
    ana = person("ana", STRATEGIST)
    found = ana.post("/v1/books/checks", json={"files": {"segments.yaml": "bands: [\n"}}).json()
    assert not found["is_sound"]
    assert found["findings"][0]["code"] == "R001"
    assert "segments.yaml" in found["findings"][0]["place"]


def test_rules_are_told_with_their_sources_and_answer_for_an_instant(person) -> None:
    ana = person("ana", STRATEGIST)
    rules = ana.get("/v1/policies").json()["rules"]
    assert len(rules) > 20
    assert all(rule["source"] and rule["words"]["pt-BR"] for rule in rules)
    asked_at = {"region": "RJ", "at": "2026-03-08T23:30:00-03:00"}  # a Sunday night
    channels = ana.post("/v1/policies/evaluate", json=asked_at).json()["channels"]
    voice = next(row for row in channels if row["channel"] == "call")
    assert (voice["is_allowed"], bool(voice["rules"])) == (False, True)
    assert ana.post("/v1/policies/evaluate", json={**asked_at, "region": "XX"}).status_code == 404


def test_one_person_stops_and_two_let_it_go_on(person, service) -> None:
    ana, bia = person("ana", STRATEGIST), person("bia", APPROVER)
    stop = {"scope": "channel", "name": "whatsapp", "reason": "Wrong link"}
    told = ana.post("/v1/kill-switches", json=stop)
    assert told.status_code == 201
    assert service.switches.stops(channel="whatsapp") == "channel_stopped"
    one = f"/v1/kill-switches/{told.json()['switch_id']}"
    assert ana.delete(one).json()["state"] == "resuming"
    assert ana.delete(one).status_code == 409
    assert bia.delete(one).json()["state"] == "lifted"
    assert [row["state"] for row in ana.get("/v1/kill-switches").json()["switches"]] == ["lifted"]
    for wrong in ({"scope": "channel", "name": "pigeon"}, {"scope": "portfolio", "name": "x"}, {"scope": "journey"}):
        assert ana.post("/v1/kill-switches", json={**wrong, "reason": "r"}).status_code == 422
    journey = {"scope": "journey", "name": "nowhere", "reason": "r"}
    assert ana.post("/v1/kill-switches", json=journey).status_code == 404


def test_a_home_without_a_release_says_so(person) -> None:
    dora = person("dora", SCIENTIST)
    assert dora.get("/v1/models").json() == {"at_work": "none", "releases": [], "history": []}
    assert dora.get("/v1/models/d4a8604e426b1258").status_code == 404
