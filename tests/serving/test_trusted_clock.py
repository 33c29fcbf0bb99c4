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
