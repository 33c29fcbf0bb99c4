"""A journey takes one step a business day, however often it is asked; what is not worth it today is weighed again."""

from datetime import timedelta

import numpy as np
import pytest

from journeys.kernel import decide
from regua.vocabulary import CHANNELS

RISKY = {"p_roll": 0.9, "p_self_cure": 0.05}


def later(decisions, columns, moment):
    """The same customer at a later moment: where the journey stood, and nothing else changed."""
    position = dict(decisions.position_next)
    entered = position.pop("journey_entered_on")
    days = (moment.date() - decisions.moment.date()).days
    columns = columns | position | {"journey_day": moment.date().toordinal() - entered}
    return columns | {"days_past_due": columns["days_past_due"] + days}


@pytest.mark.parametrize("count", [1, 9])
def test_asked_again_in_the_afternoon_nothing_more_is_sent_and_it_says_why(calm, customers, tuesday, count):
    columns = customers(count, days_past_due=8, **RISKY)
    morning = decide(columns, calm, tuesday)
    assert morning.channel[0] >= 0
    afternoon = tuesday + timedelta(hours=5)
    again = decide(later(morning, columns, afternoon), calm, afternoon)
    assert again.action[0] == "nothing"
    assert again.reasons[0] == ("journey_kept", "step_taken_today")
    assert again.position_next["stepped_on"][0] == tuesday.date().toordinal()
    assert again.position_next["step_last"][0] == morning.position_next["step_last"][0]


def test_the_business_day_counts_not_the_day_in_greenwich(calm, customers, tuesday):
    columns = customers(days_past_due=1, p_roll=0.2)
    morning = decide(columns, calm, tuesday)
    late = tuesday.replace(hour=23, minute=30)
    assert "step_taken_today" in decide(later(morning, columns, late), calm, late).reasons[0]
    past_midnight_in_greenwich = tuesday.replace(day=4, hour=1)
    unmoved = later(morning, columns, past_midnight_in_greenwich)
    assert "step_taken_today" in decide(unmoved, calm, past_midnight_in_greenwich).reasons[0]
    tomorrow = tuesday + timedelta(days=1)
    assert "step_taken_today" not in decide(later(morning, columns, tomorrow), calm, tomorrow).reasons[0]


def test_what_is_owed_by_an_interrupting_journey_does_not_wait_but_is_said_once(calm, customers, tuesday):
    columns = customers(days_past_due=1, p_roll=0.2)
    morning = decide(columns, calm, tuesday)
    noon, evening = tuesday + timedelta(hours=3), tuesday + timedelta(hours=6)
    claimed = later(morning, columns, noon) | {"has_paid_claim": np.array([1.0])}
    acknowledged = decide(claimed, calm, noon)
    assert acknowledged.action[0] == "whatsapp/claim_received"
    assert decide(later(acknowledged, claimed, evening), calm, evening).action[0] == "nothing"


def test_a_step_not_worth_it_today_is_weighed_again_tomorrow(calm, customers, tuesday):
    sleeping = {f"p_response_{channel}": 0.05 for channel in CHANNELS}
    columns = customers(days_past_due=3, p_self_cure=0.9, p_roll=0.1, **sleeping)
    today = decide(columns, calm, tuesday)
    assert today.reasons[0][-1] == "nothing_worth_more"
    assert (today.position_next["step_last"][0], np.isnan(today.position_next["stepped_on"][0])) == (-1, True)
    tomorrow = tuesday + timedelta(days=1)
    awake = later(today, columns, tomorrow) | {"p_response_push": np.array([0.30])}
    assert decide(awake, calm, tomorrow).action[0] == "push/soft_nudge"


def test_a_step_not_worth_it_gives_way_when_the_next_comes_tomorrow(calm, customers, tuesday):
    sleeping = {f"p_response_{channel}": 0.05 for channel in CHANNELS}
    inside = {"journey": "early_digital", "journey_version": 2, "journey_day": 8, "step_last": 2}
    columns = customers(2, days_past_due=[8, 9], p_roll=0.2, p_self_cure=0.5, **inside, **sleeping)
    columns["step_last"] = np.array([1.0, 1.0])
    assert decide(columns, calm, tuesday).position_next["step_last"].tolist() == [1, 2]


def test_a_customer_who_was_never_billed_owes_nothing_and_has_a_profile(calm, customers, tuesday):
    nothing = {"customer_balance_overdue_cents": None, "balance_overdue_cents": None, "days_past_due": None}
    decisions = decide(customers(contracts_in_arrears=0, **nothing), calm, tuesday)
    assert decisions.reasons[0] == ("nothing_billed",)
    # A stale profile does not know the count either: that is not the same as owing nothing.
    assert decide(customers(contracts_in_arrears=None, **nothing), calm, tuesday).reasons[0] == ("no_profile",)
    assert decide(customers(contracts_in_arrears=0, has_profile=0, **nothing), calm, tuesday).reasons[0] == (
        "no_profile",
    )


def test_a_journey_ends_for_whom_every_bill_was_cancelled(calm, customers, tuesday):
    nothing = {"customer_balance_overdue_cents": None, "balance_overdue_cents": None, "days_past_due": None}
    columns = customers(contracts_in_arrears=0, journey="early_digital", journey_version=2, journey_day=4, step_last=1,
                        **nothing)  # fmt: skip
    decisions = decide(columns, calm, tuesday)
    assert decisions.journey[0] is None
    assert set(decisions.reasons[0]) == {"journey_left", "nothing_billed"}
