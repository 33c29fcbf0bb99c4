"""Wrong parties, rest, vulnerability, income, health of channels, wording: each at its boundary and when not known."""

from datetime import timedelta

import numpy as np
import pytest

from journeys.guardrails import affordability, channel_health, frequency, identity, spacing, vulnerable, wording
from journeys.rulebook.row import Alone
from regua.vocabulary import CHANNELS, HOLD_BIT, Channel, HoldKind

COLLECTION, SERVICE, NOTICE = (np.array([code]) for code in range(3))
VOICE = {Channel.VOICE_BOT, Channel.CALL}
MESSAGES = {Channel.PUSH, Channel.EMAIL, Channel.SMS, Channel.WHATSAPP, Channel.LINE, Channel.TELEGRAM, Channel.RCS}
CALL, LETTER, SMS, WHATSAPP = (
    CHANNELS.index(one) for one in (Channel.CALL, Channel.LETTER, Channel.SMS, Channel.WHATSAPP)
)
VULNERABLE, OVER_INDEBTED = HOLD_BIT[HoldKind.VULNERABLE], HOLD_BIT[HoldKind.OVER_INDEBTED]


@pytest.fixture
def stops(policy, tuesday):
    """Ask a guardrail which channels it stops, and check that the rules it names agree."""

    def ask(rule, columns):
        found = rule.stops(columns, policy, tuesday)
        assert found.shape == (1, len(CHANNELS))
        assert found.dtype == np.bool_
        for channel in range(len(CHANNELS)):
            assert bool(rule.rules(Alone(columns, 0), channel, policy, tuesday)) == found[0, channel]
        return {channel for index, channel in enumerate(CHANNELS) if found[0, index]}

    return ask


@pytest.fixture
def until(policy, tuesday):
    """Ask a guardrail when it lets go."""

    def ask(rule, channel, columns):
        return rule.earliest(Alone(columns, 0), channel, policy, tuesday)

    return ask


def test_a_point_that_reached_somebody_else_stays_closed_and_another_one_serves(customers, stops, until):
    closed = customers(has_wrong_point_sms=1, has_point_sms=0)
    assert stops(identity, closed) == {Channel.SMS}
    assert until(identity, SMS, closed) is None, "waiting brings nothing back"
    assert not stops(identity, customers(has_wrong_point_sms=1, has_point_sms=1)), "another number is left"
    assert stops(identity, customers(has_wrong_point_sms=1, has_point_sms=None)) == {Channel.SMS}
    for value in (0, None):
        assert not stops(identity, customers(has_wrong_point_sms=value, has_point_sms=0)), "no point is not a wrong one"


def test_a_wrong_party_nobody_can_place_closes_every_channel(customers, stops):
    assert stops(identity, customers(hold_bits=HOLD_BIT[HoldKind.WRONG_PARTY])) == set(CHANNELS)
    assert not stops(identity, customers(hold_bits=HOLD_BIT[HoldKind.MINOR]))
    assert not stops(identity, customers(hold_bits=None)), "the rule on critical figures answers for it"


@pytest.mark.parametrize(("hours", "stopped"), [(0, VOICE), (23.99, VOICE), (24, set()), (24.01, set())])
def test_after_a_conversation_voice_rests_for_a_day(customers, stops, hours, stopped):
    assert stops(spacing, customers(hours_since_last_conversation=hours)) == stopped


def test_no_conversation_is_not_an_unknown_one(customers, stops, until, tuesday):
    assert not stops(spacing, customers(hours_since_last_conversation=None, attempts_90d=3))
    unknown = customers(hours_since_last_conversation=None, attempts_90d=None)
    assert stops(spacing, unknown) == VOICE
    assert until(spacing, CALL, unknown) is None
    assert until(spacing, CALL, customers(hours_since_last_conversation=20)) == tuesday + timedelta(hours=4)


@pytest.mark.parametrize(
    ("column", "last", "stopped"),
    [("attempts_24h", 2, set(CHANNELS)), ("unanswered_in_a_row", 11, MESSAGES)],
)
def test_rolling_hours_and_silence_have_their_limits(customers, stops, column, last, stopped):
    assert not stops(frequency, customers(**{column: last}))
    assert stops(frequency, customers(**{column: last + 1})) == stopped
    assert stops(frequency, customers(**{column: None})) == stopped, "an unknown count"


def test_silence_is_ended_by_an_answer_and_a_window_by_time(customers, until, tuesday):
    assert until(frequency, SMS, customers(unanswered_in_a_row=12)) is None
    assert until(
        frequency, SMS, customers(attempts_24h=3, attempts_1d=3, hours_since_last_contact=4)
    ) == tuesday + timedelta(hours=20)
    # The contact of yesterday leaves the window by the time today is a day old: 14 hours from 10:00.
    early = customers(attempts_24h=3, attempts_1d=2, hours_since_last_contact=1)
    assert until(frequency, SMS, early) == tuesday + timedelta(hours=14)


def test_calls_about_one_debt_are_counted_together_where_the_law_counts_them(customers, stops):
    assert not stops(frequency, customers(contract_calls_7d=50)), "no law of Brazil counts them"
    abroad = {"region": "US-CA", "contract_calls_7d": 6}
    assert not stops(frequency, customers(**abroad))
    assert stops(frequency, customers(**(abroad | {"contract_calls_7d": 7}))) == VOICE
    assert stops(frequency, customers(**(abroad | {"contract_calls_7d": None}))) == VOICE


