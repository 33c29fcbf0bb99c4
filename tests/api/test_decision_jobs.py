"""A list of customers, decided about in the background: the same decisions, once each, whatever breaks in between."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

import orjson
import pytest

from regua.errors import NotFoundError, RequestError, TooLargeError, UnavailableError
from regua.locks import alone
from regua.records import Event
from regua.vocabulary import EventKind
from serving.jobs import JobFiles, work_off, working
from serving.jobs import files as job_files
from serving.jobs.taking import cancel, take

REQUESTS = count()
LATER = timedelta(days=1)


@pytest.fixture
def in_threes(monkeypatch):
    """Parts of three lines, so that a small list has many."""
    monkeypatch.setattr(working, "AT_ONCE", 3)


@pytest.fixture
def files(service):
    return JobFiles(service.settings, service.store.portfolio)


def names(numbers):
    return [f"c{number:07d}" for number in numbers]


def asked(customer_ids):
    return b"".join(orjson.dumps({"customer_id": name}) + b"\n" for name in customer_ids)


def given(service, content, mode="live"):
    received = JobFiles(service.settings, service.store.portfolio).receive()
    try:
        received.add(content)
        received.settle()
        return take(
            service, received, by="crm", request_id=f"r{next(REQUESTS)}", at=service.clock.now(), mode=mode
        ).job_id
    finally:
        received.close()


def worked(service):
    return work_off(service, service.clock.now() + LATER)


def results(service, job_id):
    files = JobFiles(service.settings, service.store.portfolio)
    return [orjson.loads(line) for line in b"".join(files.results(service.store.jobs.one(job_id))).splitlines()]


def test_a_job_decides_as_the_api_does(service, in_threes):
    wanted = names(range(1, 12))
    job_id = given(service, asked(wanted))
    assert worked(service) == 4
    found = results(service, job_id)
    assert [one["line"] for one in found] == list(range(1, 12))
    job = service.store.jobs.one(job_id)
    assert (job.state, job.decided, job.refused, job.lines_done) == ("done", 11, 0, 11)
    again = service.decide(wanted)  # at the same moment, on the same facts: the bytes that are in the log
    assert {one["customer_id"]: one["decision"] for one in found} == {
        name: orjson.loads(body) for name, body in again.items()
    }
    assert service.store.count("decisions") == 11


def test_one_bad_line_never_fails_the_others(service):
    lines = [b'{"customer_id":"c0000001"}', b"", b"not JSON", b'{"customer_id":7}', b'{"customer_id":"a","b":1}']
    job_id = given(service, b"\n".join([*lines, b'{"customer_id":"c0000002"}']))  # no newline at the end
    worked(service)
    found = results(service, job_id)
    assert [(one["line"], one["status"]) for one in found] == [
        (1, "decided"),
        (3, "refused"),
        (4, "refused"),
        (5, "refused"),
        (6, "decided"),
    ]
    assert found[1]["problem"]["code"] == "unreadable"
    assert found[2]["problem"]["param"] == "/customer_id"
    job = service.store.jobs.one(job_id)
    assert (job.lines, job.lines_done, job.decided, job.refused) == (6, 6, 2, 3)


def test_a_line_that_breaks_the_deciding_is_refused_alone(service, monkeypatch):
    decide = service.answers

    def breaking(customer_ids, *how):
        if "c0000002" in customer_ids:
            raise ZeroDivisionError
        return decide(customer_ids, *how)

    monkeypatch.setattr(service, "answers", breaking)
    job_id = given(service, asked(names(range(1, 6))))
    worked(service)
    assert [one["status"] for one in results(service, job_id)] == ["decided", "refused", *["decided"] * 3]


class Killed(BaseException):
    """Stands for a process that is gone between two of its steps."""


@pytest.mark.parametrize("step", ["before deciding", "after deciding", "after writing the results"])
def test_a_job_outlives_its_worker_and_decides_nothing_twice(service, in_threes, monkeypatch, step, files):
    job_id = given(service, asked(names(range(1, 8))))
    decide, append, parts = service.answers, JobFiles.append, count(1)

    def dying_decide(*asked):
        is_second = next(parts) == 2
        if is_second and step == "before deciding":
            raise Killed
        answers = decide(*asked)
        if is_second and step == "after deciding":
            raise Killed
        return answers

    def dying_append(self, job, found):
        end = append(self, job, found)
        if step == "after writing the results" and job.lines_done == 3:
            raise Killed
        return end

    monkeypatch.setattr(service, "answers", dying_decide)
    monkeypatch.setattr(JobFiles, "append", dying_append)
    with pytest.raises(Killed):
        worked(service)
    monkeypatch.undo()
    service.clock.move(timedelta(hours=2))  # a planned contact would count by now
    worked(service)
    found = results(service, job_id)
    assert [one["line"] for one in found] == list(range(1, 8))
    logged = {row.decision_id: row.body for row in service.store.whole_log()}
    assert len(logged) == 7, "each customer once, whenever the worker died"
    assert [logged[one["decision"]["decision_id"]] for one in found] == [
        orjson.dumps(one["decision"], option=orjson.OPT_SORT_KEYS) for one in found
    ]


def test_what_was_not_decided_before_the_crash_is_decided_on_what_is_known_now(service, monkeypatch):
    contacted = next(
        orjson.loads(body)["customer_id"]
        for body in service.decide(names(range(1, 120)), service.clock.now() - timedelta(days=30)).values()
        if orjson.loads(body)["channel"]
    )
    job_id = given(service, asked([contacted]))
    monkeypatch.setattr(service, "answers", lambda *_: (_ for _ in ()).throw(Killed))
    with pytest.raises(Killed):
        worked(service)
    monkeypatch.undo()
    service.clock.move(timedelta(minutes=5))
    at = service.clock.now()
    service.store.record([Event("o1", EventKind.OPTED_OUT, contacted, at, at)])
    service.clock.move(timedelta(minutes=5))
    worked(service)
    (found,) = results(service, job_id)
    assert found["decision"]["channel"] is None
    assert found["decision"]["decided_at"] == service.clock.now().isoformat().replace("+00:00", "Z")


def test_while_the_log_cannot_be_used_the_jobs_wait(service, monkeypatch):
    job_id = given(service, asked(names([1])))

    def unavailable(*_):
        raise UnavailableError("the log is elsewhere")

    monkeypatch.setattr(service, "answers", unavailable)
    with pytest.raises(UnavailableError):
        worked(service)
    monkeypatch.undo()
    worked(service)
    assert service.store.jobs.one(job_id).state == "done"


def test_a_job_has_one_worker_at_a_time(service, files):
    job_id = given(service, asked(names([1])))
    with alone(files.lock(job_id)):
        assert worked(service) == 0
    assert worked(service) == 1


def test_no_part_is_begun_when_time_is_up(service, in_threes):
    job_id = given(service, asked(names(range(1, 8))))
    assert work_off(service, service.clock.now()) == 0
    assert service.store.jobs.one(job_id).lines_done == 0


def test_a_job_that_is_given_up_stops_and_leaves_no_file(service, in_threes, monkeypatch, files):
    job_id = given(service, asked(names(range(1, 8))))
    decide = service.answers

    def interrupted(*asked):
        answers = decide(*asked)
        cancel(service, job_id, by="crm", at=service.clock.now())
        return answers

    monkeypatch.setattr(service, "answers", interrupted)
    worked(service)
    assert service.store.count("decisions") == 3, "the part in hand, and no other"
    assert not files.are_here(job_id)
    with pytest.raises(NotFoundError):
        service.store.jobs.one(job_id)
    with pytest.raises(NotFoundError):
        cancel(service, job_id, by="crm", at=service.clock.now())
    assert service.store.verify() is None


def test_a_list_is_bounded_while_it_arrives(files, monkeypatch):
    monkeypatch.setattr(job_files, "LARGEST_BYTES", 100)
    monkeypatch.setattr(job_files, "MOST_LINES", 3)
    for parts in ([b"x" * 101], [b"x" * 60, b"x" * 60], [b"1\n2\n", b"3\n4"]):
        received = files.receive()
        for part in parts[:-1]:
            received.add(part)
        with pytest.raises(TooLargeError):
            received.add(parts[-1])
        received.close()
    nothing = files.receive()
    nothing.add(b" \n\n")
    with pytest.raises(RequestError):
        nothing.settle()
    nothing.close()
    assert not list(files.folder("arriving").iterdir()), "what was not kept is gone"


def test_results_half_written_by_a_crash_are_written_anew(service, files, in_threes):
    job_id = given(service, asked(names(range(1, 5))))
    job = service.store.jobs.one(job_id)
    files.append(job, [b'{"line":1,"cus'])
    worked(service)
    assert [one["line"] for one in results(service, job_id)] == [1, 2, 3, 4]


def test_two_portfolios_of_one_database_see_their_own_jobs(service):
    job_id = given(service, asked(names([1])))
    other = service.store.of("other")
    assert other.jobs.in_states(["queued"]) == []
    with pytest.raises(NotFoundError):
        other.jobs.one(job_id)
    assert other.jobs.turn(replace(service.store.jobs.one(job_id), lines_done=1)) is False


def test_what_a_job_answered_is_kept_for_a_month(service, files):
    job_id = given(service, asked(names([1])))
    worked(service)
    service.clock.move(timedelta(days=29))
    worked(service)
    assert len(results(service, job_id)) == 1
    service.clock.move(timedelta(days=2))
    worked(service)
    assert not files.are_here(job_id)


@pytest.mark.parametrize("mode", ["shadow", "dry_run"])
def test_a_rehearsal_decides_the_same_and_permits_nothing(service, mode):
    wanted = names(range(1, 60))
    job_id = given(service, asked(wanted), mode)
    worked(service)
    rehearsed = {one["customer_id"]: one["decision"] for one in results(service, job_id)}
    assert (service.store.count("decisions"), service.store.count("permits")) == (0, 0)
    live = {name: orjson.loads(body) for name, body in service.decide(wanted).items()}
    assert {name: one["action"] for name, one in live.items()} == {
        name: one["action"] for name, one in rehearsed.items()
    }
    assert service.store.count("permits") == sum(one["permit"] is not None for one in live.values()) > 0
    assert all(one["permit"] is None for one in rehearsed.values())
