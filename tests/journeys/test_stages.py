"""Stage by stage: segment, enrol, advance, propose, arbitrate, explain."""

import dataclasses

import numpy as np
import pytest

from journeys.kernel import STAGES, decide
from journeys.stages.case import Case
from regua.vocabulary import CHANNELS, Channel

INSIDE = {"journey_version": 2, "step_channels_tried": 0}


def after(stage, columns, book, moment):
    """Run the stages up to one and return the case."""
    case = Case(columns, book, moment)
    for each in STAGES:
        case.add(each(case))
        if each.__name__ == stage:
            return case
    raise AssertionError(stage)


def test_the_stages_read_as_the_decision_does():
    names = [stage.__name__ for stage in STAGES]
    assert names == ["segment", "enrol", "advance", "propose", "guard", "arbitrate", "explain"]


@pytest.mark.parametrize("count", [1, 40])
def test_a_condition_is_asked_again_once_a_stage_has_changed_its_column(calm, customers, tuesday, count):
    case = Case(customers(count, journey_day=29), calm, tuesday)
    over = dict(calm.journey("late_recovery").leave)["round_over"]
    assert not case.where(over).any()
    case.add({"journey_day": np.full(count, 30.0)})
    assert case.where(over).all()


def test_segment_grades_a_score_at_its_threshold_and_leaves_the_unknown_ungraded(calm, customers, tuesday):
    columns = customers(5, p_roll=[0.2499, 0.25, 0.4999, 0.5, None])
    found = after("segment", columns, calm, tuesday).columns
    assert found["risk_band"].tolist() == ["low", "medium", "medium", "high", None]
    assert found["value_at_stake_cents"].tolist()[3] == 15_000


def test_enrol_takes_the_first_journey_that_matches(calm, customers, tuesday):
    columns = customers(4, p_self_cure=[0.9, 0.5, 0.5, 0.5], p_roll=[0.1, 0.1, 0.9, 0.1], days_past_due=[1, 1, 1, 0])
    decisions = decide(columns, calm, tuesday)
    assert decisions.journey.tolist() == ["self_cure_grace", "early_digital", "early_assertive", None]


def test_enrol_keeps_a_customer_inside_although_another_journey_would_match(calm, customers, tuesday):
    columns = customers(2, p_self_cure=0.9, p_roll=0.1, journey="early_assertive", journey_day=4, step_last=1, **INSIDE)
    decisions = decide(columns, calm, tuesday)
    assert decisions.journey.tolist() == ["early_assertive"] * 2
    assert "journey_kept" in decisions.reasons[0]


def test_enrol_lets_an_interrupting_journey_in_and_says_so(calm, customers, tuesday):
    columns = customers(has_paid_claim=1, journey="early_assertive", journey_day=4, step_last=1, **INSIDE)
    decisions = decide(columns, calm, tuesday)
    assert decisions.journey[0] == "paid_claim_hold"
    assert {"journey_interrupted", "journey_entered"} <= set(decisions.reasons[0])
    assert decisions.journey_day[0] == 0


def test_enrol_does_not_send_anybody_back_into_the_journey_just_left(calm, customers, tuesday):
    inside = {"journey": "late_recovery", "journey_day": 30, "step_last": 5, **INSIDE}
    columns = customers(days_past_due=130, p_roll=0.9, days_since_listed=30, **inside)
    decisions = decide(columns, calm, tuesday)
    assert decisions.journey[0] is None
    assert {"journey_left", "no_journey"} <= set(decisions.reasons[0])
    assert decisions.position_next["last_journey_exit"][0] == "late_recovery.round_over"


def test_a_journey_that_no_longer_exists_is_no_journey(calm, customers, tuesday):
    decisions = decide(customers(journey="retired", journey_day=4, step_last=1, p_roll=0.9), calm, tuesday)
    assert decisions.journey[0] == "early_assertive"
    assert decisions.step[0] == 0


def test_without_a_profile_the_position_stays_as_it_was(calm, customers, tuesday):
    columns = customers(has_profile=0, journey="early_digital", journey_day=4, step_last=1, **INSIDE)
    decisions = decide(columns, calm, tuesday)
    assert decisions.reasons[0][0] == "no_profile"
    assert decisions.action[0] == "nothing"
    assert decisions.position_next["journey"][0] == "early_digital"
    assert decisions.position_next["step_last"][0] == 1
    assert decisions.position_next["journey_entered_on"][0] == tuesday.date().toordinal() - 4


