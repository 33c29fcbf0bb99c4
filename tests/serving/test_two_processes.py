"""Two processes on one home decide the same customers at the same time: one log, one row a decision, no second plan."""

import multiprocessing
from collections import Counter
from datetime import timedelta

import pytest

from regua.columns import take
from serving.store import Store

PEOPLE, ROUNDS = 60, 3


def decide_all(world, home, at, names, size, gate, answers):
    """Decide everyone in runs of ``size``, once all processes stand at the gate; hand back the bytes."""
    service = world.service(home, at, take(world.columns, slice(0, PEOPLE)))
    gate.wait(60)
    told = {}
    for start in range(0, len(names), size):
        told |= service.decide(names[start : start + size])
    service.close()
    answers.put(told)


def at_once(world, home, moments):
    """Let one process a moment decide everyone; return what each was told."""
    home.mkdir(exist_ok=True)
    (home / "releases").mkdir(exist_ok=True)  # on priors: what is tried here is the log
    names = world.columns["customer_id"][:PEOPLE].tolist()
    forked = multiprocessing.get_context("fork")
    gate, answers = forked.Barrier(len(moments)), forked.Queue()
    orders = [(names, 7), (names[::-1], 5)]
    running = [
        forked.Process(target=decide_all, args=(world, home, at, order, size, gate, answers))
        for at, (order, size) in zip(moments, orders, strict=True)
    ]
    for one in running:
        one.start()
    told = [answers.get(timeout=60) for _ in running]
    for one in running:
        one.join(60)
    assert [one.exitcode for one in running] == [0, 0]
    return told


def test_two_processes_at_one_moment_tell_the_same_bytes_and_keep_one_row_of_each(world, service, tmp_path):
    for round_ in range(ROUNDS):
        home = tmp_path / str(round_)
        first, second = at_once(world, home, [service.clock.now()] * 2)
        assert first == second
        with Store(home / "decisions.db") as store:
            logged = [(row.customer_id, row.body) for row in store.whole_log()]
        assert sorted(logged) == sorted(first.items())


@pytest.mark.parametrize("apart", [timedelta(seconds=1), timedelta(milliseconds=1)])
def test_two_processes_moments_apart_never_plan_more_than_the_policy_of_a_day(world, service, tmp_path, apart):
    now = service.clock.now()
    told = at_once(world, tmp_path / "apart", [now, now + apart])
    assert [len(answers) for answers in told] == [PEOPLE, PEOPLE]
    with Store(tmp_path / "apart" / "decisions.db") as store:
        rows = list(store.whole_log())
    assert len(rows) == len({row.decision_id for row in rows}) == 2 * PEOPLE
    planned = Counter((row.customer_id, row.channel) for row in rows if row.channel)
    assert planned
    assert set(planned.values()) == {1}
