"""What a policy may not say: gaps, twins, a house that loosens, places nobody knows; and what a house may add."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from journeys.book import HOME, compile_book, load, sources
from journeys.rulebook.hours import NEVER
from regua.errors import BookError, ReguaError
from regua.vocabulary import CHANNELS

CALL, SMS = CHANNELS.index("call"), CHANNELS.index("sms")
HOUSE, BRAZIL, SAO_PAULO = "policies/house.yaml", "policies/brazil.yaml", "policies/sao_paulo.yaml"
SAID = 'unit: local time, source: "the house\'s own wish", status: unverified'
TAIL = 'source: "the house\'s own wish", status: unverified'


@pytest.fixture(scope="module")
def files():
    return sources(HOME)


def with_house(files, *lines):
    return files | {HOUSE: files[HOUSE].split("\nholidays:")[0] + "\n" + "\n".join(lines) + "\n"}


def refused(files):
    with pytest.raises(ReguaError) as caught:
        compile_book(files)
    return caught.value


def week(text="08:00-20:00", saturday="08:00-14:00", holiday="none"):
    return f'{{monday-friday: "{text}", saturday: "{saturday}", sunday: none, holiday: {holiday}}}'


def hours(policies, region, moment, channel=CALL):
    code = policies.places.code(region)
    return policies.hours.next_permitted(code, channel, moment)


def at(text, zone="America/Sao_Paulo"):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def test_a_gap_between_two_entries_of_a_rule_is_shown(files):
    entry = files[SAO_PAULO].split("hours:\n")[1]
    earlier = entry.replace("from: 2014-05-28", "from: 2010-01-01\n    until: 2014-04-30")
    problem = refused(files | {SAO_PAULO: files[SAO_PAULO] + earlier})
    assert "BR-SP-HOURS has a gap: nothing holds from 2014-05-01 to 2014-05-27" in problem.found
    assert problem.place.file == SAO_PAULO


def test_entries_of_a_rule_may_follow_each_other_from_one_day_to_the_next(files):
    entry = files[SAO_PAULO].split("hours:\n")[1]
    earlier = entry.replace("from: 2014-05-28", "from: 2010-01-01\n    until: 2014-05-27").replace(
        "08:00-20", "10:00-20"
    )
    policies = compile_book(files | {SAO_PAULO: files[SAO_PAULO] + earlier}).policies
    assert hours(policies, "SP", at("2014-05-27 08:00")) == at("2014-05-27 10:00")
    assert hours(policies, "SP", at("2014-05-28 08:00")) == at("2014-05-28 08:00")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("from: 2014-05-28", "from: 2014-06-01"), "stands twice"),
        (("id: BR-SP-HOURS", "id: BR-SP-HOURS-AGAIN"), "says the same as BR-SP-HOURS"),
        (("from: 2014-05-28", "from: 2014-05-28\n    until: 2013-01-01"), "ends 2013-01-01 before it begins"),
    ],
)
def test_two_entries_alike_and_an_entry_that_never_holds_are_refused(files, change, says):
    entry = files[SAO_PAULO].split("hours:\n")[1].replace(*change)
    problem = refused(files | {SAO_PAULO: files[SAO_PAULO] + entry})
    assert says in str(problem)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (
            ["hours:", f"  - {{id: OWN, channels: [call], from: 2020-01-01, week: {week('07:00-20:00')}, {SAID}}}"],
            ["loosens BR-DEFAULT-VOICE", "monday 07:00-20:00 here", "monday 08:00-20:00 at policies/brazil.yaml"],
        ),
        (
            [
                "hours:",
                f"  - {{id: OWN, channels: [sms], from: 2020-01-01, week: {week(holiday='08:00-10:00')}, {SAID}}}",
            ],
            ["BR-DEFAULT-MESSAGES", "holiday 08:00-10:00 here", "holiday none at"],
        ),
        (
            [
                "hours:",
                f"  - {{id: OWN, regions: [RJ], channels: [call], from: 2020-01-01, week: {week()}, {SAID}}}",
            ],
            ["loosens BR-RJ-HOURS", "monday 09:00-19:00"],
        ),
        (
            [
                "frequency:",
                f"  - {{id: OWN, channels: [call], window: 7d, at_most: 4, from: 2020-01-01, unit: calls, {TAIL}}}",
            ],
            ["loosens BR-FREQ-CALL-WEEK", "at most 4", "at most 3"],
        ),
        (
            [
                "consent:",
                f"  - {{id: OWN, channels: [whatsapp], needs: no_opt_out, from: 2020-01-01, unit: consent, {TAIL}}}",
            ],
            ["loosens WA-OPTIN", "no_opt_out here", "opt_in at policies/whatsapp.yaml"],
        ),
        (
            [
                "consent:",
                f"  - {{id: OWN, channels: [call], needs: no_opt_out, from: 2020-01-01, unit: consent, {TAIL}}}",
            ],
            ["only a law may permit a channel", "opt_in"],
        ),
        (
            ["holds:", f"  - {{id: OWN, holds: [deceased], stops: collection, from: 2020-01-01, unit: hold, {TAIL}}}"],
            ["loosens HOLD-DECEASED", "stops collection", "stops all"],
        ),
        (
            ["promise_grace:", f"  - {{id: OWN, days: 1, from: 2020-01-01, unit: days, {TAIL}}}"],
            ["loosens BR-PROMISE-GRACE", "1 days", "2 days"],
        ),
    ],
)
def test_a_house_that_loosens_is_refused_with_both_values_and_places(files, lines, says):
    problem = refused(with_house(files, *lines))
    for words in says:
        assert words in str(problem)
    assert problem.place.file == HOUSE
    assert problem.place.line


def test_a_house_may_narrow_hours_and_lower_limits(files):
    own = with_house(
        files,
        "hours:",
        f"  - {{id: OWN, channels: [call], from: 2020-01-01, week: {week('10:00-17:00', 'none')}, {SAID}}}",
        "frequency:",
        f"  - {{id: OWN-CALLS, channels: [call], window: 7d, at_most: 1, from: 2020-01-01, unit: calls, {TAIL}}}",
        "consent:",
        f"  - {{id: OWN-YES, channels: [sms], needs: opt_in, from: 2020-01-01, unit: consent, {TAIL}}}",
    )
    policies = compile_book(own).policies
    assert hours(policies, "PR", at("2026-03-03 08:30")) == at("2026-03-03 10:00")
    assert hours(policies, "RJ", at("2026-03-06 17:00")) == at("2026-03-09 10:00")
    policy = policies.on(date(2026, 3, 3))
    assert policy.needs_opt_in[:, SMS].all()


def test_a_house_alone_permits_nothing(files):
    own = with_house(files, "hours:", f"  - {{id: OWN, channels: [call], from: 1980-01-01, week: {week()}, {SAID}}}")
    policies = compile_book(own).policies
    assert hours(policies, "PR", at("1985-03-05 10:00")) is None
    abroad = {name: text for name, text in own.items() if name != "policies/united_states.yaml"}
    assert hours(compile_book(abroad).policies, "US-CA", at("2026-03-03 10:00", "America/Los_Angeles")) is None


def test_without_its_pack_a_country_is_not_contacted(files):
    packs = ("brazil", "sao_paulo", "rio_de_janeiro", "espirito_santo", "amazonas", "alagoas")
    without = {name: text for name, text in files.items() if name not in {f"policies/{pack}.yaml" for pack in packs}}
    policies = compile_book(without).policies
    noon = at("2026-03-03 12:00")
    for region in ("SP", "PR", None, "XX"):
        columns = np.array([region, region], dtype=object)
        assert (policies.hours.first_permitted(policies.places.codes(columns), noon) == NEVER).all(), region
    assert hours(policies, "US-NY", at("2026-03-03 12:00", "America/New_York")) is not None


def test_a_state_pack_alone_is_no_pack_of_its_country(files):
    without = {name: text for name, text in files.items() if name != BRAZIL}
    assert hours(compile_book(without).policies, "SP", at("2026-03-03 12:00")) is None


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("policies/zones.yaml", "America/Maceio", "+02:00", ["offset '+02:00'", "IANA name"]),
        ("policies/zones.yaml", "America/Maceio", "UTC-3", ["offset 'UTC-3'", "IANA name"]),
        ("policies/zones.yaml", "America/Maceio", "America/Macieo", ["unknown zone", "did you mean 'America/Maceio'"]),
        (HOUSE, "zone: America/Sao_Paulo", "zone: '-03:00'", ["offset '-03:00'", "IANA name"]),
        (HOUSE, "zone: America/Sao_Paulo", "zone: America/Sao_Paolo", ["did you mean 'America/Sao_Paulo'"]),
        (HOUSE, "works_in: [BR]", "works_in: [BX]", ["unknown country 'BX'"]),
        (HOUSE, "works_in: [BR]\n", "", ["works_in"]),
        (BRAZIL, "countries: [BR]", "countries: [XX]", ["unknown country 'XX'"]),
        (SAO_PAULO, "channels: [voice]", "channels: [voice]\n    regions: [RJ]", ["speaks of RJ, its file does not"]),
        (SAO_PAULO, "channels: [voice]", "channels: [vioce]", ["channels"]),
        (SAO_PAULO, "08:00-20:00", "22:00-06:00", ["over midnight"]),
    ],
)
def test_places_and_zones_nobody_knows_are_refused(files, name, old, new, says):
    assert old in files[name]
    problem = refused(files | {name: files[name].replace(old, new, 1)})
    for words in says:
        assert words in str(problem), str(problem)
    assert problem.place is None or problem.place.file == name


def test_a_house_that_works_in_two_countries_serves_the_unknown_in_the_hours_of_both(files):
    both = files | {HOUSE: files[HOUSE].replace("works_in: [BR]", "works_in: [BR, US]")}
    policies = compile_book(both).policies
    first = hours(policies, None, datetime(2026, 3, 3, tzinfo=UTC))
    for region in policies.places.possible:
        assert hours(policies, region, first) == first, region
    # 08:00 in Honolulu; Noronha and Manaus close at 22:00 UTC, when it is noon there.
    assert first == datetime(2026, 3, 3, 18, tzinfo=UTC)


def test_an_unknown_region_is_as_strict_as_the_strictest_in_every_section(book):
    policy = book.policies.on(date(2026, 3, 3))
    possible = [policy.places.code(name) for name in policy.places.possible]
    assert (policy.needs_opt_in[-1] == policy.needs_opt_in[possible].any(axis=0)).all()
    assert (policy.hold_masks[-1] == np.bitwise_or.reduce(policy.hold_masks[possible], axis=0)).all()
    assert all((cap.limits[-1] == cap.limits[possible].min(axis=0)).all() for cap in policy.caps)


def test_the_houses_own_days_are_holidays_where_it_says(files):
    own = with_house(
        files,
        "holidays:",
        "  - id: OWN-DAYS",
        "    regions: [RJ]",
        "    title: {pt-BR: Dia da casa, en: House day}",
        "    dates: [2026-03-04]",
        f"    from: 2020-01-01\n    unit: days\n    {TAIL.replace(', ', chr(10) + '    ')}",
    )
    policies = compile_book(own).policies
    assert hours(policies, "RJ", at("2026-03-04 10:00")) == at("2026-03-05 09:00")
    assert hours(policies, "SP", at("2026-03-04 10:00")) == at("2026-03-04 10:00")
    assert hours(policies, None, at("2026-03-04 10:00")).date() == date(2026, 3, 5), "it may be from Rio"
    assert policies.hours.calendar.named(date(2026, 3, 4), ("RJ",), "en") == ("House day",)
    assert policies.hours.calendar.named(date(2026, 3, 4), ("SP",), "en") == ()


def test_a_house_lays_its_policy_over_the_shipped_ones(tmp_path, files, book):
    (tmp_path / "policies").mkdir()
    (tmp_path / HOUSE).write_text(files[HOUSE].split("\nholidays:")[0] + "\n", "utf-8")
    (tmp_path / "catalog" / "early").mkdir(parents=True)
    for name in files:
        if name.startswith("catalog/early/early_digital"):
            (tmp_path / name).write_text(files[name], "utf-8")
    own = load(tmp_path)
    assert own.policies.places.names == book.policies.places.names
    assert len(own.policies.rules()) == len(book.policies.rules()) - 1


def test_a_third_party_channel_comes_under_the_rules_of_its_medium(book):
    messages = {"push", "email", "sms", "whatsapp", "line", "telegram", "rcs"}
    general = next(rule for rule in book.policies.rules() if rule.id == "BR-DEFAULT-MESSAGES")
    assert {str(channel) for channel in general.channels} >= messages


def test_a_hold_without_a_rule_in_one_country_is_refused(files):
    everywhere = "policies/everywhere.yaml"
    narrowed = files[everywhere].replace("  - id: HOLD-MINOR\n", "  - id: HOLD-MINOR\n    countries: [BR]\n")
    assert narrowed != files[everywhere]
    with pytest.raises(BookError, match="no rule for the holds minor in "):
        compile_book(files | {everywhere: narrowed})
