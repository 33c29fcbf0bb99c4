"""Which rule stopped a contact, and when waiting is over: asked of one customer, guardrail by guardrail."""

from datetime import UTC, datetime, timedelta

import pytest

from journeys.guardrails import REGISTER, earliest, rules
from journeys.rulebook.row import Alone
from regua.vocabulary import CHANNELS, HOLD_BIT, Channel, HoldKind

SMS, CALL = CHANNELS.index(Channel.SMS), CHANNELS.index(Channel.CALL)


@pytest.fixture
def asked(customers, policy, tuesday):
    """Ask one guardrail of one customer: is a channel stopped, by which rules, until when."""

    def ask(name, channel, at=tuesday, **changes):
        columns = customers(**changes)
        rule, row = REGISTER[name], Alone(columns, 0)
        stopped = bool(rule.stops(columns, policy, at)[0, channel])
        return stopped, rule.rules(row, channel, policy, at), rule.earliest(row, channel, policy, at) if stopped else at

    return ask


def test_a_limit_names_its_rule_and_the_day_it_lets_go(asked):
    stopped, named, at = asked("frequency", SMS, attempts_1d_sms=1)
    assert stopped
    assert named == ("BR-FREQ-MESSAGE-DAY",)
    assert at == datetime(2026, 3, 4, 3, 0, tzinfo=UTC), "midnight in São Paulo"


def test_what_stops_names_a_rule_and_what_does_not_names_none(asked, customers, policy, tuesday, crowd):
    columns = crowd(300)
    for name, rule in REGISTER.items():
        stopped = rule.stops(columns, policy, tuesday)
        for index in range(300):
            row = Alone(columns, index)
            for channel in (SMS, CALL):
                if name == "hours":
                    continue
                assert bool(rule.rules(row, channel, policy, tuesday)) == stopped[index, channel], (name, index)


def test_a_promise_lets_go_on_the_day_after_its_grace(asked):
    stopped, named, at = asked("holds", SMS, has_open_promise=1, days_to_promise=1)
    assert stopped
    assert named == ("HOLD-PROMISE",)
    assert at == datetime(2026, 3, 7, 3, 0, tzinfo=UTC)
    assert asked("holds", SMS, has_open_promise=1, days_to_promise=1, has_open_dispute=1)[2] is None


def test_waiting_is_over_when_every_guardrail_has_let_go_and_the_hour_is_permitted(customers, policy, tuesday):
    row = Alone(customers(attempts_1d_sms=1, has_point_sms=0), 0)
    bits = REGISTER["frequency"].BIT
    assert earliest(row, SMS, bits, policy, tuesday) == datetime(2026, 3, 4, 11, 0, tzinfo=UTC)
    assert earliest(row, SMS, bits | REGISTER["consent"].BIT, policy, tuesday) is None
    both = rules(row, SMS, bits | REGISTER["contact_point"].BIT, policy, tuesday)
    assert both == ("BR-FREQ-MESSAGE-DAY", "BR-LGPD-ACC")


def test_hours_name_the_rules_of_the_region(asked, tuesday):
    night = tuesday + timedelta(hours=13, minutes=30)
    stopped, named, at = asked("hours", CALL, night, region="SP")
    assert stopped
    assert named == ("BR-DEFAULT-VOICE", "BR-SP-HOURS")
    assert at == datetime(2026, 3, 4, 11, 0, tzinfo=UTC)


def test_a_hold_that_was_entered_waits_for_who_may_lift_it(asked):
    bits = HOLD_BIT[HoldKind.LITIGATION]
    assert asked("holds", SMS, hold_bits=bits) == (True, ("HOLD-LITIGATION",), None)
