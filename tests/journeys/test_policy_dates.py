"""Every dated value of every pack at its boundary days, and every pack's hours at the minute they open and close."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from journeys.book import load
from journeys.rulebook.week import DAYS
from regua.vocabulary import CHANNELS

BOOK = load()
RULES = [(section, rule) for section, rules in BOOK.policies.sections.items() for rule in rules]
BUSINESS = DAYS[:5]

# What each pack says, written here a second time by hand: channel, then Monday to Friday, Saturday, Sunday.
EXPECTED = {
    "SP": {"call": ("08:00-20:00", "08:00-14:00", None), "sms": ("08:00-20:00", "08:00-14:00", None)},
    "RJ": {"call": ("09:00-19:00", None, None), "voice_bot": ("09:00-19:00", None, None)},
    "ES": {"call": ("08:00-19:00", None, None), "sms": ("08:00-20:00", "08:00-14:00", None)},
    "AM": {"call": ("08:00-18:00", None, None)},
    "AL": {"call": ("08:00-20:00", "08:00-14:00", None), "sms": ("08:00-20:00", "08:00-14:00", None)},
    "PR": {"call": ("08:00-20:00", "08:00-14:00", None), "letter": ("00:00-24:00", None, None)},
    "US-CA": {"call": ("08:00-21:00",) * 3, "sms": ("08:00-21:00",) * 3, "email": ("08:00-21:00",) * 3},
    "GB-ENG": {"call": ("08:00-20:00", "09:00-17:00", None)},
    "DE": {"call": ("08:00-20:00", "09:00-14:00", None), "portal": ("00:00-24:00",) * 3},
    "EU-ES": {"whatsapp": ("08:00-20:00", "09:00-14:00", None)},
}
MONDAY = datetime.fromisoformat("2026-03-02")


def in_force(section, rule, day):
    places = BOOK.policies.places
    region = (rule.regions or places.names)[0]
    return rule in BOOK.policies.on(day).sections[section][places.code(region)]


@pytest.mark.parametrize(("section", "rule"), RULES, ids=[f"{rule.id}-{rule.effective_from}" for _, rule in RULES])
def test_a_rule_begins_and_ends_on_its_days(section, rule):
    a_day = timedelta(days=1)
    assert not in_force(section, rule, rule.effective_from - a_day)
    assert in_force(section, rule, rule.effective_from)
    if rule.until is not None:
        assert in_force(section, rule, rule.until)
        assert not in_force(section, rule, rule.until + a_day)
    else:
        assert in_force(section, rule, rule.effective_from.replace(year=2199))


@pytest.mark.parametrize("rule", [rule for _, rule in RULES], ids=lambda rule: rule.id)
def test_a_rule_says_its_unit_its_source_and_how_well_it_was_seen(rule):
    assert rule.unit
    assert len(rule.source.split()) >= 2
    assert rule.status in {"verified", "secondary", "unverified"}
    assert not rule.source.startswith("House rule") or rule.status == "unverified"
    assert "from memory" not in rule.source or rule.status != "verified"


@pytest.mark.parametrize("region", EXPECTED)
def test_a_packs_hours_open_and_close_at_their_minute(region):
    policies = BOOK.policies
    code, zones = policies.places.code(region), policies.places.zones(region)
    for channel, windows in EXPECTED[region].items():
        for weekday in range(7):
            window = windows[0 if weekday < len(BUSINESS) else weekday - len(BUSINESS) + 1]
            day = MONDAY + timedelta(days=weekday)

            def is_open(minute, day=day, channel=channel):
                # In a region of several zones the time must be within the window in each.
                moments = [(day + timedelta(minutes=minute)).replace(tzinfo=ZoneInfo(zone)) for zone in zones]
                return all(
                    policies.hours.next_permitted(code, CHANNELS.index(channel), moment) == moment for moment in moments
                )

            if window is None:
                assert not any(map(is_open, (0, 480, 600, 720, 1080, 1439))), (region, channel, weekday)
                continue
            opens, closes = (int(time[:2]) * 60 + int(time[3:]) for time in window.split("-"))
            if len(zones) == 1:
                assert is_open(opens), (region, channel, weekday)
                assert is_open(closes - 1), (region, channel, weekday)
            assert opens == 0 or not is_open(opens - 1), (region, channel, weekday)
            assert closes == 1440 or not is_open(closes), (region, channel, weekday)


def test_every_region_of_every_country_has_hours_for_a_call_and_a_message():
    tuesday = date(2026, 3, 10)
    for region in BOOK.policies.places.names:
        for channel in ("call", "sms", "email", "letter"):
            assert BOOK.policies.hours.on_day(CHANNELS[CHANNELS.index(channel)], region, tuesday), region


def test_the_regions_are_all_there():
    places = BOOK.policies.places
    assert len(places.of(["BR"])) == 27
    assert len(places.of(["US"])) == 51
    assert len(places.of(["GB"])) == 4
    assert len({places.regions[name].country for name in places.names}) == 27 + 3
    assert places.possible == places.of(["BR"])
