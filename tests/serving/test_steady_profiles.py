"""Online rows that are late or away keep nobody waiting, and nobody is contacted on what is too old."""

import time
from datetime import UTC, datetime
from threading import Event

import numpy as np
import pytest

from features import catalog
from regua.errors import NotFoundError, UnavailableError
from serving.deciding.profiles import TableProfiles
from serving.degrading.breaker import FAILURES, Breaker
from serving.degrading.footing import missing_share
from serving.degrading.hurry import Hurry
from serving.degrading.profiles import AWAY, FROM_SNAPSHOT, SteadyProfiles

AT = datetime(2026, 3, 4, 13, 0, tzinfo=UTC)


class Rows:
    """Profiles of one customer, that do what they are told."""

    def __init__(self):
        columns = {"customer_id": np.array(["ana"], object), "contract_id": np.array(["k1"], object)}
        self.table = TableProfiles(columns, AT)
        self.problem = None
        self.calls = 0

    def read(self, customer_ids, at):
        self.calls += 1
        if isinstance(self.problem, Exception):
            raise self.problem
        if self.problem is not None:
            self.problem.wait(5)
        return self.table.read(customer_ids, at)


@pytest.fixture
def online():
    return Rows()


@pytest.fixture
def last():
    return Rows()


def steady(online, last):
    made = SteadyProfiles(online, last, budget_s=0.03)
    made.read(["ana"], AT)
    return made


def settled(profiles):
    """Read until the last snapshot was taken up beside the requests."""
    profiles.read(["ana"], AT)
    profiles._last._hurry.within(5, lambda: None)
    return profiles.read(["ana"], AT)


def broken(online, last, problem, seconds):
    """Fail until the breaker is open, by its own seconds."""
    profiles = steady(online, last)
    profiles._breaker = Breaker(now=lambda: seconds[0])
    online.problem = problem
    for _ in range(FAILURES):
        settled(profiles)
    assert profiles._breaker.is_open
    return profiles


def probed(profiles):
    """Wait until what is tried beside the requests has ended."""
    profiles._hurry.within(5, lambda: None)


def test_as_long_as_the_online_rows_come_in_time_nothing_stands_in(online, last):
    found = steady(online, last).read(["ana", "bob"], AT)
    assert found["has_profile"].tolist() == [1.0, 0.0]
    assert AWAY not in found
    assert last.calls == 0


def test_where_the_online_rows_are_away_the_last_snapshot_stands_in_and_of_whom_it_does_not_know_nobody_does(
    online, last
):
    profiles = steady(online, last)
    online.problem = UnavailableError("gone")
    settled(profiles)
    found = profiles.read(["ana", "bob"], AT)
    assert (found[FROM_SNAPSHOT].tolist(), found[AWAY].tolist()) == ([1.0, 0.0], [0.0, 1.0])
    assert profiles.problem == "gone"


@pytest.mark.parametrize("problem", [ValueError("half a row"), KeyError("no such view"), OSError("no route")])
def test_rows_that_cannot_be_understood_are_away_whatever_is_raised_of_them(online, last, problem):
    profiles = steady(online, last)
    online.problem = problem
    assert settled(profiles)[FROM_SNAPSHOT].tolist() == [1.0]
    assert profiles.problem == type(problem).__name__


def test_the_very_first_who_meets_online_rows_that_are_away_is_answered_by_a_snapshot_that_is_quick(online, last):
    profiles = SteadyProfiles(online, last, budget_s=2)
    online.problem = OSError("no route")
    assert profiles.read(["ana"], AT)[FROM_SNAPSHOT].tolist() == [1.0]


def test_a_newer_snapshot_is_read_beside_the_requests_and_whom_it_will_know_is_unknown_until_then(online, last):
    profiles = steady(online, last)
    online.problem = OSError("no route")
    settled(profiles)
    last.problem = Event()
    began = time.perf_counter()
    assert profiles.read(["ana"], AT)[AWAY].tolist() == [1.0]
    assert time.perf_counter() - began < 30
    last.problem.set()
    last.problem = None
    profiles._last._hurry.within(5, lambda: None)
    assert profiles.read(["ana"], AT)[FROM_SNAPSHOT].tolist() == [1.0]


def test_the_first_five_wait_for_rows_that_hang_within_the_budget_and_nobody_after_them_not_even_who_probes(
    online, last
):
    seconds, gate = [0.0], Event()
    began = time.perf_counter()
    profiles = broken(online, last, gate, seconds)
    assert time.perf_counter() - began < 30
    gate.set()
    probed(profiles)
    calls, online.problem = online.calls, Event()
    profiles._budget_s = 60.0
    began = time.perf_counter()
    for seconds[0] in (1.0, 2.0, 6.0, 14.0):
        assert profiles.read(["ana"], AT)[FROM_SNAPSHOT].tolist() == [1.0]
    assert time.perf_counter() - began < 30, "nobody waited for the probe, which may take a minute"
    assert online.calls <= calls + 1, "one that hangs is not tried again meanwhile"
    online.problem.set()
    probed(profiles)
    assert online.calls == calls + 1


