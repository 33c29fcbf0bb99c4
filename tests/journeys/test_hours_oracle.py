"""The rulebook's hours beside the clock on the wall, read minute by minute; and the days on which the clock is moved.

A million random cases and every minute around every transition of 2018 to 2030 in all zones are compared by
``python -m tests.bench --full --only hours-oracle``; here a few thousand, in the oddest zones.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.oracle.hours import FIRST, MINUTE, Tally, Wall, around_transitions, judge, random_cases, rulebook

DAILY = ((8 * 60, 20 * 60),) * 7
ALL_DAY = ((0, 1_440),) * 7
CALL = 5
SEED = 2026
ODD = ["America/Sao_Paulo", "America/Santiago", "Australia/Lord_Howe", "Africa/Casablanca"]


@pytest.fixture(scope="module", params=ODD)
def wall(request):
    """The time on the wall at every minute of thirteen years in one zone."""
    return Wall.of(request.param)


def test_no_instant_lies_outside_its_window(wall):
    tally = random_cases(wall, 1_200, SEED)
    assert tally.cases == 1_200
    assert (tally.breaches, tally.wrong) == (0, 0)


def test_at_every_minute_around_a_moved_clock_nothing_is_permitted_outside_its_window(wall):
    assert len(wall.transitions) >= 2
    few = Wall(wall.zone, wall.minute_of_week, wall.transitions[:3])
    tally = around_transitions(few)
    assert tally.minutes > 3_000
    assert tally.breaches == 0


def test_the_oracle_sees_a_breach():
    wall = Wall.of("America/Bogota")
    says, tally = wall.permitted(DAILY, 0, 1_440), Tally()
    assert says.sum() == 12 * 60
    assert says[:60].all(), "seven in the evening"
    assert int(says[60:].argmax()) + 60 == 13 * 60, "08:00 in Bogota is 13:00 UTC"
    night = rulebook("America/Bogota", ((0, 6 * 60),) * 7)
    found = night.next_permitted(0, CALL, datetime(2018, 1, 5, tzinfo=UTC))
    judge(tally, wall, DAILY, 4 * 1_440 * MINUTE, (found - FIRST) // timedelta(microseconds=1), 0)
    assert tally.breaches == 1


def next_of(zone, text, windows=DAILY):
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    found = rulebook(zone, windows).next_permitted(0, CALL, moment)
    return found.astimezone(ZoneInfo(zone)).isoformat()


@pytest.mark.parametrize(
    ("zone", "now", "first"),
    [
        # Midnight of 2018-11-04 does not exist in Sao Paulo, nor that of 2026-09-06 in Santiago.
        ("America/Sao_Paulo", "2018-11-04T02:59", "2018-11-04T08:00:00-02:00"),
        ("America/Santiago", "2026-09-06T03:30", "2026-09-06T08:00:00-03:00"),
        # 2019-02-16 has 25 hours in Sao Paulo.
        ("America/Sao_Paulo", "2019-02-16T23:00", "2019-02-17T08:00:00-03:00"),
        ("Australia/Lord_Howe", "2026-04-04T15:00", "2026-04-05T08:00:00+10:30"),
        ("Australia/Lord_Howe", "2026-10-03T15:30", "2026-10-04T08:00:00+11:00"),
        # Ramadan of 2026 begins and ends for the clocks of Casablanca on 02-15 and 03-22.
        ("Africa/Casablanca", "2026-02-15T02:00", "2026-02-15T08:00:00+00:00"),
        ("Africa/Casablanca", "2026-03-22T02:00", "2026-03-22T08:00:00+01:00"),
    ],
)
def test_after_the_clock_is_moved_the_window_opens_by_the_new_time(zone, now, first):
    assert next_of(zone, now) == first


@pytest.mark.parametrize(
    ("zone", "now", "first"),
    [
        ("America/Sao_Paulo", "2018-11-04T01:59", "2018-11-03T22:59:00-03:00"),
        # The midnight that closes the day does not exist: its narrower reading is an hour earlier.
        ("America/Sao_Paulo", "2018-11-04T02:59", "2018-11-04T01:00:00-02:00"),
        ("America/Sao_Paulo", "2018-11-04T03:00", "2018-11-04T01:00:00-02:00"),
        ("America/Santiago", "2026-09-06T04:00", "2026-09-06T01:00:00-03:00"),
        ("America/Sao_Paulo", "2019-02-17T02:30", "2019-02-16T23:30:00-03:00"),
    ],
)
def test_a_window_of_all_day_where_midnight_is_missing_or_comes_late(zone, now, first):
    assert next_of(zone, now, ALL_DAY) == first


def test_a_day_later_is_23_real_hours_where_an_hour_is_lost():
    hours = rulebook("America/Santiago", DAILY)
    one = hours.next_permitted(0, CALL, datetime(2026, 9, 5, 12, tzinfo=UTC))
    other = hours.next_permitted(0, CALL, datetime(2026, 9, 6, 8, tzinfo=UTC))
    assert other - one == timedelta(hours=23)


@pytest.mark.parametrize(
    ("region", "opens"),
    [("SP", 11), ("MT", 12), ("AC", 13), ("PE", 11)],
)
def test_in_the_four_zones_of_brazil_the_window_opens_at_one_hour_all_year(book, region, opens):
    hours, code = book.policies.hours, book.policies.places.code(region)
    for month in (1, 7, 10):
        moment = datetime(2026, month, 6, 3, tzinfo=UTC)
        found = hours.next_permitted(code, CALL, moment)
        assert (found.date(), found.hour) == (date(2026, month, 6), opens), month


def test_the_zones_of_a_state_of_two_are_both_kept(book):
    # Pernambuco has Recife at three hours and Noronha at two behind.
    hours, code = book.policies.hours, book.policies.places.code("PE")
    last = datetime(2026, 3, 3, 21, 59, tzinfo=UTC)
    assert hours.next_permitted(code, CALL, last) == last
    assert hours.next_permitted(code, CALL, last + timedelta(minutes=1)).day == 4