@pytest.mark.parametrize(("day", "step"), [(1, 0), (2, 0), (3, 1), (6, 1), (7, 2), (10, 3), (14, 4)])
def test_who_enters_late_starts_at_the_latest_step_already_due(calm, customers, tuesday, day, step):
    assert decide(customers(days_past_due=day, p_roll=0.2), calm, tuesday).step[0] == step


def test_a_step_is_taken_once_and_the_next_waits_for_its_day(calm, customers, tuesday):
    inside = {"journey": "early_digital", "p_roll": 0.2, "journey_day": 0, **INSIDE}
    waiting = decide(customers(days_past_due=2, step_last=0, **inside), calm, tuesday)
    assert waiting.reasons[0] == ("journey_kept", "waiting_for_day")
    assert decide(customers(days_past_due=3, step_last=0, **inside), calm, tuesday).step[0] == 1


def test_a_blocked_step_stays_due_and_never_advances_silently(calm, customers, tuesday):
    columns = customers(p_roll=0.9, attempts_7d=7)
    decisions = decide(columns, calm, tuesday)
    assert "blocked_frequency" in decisions.reasons[0]
    assert decisions.position_next["step_last"][0] == -1


def test_a_step_that_reaches_nobody_is_passed_over_and_says_so(calm, customers, tuesday):
    gone = {f"has_point_{channel}": 0 for channel in ("push", "email")}
    decisions = decide(customers(days_past_due=1, p_roll=0.2, **gone), calm, tuesday)
    assert "step_unreachable" in decisions.reasons[0]
    assert decisions.position_next["step_last"][0] == 0


def test_a_step_whose_condition_is_false_or_unknown_is_skipped_with_a_reason(calm, customers, tuesday):
    columns = customers(2, journey="early_digital", journey_day=6, step_last=1, days_past_due=7, p_roll=0.2,
                        p_self_cure=[0.8, None], **INSIDE)  # fmt: skip
    decisions = decide(columns, calm, tuesday)
    assert [("step_skipped" in reasons) for reasons in decisions.reasons] == [True, True]
    assert decisions.position_next["step_last"].tolist() == [2, 2]


def test_a_ladder_offers_its_first_permitted_way_only(calm, customers, tuesday):
    ladder = {"days_past_due": 3, "p_roll": 0.2, "p_response_sms": 0.9}
    assert decide(customers(**ladder), calm, tuesday).action[0] == "whatsapp/pay_link"
    assert decide(customers(consent_whatsapp=0, **ladder), calm, tuesday).action[0] == "sms/pay_link"


@pytest.mark.parametrize(
    ("hours", "read", "action"),
    [(47, 1, "nothing"), (48, 1, "sms/pay_link"), (48, 4, "nothing"), (48, None, "sms/pay_link"), (None, 1, "nothing")],
)
def test_a_ladder_goes_on_when_the_wait_is_over_and_nobody_has_read(calm, customers, tuesday, hours, read, action):
    tried = 1 << CHANNELS.index(Channel.WHATSAPP)
    columns = customers(journey="early_digital", journey_version=2, journey_day=4, step_last=0, days_past_due=5,
                        step_channels_tried=tried, p_roll=0.2, hours_since_last_contact=hours,
                        last_contact_state=read)  # fmt: skip
    decisions = decide(columns, calm, tuesday)
    assert decisions.action[0] == action
    done = 0 if hours is None or (hours < 48) else 1
    assert decisions.position_next["step_last"][0] == done


def test_a_ladder_ends_when_the_day_of_the_next_step_comes(calm, customers, tuesday):
    tried = 1 << CHANNELS.index(Channel.WHATSAPP)
    columns = customers(journey="early_digital", journey_version=2, journey_day=6, step_last=0, days_past_due=7,
                        step_channels_tried=tried, p_roll=0.2, hours_since_last_contact=90)  # fmt: skip
    assert decide(columns, calm, tuesday).step[0] == 2


def test_arbitration_takes_the_most_valuable_and_logs_the_exact_formula(calm, customers, tuesday):
    columns = customers(days_past_due=1, p_roll=0.2, attempts_7d=2, p_response_push=0.30, p_response_email=0.10)
    decisions = decide(columns, calm, tuesday)
    # (0.30 - 0.10) × 45 % of R$ 300.00, less 0.2 of a cent, less 6 cents grown by two attempts of 35 % each.
    assert decisions.action[0] == "push/forgot"
    assert decisions.value_cents[0] == round(0.2 * 0.45 * 30_000 - 0.2 - 6 * 1.7)


