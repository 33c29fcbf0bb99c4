"""The worker does each task for itself: one that fails or hangs keeps no other from its work."""

import threading
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from regua.clock import SetClock
from regua.settings import Settings
from serving.store import Permit, PermitState, audit, permits
from serving.store.keys import Kept, Once
from serving.webhooks.addresses import Guard
from serving.webhooks.delivering import Deliverer
from serving.webhooks.sealing import Seal
from serving.webhooks.sending import Sender
from serving.work import SWEEP_SECONDS, Task, Worker, tasks_of

NOON = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)


@pytest.fixture
def stop_after():
    """Run a worker in a thread until an event is set, and wait for it to end."""

    def run(worker, done: threading.Event) -> None:
        thread = threading.Thread(target=worker.run)
        thread.start()
        assert done.wait(20)
        worker.stop()
        thread.join(20)
        assert not thread.is_alive()

    return run


def test_a_task_that_fails_is_tried_again_and_keeps_no_other_from_its_work(stop_after, caplog):
    done, failed, others = threading.Event(), [], []

    def fails():
        failed.append(1)
        if len(failed) >= 3 and others:
            done.set()
        raise OSError("the database is away")

    def works():
        others.append(1)
        return 0

    stop_after(Worker([Task("failing", 0.001, fails), Task("working", 0.001, works)]), done)
    assert len(failed) >= 3
    assert others
    assert {record.levelname for record in caplog.records} == {"ERROR"}


def test_a_task_that_hangs_keeps_no_other_waiting_and_stopping_lets_it_finish(stop_after):
    hung, done, finished = threading.Event(), threading.Event(), []

    def hangs():
        hung.set()
        assert done.wait(20)
        finished.append(1)
        return 0

    def goes_on():
        if hung.is_set():
            done.set()
        return 0

    stop_after(Worker([Task("hanging", 0.001, hangs), Task("going on", 0.001, goes_on)]), done)
    assert finished


def test_permits_that_ran_out_are_closed_within_a_minute_whatever_else_there_is(store, tmp_path):
    assert SWEEP_SECONDS <= 60
    now = SetClock(NOON)
    for number in range(3):
        _issue(store, number, NOON, NOON + timedelta(minutes=number))
    deliverer = Deliverer(store, now, Seal(bytes(32)), Sender(Guard()))
    service = SimpleNamespace(store=store, clock=now, settings=Settings(home=tmp_path))
    worker = Worker(tasks_of(service, deliverer))
    once = Once("crm", "POST /v1/things", "k", b"content")
    store.keys.keep(once, NOON - timedelta(days=7), Kept(200, b"{}"))
    store.keys.keep(Once("crm", "POST /v1/things", "later", b"content"), NOON, Kept(200, b"{}"))
    now.move(timedelta(minutes=1))
    done = worker.run_once()
    deliverer.close()
    assert (done["permits"], done["unreported"], done["keys"]) == (2, 0, 1)
    states = {number: store.permits.one(f"per_{number}").state for number in range(3)}
    assert states == {0: PermitState.EXPIRED, 1: PermitState.EXPIRED, 2: PermitState.OPEN}
    assert store.verify() is None


def test_the_worker_gives_up_waiting_for_reports_after_an_hour_or_as_long_as_it_is_told_to(store, tmp_path):
    now = SetClock(NOON)
    _issue(store, 0, NOON, NOON + timedelta(minutes=5))
    store.permits.claim("per_0", NOON, lambda *_: None)
    now.move(timedelta(minutes=64))
    done = []
    for settings in (Settings(home=tmp_path), Settings(home=tmp_path, report_minutes=59)):
        service = SimpleNamespace(store=store, clock=now, settings=settings)
        tasks = {task.name: task for task in tasks_of(service, SimpleNamespace(fan_out=None, deliver=None))}
        done.append(tasks["unreported"].work())
        assert tasks["told"].work() == 0
    assert done == [0, 1]
    assert store.permits.one("per_0").state is PermitState.UNKNOWN


def _issue(store, number, at, until):
    permit = Permit(f"per_{number}", f"dec_{number}", f"c{number}", "k", "sms", "2026-03-04", at, until, at)
    with store._database.writing() as transaction:
        audit.append(transaction, store.portfolio, permits.issue(transaction, store.portfolio, [permit]))