@pytest.mark.parametrize(("hours", "open_to"), [(0, set()), (335.9, set()), (336, {"call", "letter"})])
def test_a_vulnerable_customer_hears_from_a_person_or_by_letter_once_in_fourteen_days(customers, stops, hours, open_to):
    held = customers(hold_bits=VULNERABLE, hours_since_last_contact=hours, attempts_90d=1)
    assert set(CHANNELS) - stops(vulnerable, held) == open_to


def test_a_vulnerable_customer_never_contacted_may_be_and_one_of_unknown_history_not(customers, stops, until, tuesday):
    never = customers(hold_bits=VULNERABLE, hours_since_last_contact=None, attempts_90d=0)
    assert set(CHANNELS) - stops(vulnerable, never) == {"call", "letter"}
    unknown = customers(hold_bits=VULNERABLE, hours_since_last_contact=None, attempts_90d=None)
    assert stops(vulnerable, unknown) == set(CHANNELS)
    assert not stops(vulnerable, customers(hold_bits=OVER_INDEBTED, hours_since_last_contact=1))
    recent = customers(hold_bits=VULNERABLE, hours_since_last_contact=300, attempts_90d=1)
    assert until(vulnerable, CALL, recent) == tuesday + timedelta(hours=36)
    assert until(vulnerable, SMS, recent) is None
    assert until(vulnerable, CALL, unknown) is None


@pytest.mark.parametrize(("income", "is_stopped"), [(70_000, False), (69_999, True), (None, True)])
def test_an_offer_leaves_the_income_floor(customers, stops, income, is_stopped):
    asked = customers(offer_payment_cents=10_000, income_cents=income)
    assert stops(affordability, asked) == (set(CHANNELS) if is_stopped else set())
    assert not stops(affordability, asked | {"purpose": SERVICE}), "a service message asks for nothing"
    assert not stops(affordability, customers(income_cents=income)), "no offer rides with it"


@pytest.mark.parametrize(("income", "is_stopped"), [(90_000, False), (89_999, True), (None, True)])
def test_who_is_over_indebted_is_not_asked_for_what_would_not_leave_it_either(customers, stops, income, is_stopped):
    asked = customers(hold_bits=OVER_INDEBTED, balance_overdue_cents=30_000, income_cents=income)
    assert stops(affordability, asked) == (set(CHANNELS) if is_stopped else set())


def test_an_open_breaker_stops_its_channel_and_an_unknown_state_none(customers, stops, until, tuesday):
    assert stops(channel_health, customers(health_whatsapp=1)) == {Channel.WHATSAPP}
    assert not stops(channel_health, customers(health_whatsapp=0))
    assert not stops(channel_health, customers(health_whatsapp=None))
    assert until(channel_health, WHATSAPP, customers(health_whatsapp=1)) is None
    told = customers(health_whatsapp=1, health_hours_whatsapp=6)
    assert until(channel_health, WHATSAPP, told) == tuesday + timedelta(hours=6)


def test_billing_channels_carry_no_notice_and_old_debts_no_notice_at_all(customers, stops):
    for purpose in (COLLECTION, SERVICE):
        assert not stops(wording, customers() | {"purpose": purpose})
    assert stops(wording, customers() | {"purpose": NOTICE}) == {Channel.WHATSAPP}
    old = customers(hold_bits=HOLD_BIT[HoldKind.TIME_BARRED])
    assert not stops(wording, old), "without a purpose, a request to pay"
    assert stops(wording, old | {"purpose": NOTICE}) == set(CHANNELS)
    assert not stops(wording, old | {"purpose": COLLECTION})


def test_a_crowd_is_answered_as_each_of_its_customers_is(crowd, policy, tuesday):
    columns = crowd(120)
    who = np.arange(120)
    columns |= {
        "purpose": (who % 3).astype(np.int8),
        "hold_bits": np.where(who % 6 == 0, VULNERABLE * 1.0, columns["hold_bits"]),
        "has_wrong_point_sms": (who % 2).astype(float),
        "health_call": np.where(who % 5 == 0, 1.0, np.nan),
        "offer_payment_cents": np.where(who % 4 == 0, 20_000.0, np.nan),
        "income_cents": np.where(who % 7 == 0, np.nan, 70_000.0 + who * 500),
        "hours_since_last_conversation": np.where(who % 3 == 0, who / 2.0, np.nan),
    }
    for rule in (affordability, channel_health, frequency, identity, spacing, vulnerable, wording):
        together = rule.stops(columns, policy, tuesday)
        alone = [rule.stops({name: c[[i]] for name, c in columns.items()}, policy, tuesday)[0] for i in range(120)]
        np.testing.assert_array_equal(together, np.array(alone), err_msg=rule.__name__)
        assert together.any(), rule.__name__
        for index in range(120):
            row = Alone(columns, index)
            for channel in (SMS, CALL, LETTER, WHATSAPP):
                assert bool(rule.rules(row, channel, policy, tuesday)) == together[index, channel], rule.__name__