def test_nothing_wins_when_no_contact_is_worth_it(calm, customers, tuesday):
    sleeping = {f"p_response_{channel}": 0.05 for channel in CHANNELS}
    decisions = decide(customers(days_past_due=1, p_roll=0.2, **sleeping), calm, tuesday)
    assert decisions.action[0] == "nothing"
    assert decisions.value_cents[0] == 0
    assert "nothing_worth_more" in decisions.reasons[0]


def test_a_channel_without_an_estimate_is_not_chosen_and_the_step_waits(calm, customers, tuesday):
    unknown = {f"p_response_{channel}": None for channel in CHANNELS}
    decisions = decide(customers(days_past_due=1, p_roll=0.2, **unknown), calm, tuesday)
    assert "no_score" in decisions.reasons[0]
    assert decisions.position_next["step_last"][0] == -1


def test_the_propensity_of_every_choice_is_exact(book, customers, tuesday):
    columns = customers(20_000, days_past_due=1, p_roll=0.2)
    decisions = decide(columns, book, tuesday)
    rate, choices = book.economy.exploration_rate, 3
    best = decisions.action == "push/forgot"
    np.testing.assert_allclose(decisions.propensity[best], 1 - rate + rate / choices)
    np.testing.assert_allclose(decisions.propensity[~best], rate / choices)
    for action in ("email/forgot", "nothing"):
        share = (decisions.action == action).mean()
        assert abs(share - rate / choices) < 4 * np.sqrt(rate / choices / 20_000), action
    assert (decisions.explored >= ~best).all()


@pytest.mark.parametrize(("mean_invoice", "collectible"), [(None, 13_500), (10_000, 13_500), (5_000, 10_000), (0, 0)])
def test_a_response_brings_a_share_of_the_balance_and_no_more_than_two_bills(
    calm, customers, tuesday, mean_invoice, collectible
):
    columns = customers(days_past_due=1, p_roll=0.2, invoice_amount_mean_6m_cents=mean_invoice)
    decisions = decide(columns, calm, tuesday)
    push = decisions.candidates.value_cents[0][0]
    assert push == np.rint((0.20 - 0.10) * collectible - 0.2 - 6)


def test_a_book_without_a_cap_takes_the_share_alone(calm):
    economy = dataclasses.replace(calm.economy, most_invoices=np.inf)
    brings = economy.collectible(
        np.array([30_000.0] * 2), economy.products.codes(np.array(["card"] * 2, object)), np.array([np.nan, 1.0])
    )
    assert brings.tolist() == [13_500, 13_500]


def test_chance_turns_with_the_day_and_with_the_seed(book, customers, tuesday):
    columns = customers(3_000, days_past_due=1, p_roll=0.2)
    today = decide(columns, book, tuesday).explored
    other = dataclasses.replace(book, economy=dataclasses.replace(book.economy, seed=1))
    assert (decide(columns, other, tuesday).explored != today).any()
    assert (decide(columns, book, tuesday.replace(day=4)).explored != today).any()


def test_a_service_message_is_owed_and_not_weighed(calm, customers, tuesday):
    columns = customers(has_paid_claim=1, p_response_whatsapp=0.0)
    decisions = decide(columns, calm, tuesday)
    assert decisions.action[0] == "whatsapp/claim_received"
    assert "service_message" in decisions.reasons[0]
    assert decisions.propensity[0] == 1


def test_alternatives_tell_what_stopped_them_and_when_they_are_permitted_again(calm, customers, tuesday):
    columns = customers(days_past_due=1, p_roll=0.2, consent_push=0)
    night = tuesday.replace(hour=23, minute=30)
    record = next(decide(columns, calm, night).records(["dec_1"], {}))
    push, email = record.alternatives
    assert push.blocked_by == ("hours", "consent")
    assert email.blocked_by == ("hours",)
    assert email.earliest_permitted_at == tuesday.replace(day=4, hour=11)
    assert record.action == "nothing"


def test_a_contact_that_is_worth_exactly_nothing_is_not_made(calm, customers, tuesday):
    free = dataclasses.replace(calm.economy, outlay=np.zeros(7), harm=np.zeros(7), minimum_value=0)
    generous = dataclasses.replace(calm, economy=free)
    even = {f"p_response_{channel}": 0.10 for channel in CHANNELS}
    assert decide(customers(days_past_due=1, p_roll=0.2, **even), generous, tuesday).action[0] == "nothing"
    better = even | {"p_response_email": 0.11}
    assert decide(customers(days_past_due=1, p_roll=0.2, **better), generous, tuesday).action[0] == "email/forgot"
