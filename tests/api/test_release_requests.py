"""A release of models goes to work by a request, decides, gives way to the next, and comes back."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from serving.access.roles import Role
from tests.api import described
from tests.api.callers import WITHOUT_LIMIT
from tests.oracle.mutants import small_release
from training.releasing.promotion import promote

PEOPLE = {"dora": {Role.DATA_SCIENTIST}, "bia": {Role.APPROVER}}
NAMES = [f"c{number:07d}" for number in range(1, 31)]


@pytest.fixture
def person(app, service) -> Iterator[Callable[[str], httpx.Client]]:
    """Give the client of a named person."""
    opened = {}
    for name, roles in PEOPLE.items():
        shown = service.access.give(name, roles, "tests", requests_per_minute=WITHOUT_LIMIT)
        opened[name] = described.client(app, {"Authorization": f"Bearer {shown.text}"})
    yield opened.__getitem__
    for one in opened.values():
        one.close()


def asked(person, release: str) -> str:
    body = {"kind": "release", "title": "Next", "reason": "Knows another week", "release_id": release}
    told = person("dora").post("/v1/change-requests", json=body)
    assert told.status_code == 201, told.text
    return f"/v1/change-requests/{told.json()['change_id']}"


def put_to_work(person, release: str) -> str:
    one = asked(person, release)
    assert person("bia").post(f"{one}/approve", json={"version": release}).status_code == 409  # nobody tried it
    verdict = person("dora").post(f"{one}/trial").json()["verdict"]
    assert verdict["is_sound"], verdict["findings"]
    assert verdict["touched"]["customers"] > 100
    assert person("dora").post(f"{one}/approve", json={"version": release}).status_code == 403
    assert person("bia").post(f"{one}/approve", json={"version": release}).json()["state"] == "approved"
    assert person("bia").post(f"{one}/apply").json()["state"] == "applied"
    return one


def decided_by(service, names) -> set[str]:
    service.releases.settle()
    service.decide(names)
    return {row.release_id for row in service.store.whole_log() if row.customer_id in names}


@pytest.mark.slow
def test_a_release_goes_to_work_and_back_by_requests(person, service) -> None:
    first, second = (small_release(service.settings, rows=320, trees=trees) for trees in (1, 2))
    at = service.clock.now()
    promote(service.settings, first, by="ana", approved_by="bia", reason="the first of a new home", at=at)
    assert decided_by(service, NAMES[10:20]) == {first}
    one = put_to_work(person, second)
    assert decided_by(service, NAMES[20:25]) == {second}
    assert person("dora").get("/readyz").json()["parts"]["release"]["release_id"] == second
    back = person("bia").post(f"{one}/rollback", json={"note": "Complaints rose"})
    assert back.json()["state"] == "rolled_back"
    assert decided_by(service, NAMES[25:]) == {first}
    told = person("dora").get("/v1/models").json()
    assert [(row["action"], row["by"], row["approved_by"]) for row in told["history"]] == [
        ("promote", "ana", "bia"),
        ("promote", "dora", "bia"),
        ("rollback", "dora", "bia"),
    ]
    assert told["at_work"] == first
    assert person("dora").get(f"/v1/models/{first}").json()["release_id"] == first
    assert service.store.verify() is None


def test_a_release_that_is_not_as_signed_is_not_asked_for(person, service) -> None:
    release = small_release(service.settings, rows=320, trees=1)
    (service.settings.releases / release / "roll_risk.lgb").write_text("tree\n")
    body = {"kind": "release", "title": "Next", "reason": "Knows more", "release_id": release}
    assert person("dora").post("/v1/change-requests", json=body).json()["code"] == "bundle"


def test_a_release_that_is_not_here_is_not_found(person) -> None:
    body = {"kind": "release", "title": "Next", "reason": "Of another home", "release_id": "feedfacefeedface"}
    told = person("dora").post("/v1/change-requests", json=body)
    assert (told.status_code, told.json()["code"]) == (404, "not_found")
