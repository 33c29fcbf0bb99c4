"""Days begin where people live, also on the days that midnight skips."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.clock import SetClock, SystemClock, local_date, start_of_day, utc

SANTIAGO = "America/Santiago"


def test_the_day_without_a_midnight_starts_at_one_in_sao_paulo():
    start = start_of_day(date(2018, 11, 4))
    assert start == datetime(2018, 11, 4, 3, tzinfo=UTC)
    assert local_date(start) == date(2018, 11, 4)
    assert local_date(start - timedelta(microseconds=1)) == date(2018, 11, 3)
    assert start_of_day(date(2018, 11, 5)) - start == timedelta(hours=23)


def test_the_day_with_an_hour_twice_is_twenty_five_hours_long():
    assert start_of_day(date(2018, 2, 18)) - start_of_day(date(2018, 2, 17)) == timedelta(hours=25)


def test_the_zone_is_the_caller_s_to_choose():
    assert local_date(start_of_day(date(2026, 9, 6), SANTIAGO), SANTIAGO) == date(2026, 9, 6)
    assert local_date(datetime(2026, 3, 1, 1, 30, tzinfo=UTC), "Asia/Tokyo") == date(2026, 3, 1)


@given(st.dates(date(1990, 1, 1), date(2040, 12, 31)))
def test_every_day_starts_on_itself(day):
    start = start_of_day(day)
    assert start.tzinfo is UTC
    assert local_date(start) == day
    assert local_date(start - timedelta(seconds=1)) < day


def test_a_naive_moment_is_utc_and_an_aware_one_is_converted():
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    assert utc(moment.replace(tzinfo=None)) == moment
    brasilia = timezone(timedelta(hours=-3))
    assert utc(datetime(2026, 1, 1, tzinfo=brasilia)).isoformat() == "2026-01-01T03:00:00+00:00"


def test_a_set_clock_moves_only_when_moved():
    clock = SetClock(datetime(2026, 1, 1, tzinfo=UTC))
    assert clock.now() == clock.now()
    clock.move(timedelta(days=1))
    assert clock.now() == datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize("clock", [SystemClock(), SetClock(datetime(2026, 1, 1, tzinfo=UTC))])
def test_every_clock_answers_in_utc(clock):
    assert clock.now().utcoffset() == timedelta(0)
