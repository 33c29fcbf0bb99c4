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
    assert time.perf_counter() - began < 2
    last.problem.set()
    last.problem = None
    profiles._last._hurry.within(5, lambda: None)
    assert profiles.read(["ana"], AT)[FROM_SNAPSHOT].tolist() == [1.0]


def test_rows_that_hang_are_not_waited_for_beyond_the_budget_and_not_at_all_after_five_failures(online, last):
    profiles = steady(online, last)
    online.problem = Event()
    began = time.perf_counter()
    for _ in range(FAILURES):
        profiles.read(["ana"], AT)
    assert time.perf_counter() - began < 2
    assert profiles._breaker.is_open
    online.problem.set()
    calls = online.calls
    profiles.read(["ana"], AT)
    assert online.calls == calls, "left alone"


def test_online_rows_that_come_back_are_read_again_by_themselves(online, last):
    seconds = [0.0]
    profiles = steady(online, last)
    profiles._breaker = Breaker(now=lambda: seconds[0])
    online.problem = OSError("no route")
    for _ in range(FAILURES + 3):
        profiles.read(["ana"], AT)
    online.problem = None
    assert AWAY in profiles.read(["ana"], AT), "not before its pause is over"
    seconds[0] = 60.0
    assert AWAY not in profiles.read(["ana"], AT)
    assert profiles.problem is None


def test_a_home_where_nothing_was_ever_put_online_says_so(online, last):
    missing = UnavailableError("nothing was ever put online")
    missing.__cause__ = NotFoundError("nothing")
    online.problem = missing
    with pytest.raises(UnavailableError, match="ever put online"):
        SteadyProfiles(online, last, budget_s=0.03).read(["ana"], AT)


def test_a_breaker_lets_one_try_after_each_pause_and_pauses_longer_each_time():
    seconds = [0.0]
    breaker = Breaker(failures=2, now=lambda: seconds[0])
    breaker.failed()
    assert breaker.lets()
    breaker.failed()
    assert not breaker.lets()
    seconds[0] = 2.5
    assert [breaker.lets(), breaker.lets()] == [True, False]
    breaker.failed()
    seconds[0] = 5.0
    assert not breaker.lets(), "the second pause is longer"
    seconds[0] = 7.0
    assert breaker.lets()
    breaker.succeeded()
    assert breaker.lets()


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
