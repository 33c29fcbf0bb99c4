"""The hour is believed as long as the database's clock says the same; a file has none, and time itself is asked."""

from datetime import timedelta

import pytest

from regua.clock import SystemClock
from regua.settings import Settings
from serving.degrading.standing import Standing
from serving.store import Store


class Machine(SystemClock):
    """The machine's clock, set wrong."""

    wrong_by = timedelta(0)

    def now(self):
        return super().now() + self.wrong_by


@pytest.mark.parametrize("seconds", [-3, 3, 86_400])
def test_a_clock_that_differs_from_the_databases_is_doubted_until_it_agrees(where, tmp_path, seconds):
    clock = Machine()
    with Store(where) as store:
        hour = Standing(Settings(home=tmp_path), store, clock)._hour
        assert not hour.is_doubtful()
        clock.wrong_by = timedelta(seconds=seconds)
        assert hour.is_doubtful()
        clock.wrong_by = timedelta(0)
        assert not hour.is_doubtful()


def test_a_clock_that_was_wrong_from_the_start_is_found_by_a_database_that_has_one(postgres, tmp_path):
    clock = Machine()
    clock.wrong_by = timedelta(minutes=-5)
    with Store(postgres.database()) as store:
        assert Standing(Settings(home=tmp_path), store, clock)._hour.is_doubtful()


def test_a_database_that_takes_its_time_to_say_its_own_is_no_wrong_hour(tmp_path):
    clock = Machine()
    late = timedelta(seconds=5)

    class Slow:
        def clock(self):
            theirs = clock.now()
            clock.wrong_by += late
            return theirs

    with Store(tmp_path / "decisions.db") as store:
        store.feeds = Slow()
        hour = Standing(Settings(home=tmp_path), store, clock)._hour
        assert not hour.is_doubtful()
        late = timedelta(0)
        clock.wrong_by += timedelta(seconds=5)
        store.feeds.clock = lambda: clock.now() - timedelta(seconds=5)
        assert hour.is_doubtful()
