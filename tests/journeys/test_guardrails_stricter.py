"""A stricter policy never permits a contact that the laxer one stopped; section by section, over a wild crowd."""

import dataclasses
from datetime import date, timedelta

import numpy as np
import pytest

from journeys.guardrails import REGISTER
from journeys.rulebook import affordability, channel_health, consent, critical, frequency, holds, spacing, vulnerable
from journeys.rulebook import wording as words
from regua.vocabulary import CHANNELS, HOLD_BIT, HoldKind

SAID = {"effective_from": date(1991, 3, 11), "unit": "test", "source": "A rule of this test", "status": "unverified"}
EVERY = list(CHANNELS)

# section: a rule that may be added, and one as strict or stricter
TIGHTER = {
    "frequency": [
        frequency.FrequencyRule(id="T", channels=EVERY, window="7d", at_most=at_most, **SAID) for at_most in (2, 1)
    ],
    "frequency in total": [
        frequency.FrequencyRule(id="T", window="24h", at_most=at_most, **SAID) for at_most in (2, 0)
    ],
    "frequency in silence": [
        frequency.FrequencyRule(id="T", channels=EVERY, window="conversation", at_most=at_most, **SAID)
        for at_most in (9, 3)
    ],
    "frequency by contract": [
        frequency.FrequencyRule(
            id="T", channels=["call"], counts="contract", window="7d", at_most=at_most, **SAID
        )
        for at_most in (3, 2)
    ],
    "spacing": [
        spacing.SpacingRule(id="T", channels=EVERY, after="contact", at_least=at_least, **SAID)
        for at_least in ("24h", "3d")
    ],
    "spacing after talk": [
        spacing.SpacingRule(id="T", channels=EVERY, after="conversation", at_least=at_least, **SAID)
        for at_least in ("24h", "7d")
    ],
    "consent": [
        consent.ConsentRule(id="T", channels=EVERY, needs=needs, **SAID) for needs in ("no_opt_out", "opt_in")
    ],
    "holds": [
        holds.HoldRule(id="T", holds=list(HoldKind), stops=stops, **SAID) for stops in ("notice", "all")
    ],
    "critical": [
        critical.CriticalRule(id="T", fields=fields, **SAID)
        for fields in (["attempts_1d"], ["attempts_1d", "days_past_due", "p_roll"])
    ],
    "vulnerable": [
        vulnerable.VulnerableRule(id="T", channels=channels, days=days, **SAID)
        for channels, days in ((["call", "letter"], 14), (["letter"], 40))
    ],
    "affordability": [
        affordability.AffordabilityRule(id="T", income_floor=floor, **SAID) for floor in ("600.00", "900.00")
    ],
    "channel_health": [
        channel_health.ChannelHealthRule(id="T", channels=EVERY, unknown=unknown, **SAID)
        for unknown in ("passes", "stops")
    ],
    "wording": [
        words.WordingRule(id="T", channels=EVERY, refuses=refuses, **SAID)
        for refuses in (["notice"], ["notice", "service"])
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def wild(crowd):
    """A crowd with every figure a guardrail reads, each missing now and then."""
    columns, who = crowd(1_500, world=7), np.arange(1_500)
    columns |= {
        "purpose": (who % 3).astype(np.int8),
        "contract_calls_7d": np.where(who % 11 == 0, np.nan, who % 5),
        "hours_since_last_conversation": np.where(who % 3 == 0, who % 200, np.nan),
        "offer_payment_cents": np.where(who % 4 == 0, 20_000.0, np.nan),
        "income_cents": np.where(who % 7 == 0, np.nan, 70_000.0 + who * 50),
        "hold_bits": np.where(who % 5 == 0, 2.0 ** (who % len(HoldKind)), columns["hold_bits"]),
    }
    vulnerable_too = who % 5 == 1
    columns["hold_bits"] = np.where(vulnerable_too, HOLD_BIT[HoldKind.VULNERABLE], columns["hold_bits"])
    columns["hours_since_last_contact"] = np.where(vulnerable_too, who % 1_200, columns["hours_since_last_contact"])
    columns |= {f"health_{channel}": np.where(who % 9 == 0, np.nan, who % 8 == 0) for channel in CHANNELS}
    columns |= {f"attempts_24h_{channel}": np.floor(who % 3) for channel in CHANNELS}
    return columns


def stopped(policies, columns, moment):
    policy = policies.on(moment.date())
    return np.logical_or.reduce([rule.stops(columns, policy, moment) for rule in REGISTER.values()])


def with_rule(policies, section, *rules):
    sections = {**policies.sections, section: (*policies.sections[section], *rules)}
    return dataclasses.replace(policies, sections=sections)


@pytest.mark.parametrize("name", TIGHTER)
def test_one_more_rule_and_a_stricter_one_never_permit_what_was_stopped(book, wild, tuesday, name):
    lax, strict = TIGHTER[name]
    section = name.partition(" ")[0]
    before = stopped(book.policies, wild, tuesday)
    with_lax = stopped(with_rule(book.policies, section, lax), wild, tuesday)
    with_strict = stopped(with_rule(book.policies, section, strict), wild, tuesday)
    # A vulnerable customer is under the shipped rule already, and so is everybody whose consent nobody asks for.
    if section != "consent":
        assert not (before & ~with_lax).any(), "one more rule"
    assert not (with_lax & ~with_strict).any(), "a stricter rule"
    assert (with_strict & ~with_lax).any(), "the rule is seen at all"


def test_a_house_that_would_loosen_is_told_both_values():
    told = {
        frequency: (TIGHTER["frequency"], ("at most 2 in 7d", "at most 1")),
        spacing: (TIGHTER["spacing"], ("24 hours", "72 hours")),
        holds: (TIGHTER["holds"], ("stops notice", "stops all")),
        vulnerable: (TIGHTER["vulnerable"], ("also call", "only letter")),
        affordability: (TIGHTER["affordability"], ("600.00", "900.00")),
        channel_health: (TIGHTER["channel_health"], ("unknown passes", "unknown stops")),
    }
    for section, ((lax, strict), values) in told.items():
        assert section.loosens(lax, strict) == values, section.__name__
        assert section.loosens(strict, lax) is None, section.__name__
        assert section.loosens(strict, strict) is None, section.__name__


def test_a_limit_on_all_channels_and_one_on_each_are_not_compared():
    of_all = frequency.FrequencyRule(id="T", window="7d", at_most=9, **SAID)
    assert frequency.loosens(of_all, TIGHTER["frequency"][0]) is None


@pytest.mark.parametrize(
    ("section", "written", "told"),
    [
        (frequency.FrequencyRule, {"window": "day", "counts": "contract", "at_most": 1}, "7d where contracts"),
        (frequency.FrequencyRule, {"window": "7d", "counts": "contract", "at_most": 1}, "only calls are"),
        (
            frequency.FrequencyRule,
            {"window": "7d", "counts": "contract", "at_most": 1, "channels": ["sms"]},
            "only calls are",
        ),
        (frequency.FrequencyRule, {"window": "month", "at_most": 1}, "24h"),
        (spacing.SpacingRule, {"channels": ["sms"], "after": "contact", "at_least": "2 days"}, "length of time"),
        (holds.HoldRule, {"holds": ["minor"], "stops": "all", "at_longest": "ends"}, "longest, where the law"),
        (vulnerable.VulnerableRule, {"channels": [], "days": 1}, "at least 1"),
        (affordability.AffordabilityRule, {"income_floor": "-1.00"}, "greater than or equal to 0"),
        (affordability.AffordabilityRule, {"income_floor": "600,00"}, "amount such as"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_in_words(section, written, told):
    with pytest.raises(ValueError, match=told):
        section(id="T", **written, **SAID)


def test_the_span_of_a_rule_is_the_span_of_its_effect(book, wild, tuesday):
    tomorrow = tuesday.date() + timedelta(days=1)
    rule = frequency.FrequencyRule(id="T", window="24h", at_most=0, **(SAID | {"effective_from": tomorrow}))
    policies = with_rule(book.policies, "frequency", rule)
    np.testing.assert_array_equal(stopped(policies, wild, tuesday), stopped(book.policies, wild, tuesday))
    assert stopped(policies, wild, tuesday + timedelta(days=1)).all()


@pytest.mark.parametrize(("attempts", "is_stopped"), [(0, False), (3, True), (None, True)])
def test_a_last_contact_of_unknown_hour_stops_unless_there_was_none(book, customers, tuesday, attempts, is_stopped):
    policy = with_rule(book.policies, "spacing", TIGHTER["spacing"][0]).on(tuesday.date())
    asked = customers(hours_since_last_contact=None, attempts_90d=attempts, hours_since_last_conversation=99)
    assert REGISTER["spacing"].stops(asked, policy, tuesday).all() == is_stopped
