"""The minute a window opens and closes, holidays, zones, and customers from nowhere."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from journeys.guardrails import hours
from journeys.rulebook.hours import NEVER, microseconds
from regua.vocabulary import CHANNELS, Channel

CALL = CHANNELS.index(Channel.CALL)
LETTER = CHANNELS.index(Channel.LETTER)
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def at(text, zone="America/Sao_Paulo"):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def stopped(policy, region, moment, channel=CALL):
    columns = {"region": np.array([region, region], dtype=object)}
    both = hours.stops(columns, policy, moment)[:, channel]
    alone = hours.stops({"region": np.array([region], dtype=object)}, policy, moment)[0, channel]
    assert both.tolist() == [alone, alone], "one customer and many disagree"
    return bool(alone)


def first(policy, region, moment, channel=CALL):
    codes = policy.hours.codes(np.array([region], dtype=object))
    instant = policy.hours.first_permitted(codes, moment)[0, channel]
    return None if instant == NEVER else EPOCH + timedelta(microseconds=int(instant))


@pytest.mark.parametrize(
    ("moment", "closed"),
    [
        ("2026-03-03 00:00", False),
        ("2026-03-03 07:59", False),
        ("2026-03-03 19:59:59.999999", False),
        ("2026-03-03 20:00", True),
        ("2026-03-03 23:59", True),
        ("2026-03-07 13:59:59", False),
        ("2026-03-07 14:00", True),
        ("2026-03-08 10:00", True),
    ],
)
def test_a_call_to_sao_paulo_is_possible_until_the_minute_the_window_closes(policy, moment, closed):
    assert stopped(policy, "SP", at(moment)) is closed


def test_before_the_window_opens_the_contact_is_planned_for_its_opening(policy):
    assert first(policy, "SP", at("2026-03-03 05:00")) == at("2026-03-03 08:00")


def test_within_the_window_the_contact_is_planned_for_now(policy):
    assert first(policy, "SP", at("2026-03-03 15:17")) == at("2026-03-03 15:17")


@pytest.mark.parametrize("holiday", ["2026-01-01", "2026-04-21", "2026-07-09", "2026-12-25"])
def test_nobody_in_sao_paulo_is_called_on_a_national_or_state_holiday(policy, holiday):
    assert stopped(policy, "SP", at(f"{holiday} 10:00"))


def test_a_holiday_of_sao_paulo_is_none_in_parana(policy):
    assert not stopped(policy, "PR", at("2026-07-09 10:00"))


def test_a_letter_waits_for_a_business_day(policy):
    assert not stopped(policy, "SP", at("2026-03-06 23:30"), LETTER)
    assert stopped(policy, "SP", at("2026-03-07 10:00"), LETTER)


@pytest.mark.parametrize(
    ("region", "opens", "closes"),
    [("AC", "10:00", "22:00"), ("MT", "09:00", "21:00"), ("AM", "10:00", "19:00"), ("PE", "08:00", "19:00")],
)
def test_the_window_is_local_and_a_state_of_two_zones_has_the_narrower(policy, region, opens, closes):
    assert first(policy, region, at("2026-03-03 00:00")) == at(f"2026-03-03 {opens}")
    close = at(f"2026-03-03 {closes}")
    assert not stopped(policy, region, close - timedelta(minutes=1))
    assert stopped(policy, region, close)


@pytest.mark.parametrize("region", [None, "XX", "", "sp"])
def test_a_customer_from_nowhere_is_called_only_when_every_state_may_be(policy, region):
    assert first(policy, region, at("2026-03-03 00:00")) == at("2026-03-03 10:00")
    assert stopped(policy, region, at("2026-03-03 19:00"))
    assert stopped(policy, region, at("2026-07-09 11:00")), "somebody's holiday"


def test_the_next_permitted_instant_skips_sunday(policy):
    code = int(policy.hours.codes(np.array(["SP"], dtype=object))[0])
    assert policy.hours.next_permitted(code, CALL, at("2026-03-07 14:00")) == at("2026-03-09 08:00")


def test_every_minute_of_a_week_agrees_with_the_clock_on_the_wall(policy):
    start = at("2026-04-18 00:00")
    for step in range(0, 7 * 24 * 60, 13):
        moment = (start + timedelta(minutes=step)).astimezone(UTC)
        wall = moment.astimezone(SAO_PAULO)
        is_off = wall.weekday() == 6 or wall.date() == date(2026, 4, 21)
        close = 14 if wall.weekday() == 5 else 20
        open_now = not is_off and 8 <= wall.hour < close
        assert (first(policy, "SP", moment) == moment) is open_now, wall


def test_where_midnight_does_not_exist_the_day_still_has_its_window(book):
    # Sao Paulo, 2018-11-04: the clock went from 23:59:59 to 01:00:00.
    past = book.policies.hours
    code = past.codes(np.array(["SP"], dtype=object))
    instant = past.first_permitted(code, at("2018-11-05 00:00"))[0, CALL]
    assert instant == microseconds(at("2018-11-05 08:00"))
    assert past.end_of_day(at("2018-11-03 12:00")) == microseconds(at("2018-11-04 01:00"))


def test_before_any_rule_is_in_force_nothing_is_permitted(policy):
    assert stopped(policy, "PR", at("1990-03-06 10:00"))


def test_a_window_that_opens_at_midnight_belongs_to_the_next_day(policy):
    assert stopped(policy, "SP", at("2026-03-08 10:00"), LETTER)
    assert first(policy, "SP", at("2026-03-09 00:00"), LETTER) == at("2026-03-09 00:00")