def test_online_rows_that_come_back_are_found_by_a_probe_beside_the_requests(online, last):
    seconds = [0.0]
    profiles = broken(online, last, OSError("no route"), seconds)
    calls = online.calls
    profiles.read(["ana"], AT)
    probed(profiles)
    assert online.calls == calls, "left alone before its pause is over"
    seconds[0], online.problem = 2.0, KeyError("no such view")
    profiles.read(["ana"], AT)
    probed(profiles)
    assert (online.calls, profiles.problem) == (calls + 1, "KeyError"), "what ails them now is told"
    seconds[0], online.problem = 6.0, None
    assert AWAY in profiles.read(["ana"], AT)
    probed(profiles)
    assert profiles.problem is None
    assert AWAY not in profiles.read(["ana"], AT)


def test_a_probe_that_comes_after_the_budget_leads_nobody_to_the_online_rows(online, last, monkeypatch):
    class Late:
        def wait(self, _):
            seconds[0] += 0.05

    seconds = [0.0]
    profiles = broken(online, last, OSError("no route"), seconds)
    monkeypatch.setattr("serving.degrading.profiles.monotonic", lambda: seconds[0])
    seconds[0], online.problem = 2.0, Late()
    profiles.read(["ana"], AT)
    probed(profiles)
    assert (profiles._breaker.is_open, profiles.problem) == (True, "not read in time")


def test_only_the_very_first_waits_for_a_store_that_takes_long_to_open(online, last, monkeypatch):
    monkeypatch.setattr("serving.degrading.profiles.FIRST_BUDGET_SECONDS", 1.0)
    profiles = SteadyProfiles(online, last, budget_s=0.01)
    online.problem = Event()
    waits = []
    for _ in range(2):
        began = time.perf_counter()
        profiles.read(["ana"], AT)
        waits.append(time.perf_counter() - began)
    online.problem.set()
    assert waits[0] >= 1.0 > waits[1]


def test_only_the_first_waits_for_a_newer_snapshot_that_is_being_read(online, last):
    profiles = steady(online, last)
    online.problem = OSError("no route")
    settled(profiles)
    last.problem, profiles._budget_s = Event(), 1.0
    waits = []
    for _ in range(3):
        began = time.perf_counter()
        assert profiles.read(["ana"], AT)[AWAY].tolist() == [1.0]
        waits.append(time.perf_counter() - began)
    last.problem.set()
    assert waits[0] >= 1.0
    assert max(waits[1:]) < 1.0


def test_a_home_where_nothing_was_ever_put_online_says_so(online, last):
    missing = UnavailableError("nothing was ever put online")
    missing.__cause__ = NotFoundError("nothing")
    online.problem = missing
    with pytest.raises(UnavailableError, match="ever put online"):
        SteadyProfiles(online, last, budget_s=0.03).read(["ana"], AT)


def test_a_breaker_lets_one_probe_after_each_pause_and_pauses_longer_each_time_whether_it_is_heard_of_again_or_not():
    seconds = [0.0]
    breaker = Breaker(failures=2, now=lambda: seconds[0])
    assert [breaker.failed(), breaker.is_open, breaker.probes()] == [False, False, False]
    assert [breaker.failed(), breaker.is_open, breaker.probes()] == [True, True, False]
    begun = []
    for tenth in range(310):
        seconds[0] = tenth / 10
        begun += [seconds[0]] * sum(breaker.probes() for _ in range(3))
        breaker.failed()  # who asked before it was open is heard of late: the pauses are no longer for it
    assert begun == [2.0, 6.0, 14.0, 22.0, 30.0]
    breaker.succeeded()
    assert [breaker.is_open, breaker.probes()] == [False, False]
    breaker.failed(), breaker.failed()
    seconds[0] += 2.0
    assert breaker.probes(), "the pauses are short again"


def test_what_is_asked_in_a_hurry_tells_its_failure_and_one_that_hangs_keeps_the_next_no_longer_than_it_can_wait():
    hurry, gate = Hurry("test"), Event()
    assert hurry.within(1, lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        hurry.within(1, lambda: 1 / 0)
    with pytest.raises(TimeoutError):
        hurry.within(0.01, lambda: gate.wait(5))
    with pytest.raises(TimeoutError, match="still hangs"):
        hurry.within(0.01, lambda: 7)
    gate.set()
    assert hurry.within(1, lambda: 8) == 8


def test_the_share_that_is_missing_counts_what_is_too_old_and_views_without_a_row_once():
    names = catalog.predictors()
    assert missing_share((), ()) == 0
    assert missing_share(names, ()) == 1
    view = next(iter(catalog.VIEWS.values()))
    own = [one.name for one in view.features if one.predicts]
    assert missing_share(own, [view.name]) == missing_share((), [view.name]) == len(own) / len(names)
