"""Decision jobs on either database: each kept once, followed by its audit records, gone when it was given up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from regua.errors import NotFoundError
from serving.store import Logged
from serving.store.jobs import Job, JobState

NOON = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)


def job(number=1, **changes):
    fields = {"shape": "regua", "mode": "live", "state": JobState.QUEUED, "created_at": NOON, "lines": 9}
    return Job(**{"job_id": f"job_{number}", "client": "crm", "fingerprint": b"f" * 32} | fields | changes)


def test_a_job_is_kept_once_and_comes_back_as_it_was(store):
    store.jobs.open(job(), "crm")
    store.jobs.open(job(), "crm")
    assert store.jobs.one("job_1") == job()
    assert store.count("audit") == 1
    moments = (NOON, NOON + timedelta(microseconds=1))
    further = replace(job(), state=JobState.WORKING, started_at=NOON, moments=moments, lines_done=3, out_bytes=70)
    assert store.jobs.turn(further)
    assert store.jobs.one("job_1") == further


def test_the_oldest_job_comes_first(store):
    for number, minutes in ((1, 5), (2, 1), (3, 3)):
        store.jobs.open(job(number, created_at=NOON + timedelta(minutes=minutes)), "crm")
    store.jobs.turn(replace(job(3), state=JobState.DONE))
    waiting = store.jobs.in_states([JobState.QUEUED, JobState.WORKING])
    assert [one.job_id for one in waiting] == ["job_2", "job_1"]


def test_a_job_that_was_deleted_is_not_read_or_turned_any_more(store):
    store.jobs.open(job(), "crm")
    store.jobs.delete("job_1", NOON, "crm")
    assert not store.jobs.turn(replace(job(), state=JobState.DONE))
    for again in (lambda: store.jobs.one("job_1"), lambda: store.jobs.delete("job_1", NOON, "crm")):
        with pytest.raises(NotFoundError):
            again()
    assert store.count("audit") == 2
    assert store.verify() is None


def test_what_was_decided_at_a_moment_is_found_by_it(store):
    for number, at in ((1, NOON), (2, NOON), (3, NOON + timedelta(microseconds=1))):
        made = Logged(
            f"d{number}", f"c{number}", at, "nothing", None, None, None, "r", "b", "s", b"{}", b"%d" % number, b"i"
        )
        store.commit([made], store.live([f"c{number}"], NOON, at).watermark)
    assert store.jobs.made_at(["c1", "c3", "c4"], [NOON]) == {"c1": b"1"}
    assert store.jobs.made_at(["c1", "c3"], [NOON, NOON + timedelta(microseconds=1)]) == {"c1": b"1", "c3": b"3"}
    assert store.jobs.made_at(["c1"], []) == {}
