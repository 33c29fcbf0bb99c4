"""Erasure reaches the lists and results of jobs, and no line changes its place; what crashes left is swept away."""

import os
from datetime import timedelta

import orjson
import pytest

from serving.jobs import JobFiles, work_off, working
from serving.jobs.blanking import blank
from serving.jobs.sweeping import sweep
from serving.jobs.taking import take
from serving.privacy import reaching

HOUR = timedelta(hours=1)
NAMES = [f"c{number:07d}" for number in range(1, 8)]


@pytest.fixture
def files(service):
    return JobFiles(service.settings, service.store.portfolio)


@pytest.fixture
def given(service, files):
    def job(content: bytes, request_id: str = "r", shape: str = "regua") -> str:
        received = files.receive()
        received.add(content)
        received.settle()
        made = take(service, received, by="crm", request_id=request_id, at=service.clock.now(), shape=shape)
        received.close()
        return made.job_id

    return job


def asked(names):
    return b"".join(orjson.dumps({"customer_id": name}) + b"\n" for name in names)


def results(service, files, job_id):
    return [orjson.loads(line) for line in b"".join(files.results(service.store.jobs.one(job_id))).splitlines()]


def worked(service):
    work_off(service, service.clock.now() + HOUR)


def erase(service, name):
    service.store.subjects.erase(name, service.clock.now(), "officer")
    return reaching.forget(service.settings, service.store, service.store.subjects.erased())


def test_whoever_is_erased_leaves_the_list_and_the_results_of_a_job(service, files, given):
    job_id = given(asked(NAMES) + b'{"customer_id":"c0000003","more":1}\n')
    worked(service)
    sizes = [path.stat().st_size for path in files.lists(job_id)]
    service.clock.move(HOUR)
    assert erase(service, "c0000003").rows == 3
    assert [path.stat().st_size for path in files.lists(job_id)] == sizes
    assert not any(b"c0000003" in path.read_bytes() for path in files.lists(job_id))
    found = results(service, files, job_id)
    assert found[2] == {"line": 3, "customer_id": None, "status": "erased"}
    assert [one["customer_id"] for one in found[:-1] if one["status"] == "decided"] == NAMES[:2] + NAMES[3:]
    assert blank(service.settings, service.store, service.store.subjects.erased()) == (0, 0)


def test_a_job_at_work_goes_on_past_a_line_that_was_blanked(service, files, given, monkeypatch):
    monkeypatch.setattr(working, "AT_ONCE", 2)
    answers, parts = service.answers, []

    def once(*how):
        if parts:
            raise KeyboardInterrupt
        parts.append(1)
        return answers(*how)

    monkeypatch.setattr(service, "answers", once)
    job_id = given(asked(NAMES))
    with pytest.raises(KeyboardInterrupt):
        worked(service)
    monkeypatch.setattr(service, "answers", answers)
    erase(service, "c0000004")
    worked(service)
    found = results(service, files, job_id)
    assert [one["line"] for one in found] == [1, 2, 3, 5, 6, 7]
    assert all(one["status"] == "decided" for one in found)


def test_whoever_came_back_is_in_the_jobs_sent_since(service, files, given):
    erase(service, "c0000001")
    service.clock.move(HOUR)
    job_id = given(asked(NAMES[:2]))
    worked(service)
    before = [path.read_bytes() for path in files.lists(job_id)]
    assert blank(service.settings, service.store, service.store.subjects.erased()) == (0, 0)
    assert [path.read_bytes() for path in files.lists(job_id)] == before


def test_what_no_job_owns_is_swept_once_it_is_old(service, files, given):
    job_id = given(asked(NAMES))
    now = service.clock.now()
    orphan = files.folder("job_" + "0" * 26)
    orphan.mkdir()
    arriving = files.receive()
    parts = list((orphan.parent / "arriving").iterdir())
    assert sweep(service.settings, service.store, now - 20_000 * HOUR) == 0
    for path in (orphan, files.folder(job_id), *parts):
        os.utime(path, (now.timestamp(), now.timestamp()))
    assert sweep(service.settings, service.store, now + HOUR) == 2
    assert files.are_here(job_id)
    assert not orphan.exists()
    arriving.close()
