"""A channel's breaker and its price: at every boundary, never falling as use grows, and felt by decisions."""

from datetime import UTC, datetime, timedelta
from functools import cache
from math import inf

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as some

from journeys.book import health, load, readings
from journeys.book.health import Reading, columns, counted_since, judge, price_of_one_more
from journeys.kernel import decide
from regua.errors import BookError, DataError, ReguaError

NOON = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def whatsapp(book):
    return book.channels.of("whatsapp")


@pytest.mark.parametrize(
    ("reading", "cause"),
    [
        (Reading(sent=199, delivered=0, opted_out=199, blocked=199), None),
        (Reading(sent=200, delivered=160), None),
        (Reading(sent=200, delivered=159), "delivered"),
        (Reading(sent=1000, delivered=1000, opted_out=20), None),
        (Reading(sent=1000, delivered=1000, opted_out=21), "opted_out"),
        (Reading(sent=1000, delivered=1000, blocked=10), None),
        (Reading(sent=1000, delivered=1000, blocked=11), "blocked"),
        (Reading(), None),
    ],
)
def test_the_breaker_opens_just_beyond_each_limit(whatsapp, reading, cause):
    state = judge(whatsapp, reading, NOON)
    assert state.cause == cause
    assert state.opened_at == (NOON if cause else None)
    assert state.until == (NOON + 24 * HOUR if cause else None)


def test_a_pause_ends_to_the_minute_and_what_broke_it_no_longer_counts(whatsapp):
    broken = Reading(sent=1000, delivered=0)
    opened = judge(whatsapp, broken, NOON).opened_at
    last = NOON + 24 * HOUR - timedelta(microseconds=1)
    assert judge(whatsapp, Reading(opened_at=opened), last).cause == "pause"
    assert judge(whatsapp, Reading(opened_at=opened), NOON + 24 * HOUR).cause is None
    assert counted_since(whatsapp.health, opened, NOON + 25 * HOUR) == NOON + 24 * HOUR
    assert counted_since(whatsapp.health, opened, NOON + timedelta(days=30)) == NOON + timedelta(days=23)
    assert counted_since(whatsapp.health, None, NOON) == NOON - timedelta(days=7)
    again = judge(whatsapp, Reading(sent=300, delivered=0, opened_at=opened), NOON + 25 * HOUR)
    assert again.opened_at == NOON + 25 * HOUR


@pytest.mark.parametrize(
    ("used", "price"), [(0, 0), (8000, 0), (9000, 25.0), (10000, 50.0), (10001, inf), (8001, 50 * 3 / 2000**2)]
)
def test_the_price_rises_from_eighty_percent_of_the_limit_and_is_infinite_beyond(whatsapp, used, price):
    assert price_of_one_more(whatsapp, used) == pytest.approx(price, rel=1e-3)


@given(some.integers(0, 12_000), some.integers(0, 12_000))
def test_the_price_never_falls_as_use_grows(one, other):
    channel = load_once().channels.of("whatsapp")
    low, high = sorted((one, other))
    assert price_of_one_more(channel, low) <= price_of_one_more(channel, high)


@cache
def load_once():
    return load()


def test_a_channel_without_a_limit_has_no_price(book):
    assert price_of_one_more(book.channels.of("letter"), 10**9) == 0


def test_beyond_its_daily_limit_a_channel_is_paused_without_an_hour_of_return(whatsapp):
    state = judge(whatsapp, Reading(used_today=10_001), NOON)
    told = dict(columns({"whatsapp": state}, NOON))
    assert told["health_whatsapp"] == 1
    assert "health_hours_whatsapp" not in told
    assert np.isfinite(told["price_whatsapp_cents"])


def test_the_columns_say_how_long_a_pause_still_lasts(whatsapp):
    told = dict(columns({"whatsapp": judge(whatsapp, Reading(sent=1000), NOON)}, NOON + 6 * HOUR))
    assert told == {"health_whatsapp": 1.0, "health_hours_whatsapp": 18.0, "price_whatsapp_cents": 0.0}
    assert set(told) <= set(health.COLUMNS)


def test_a_price_moves_the_choice_to_another_channel_and_a_null_moves_nothing(calm, customers, tuesday):
    plain = customers(3, days_past_due=2)
    before = decide(plain, calm, tuesday)
    channel = before.action[0].partition("/")[0]
    name = f"price_{channel}_cents"
    after = decide(plain | {name: np.array([np.nan, 1.0, 1e6])}, calm, tuesday)
    assert after.action[0] == after.action[1] == before.action[0]
    assert after.action[2] != before.action[2]
    assert after.value_cents[0] == before.value_cents[0]
    assert after.value_cents[1] == before.value_cents[1] - 1


def written(tmp_path, **content):
    path = tmp_path / readings.FILE
    path.write_bytes(orjson.dumps({"as_of": "2026-03-03T14:00:00Z", "channels": {}} | content))
    return path


def test_readings_are_taken_from_the_house_where_they_are_fresh(book, tmp_path):
    counts = {"whatsapp": {"sent": 1000, "delivered": 100, "used_today": 9000}}
    path = written(tmp_path, channels=counts)
    state = readings.states(path, book.channels, NOON)["whatsapp"]
    assert (state.cause, state.price) == ("delivered", 25.0)
    assert readings.states(path, book.channels, NOON + 24 * HOUR) == {}
    assert readings.states(path, book.channels, NOON - 2 * HOUR) == {}
    assert readings.states(tmp_path / "none.json", book.channels, NOON) == {}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"channels": {"whatsap": {}}}, "unknown channel 'whatsap'"),
        ({"channels": {"sms": {"sent": -1}}}, "channels.sms.sent"),
        ({"channels": {"sms": {"sent": 1.5}}}, "channels.sms.sent"),
        ({"channels": {"sms": {"sent": 1, "delivered": 2}}}, "channels.sms"),
        ({"channels": {"sms": {"snt": 1}}}, "channels.sms.snt"),
        ({"as_of": "2026-03-03T14:00:00"}, "as_of"),
        ({"channels": []}, "channels"),
    ],
)
def test_a_reading_that_cannot_be_is_refused(book, tmp_path, content, says):
    with pytest.raises(ReguaError) as caught:
        readings.states(written(tmp_path, **content), book.channels, NOON)
    assert says in caught.value.found
    assert isinstance(caught.value, DataError | BookError)


def test_what_is_no_json_is_refused(book, tmp_path):
    path = tmp_path / readings.FILE
    path.write_text("{")
    with pytest.raises(DataError, match="not JSON"):
        readings.states(path, book.channels, NOON)
