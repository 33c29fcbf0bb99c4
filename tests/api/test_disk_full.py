"""A disk without room: nothing is answered that is not kept, readiness says so, and all goes on when there is room."""

import errno
import os

import pytest

from serving.access.roles import Role

NAMES = [f"c{number:07d}" for number in range(1, 301)]


@pytest.fixture
def disk(service):
    """A disk that can be filled to its last page, and given room again."""
    connection = service.store._database._connection

    class Disk:
        def fill(self):
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {pages}")

        def give_room(self):
            connection.execute("PRAGMA max_page_count = 1000000")

    return Disk()


def decide(client, names):
    return client.post("/v1/decisions", json={"customer_ids": names})


def test_on_a_full_disk_nothing_is_answered_readiness_says_so_and_it_passes_by_itself(crm, service, disk):
    assert crm.get("/readyz").status_code == 200
    disk.fill()
    refused = decide(crm, NAMES)
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert int(refused.headers["retry-after"]) >= 1
    assert service.store.count("decisions") == service.store.count("permits") == 0
    ready = crm.get("/readyz")
    assert ready.status_code == 503
    assert "full" in ready.json()["parts"]["decision_log"]["problem"]
    disk.give_room()
    assert decide(crm, NAMES).status_code == 200
    assert crm.get("/readyz").status_code == 200
    assert service.store.count("decisions") == len(NAMES)
    assert service.store.verify() is None


def test_what_was_refused_a_while_ago_keeps_nobody_from_trying_again(crm, disk, monkeypatch):
    from serving.store import joining

    disk.fill()
    assert decide(crm, NAMES).status_code == 503
    monkeypatch.setattr(joining, "REMEMBERED_SECONDS", 0.0)
    assert crm.get("/readyz").status_code == 200


@pytest.mark.parametrize(("number", "status"), [(errno.ENOSPC, 503), (errno.EIO, 503), (errno.EBADF, 500)])
def test_a_list_that_the_disk_has_no_room_for_is_refused_until_it_has(client_of, monkeypatch, number, status):
    def refuse(descriptor):
        raise OSError(number, os.strerror(number))

    crm = client_of(Role.CRM)
    headers = {"content-type": "application/x-ndjson"}
    with monkeypatch.context() as full:
        full.setattr("serving.jobs.files.os.fsync", refuse)
        answer = crm.post("/v1/decision-jobs", content=b'{"customer_id": "c0000001"}\n', headers=headers)
    assert answer.status_code == status
    assert ("retry-after" in answer.headers) == (status == 503)
    again = crm.post("/v1/decision-jobs", content=b'{"customer_id": "c0000001"}\n', headers=headers)
    assert again.status_code < 300
