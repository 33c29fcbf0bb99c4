"""What follows an exit: the first journey that matches, back, a stop, or the one it hands over to."""

import pytest

from journeys.book.journeys import BACK, ROUTE, STOP
from regua.errors import BookError

HEAD = """
journey: {name}
version: {version}
title: {{pt-BR: "{name}", en: "{name}"}}
purpose: "A journey of a test."
priority: {priority}
"""

STAGE = (
    HEAD.format(name="stage", version=1, priority=500)
    + """
enter: days_past_due >= 1
leave: {cured: balance_overdue = 0}
steps:
  - {day: 0, try: [push/forgot]}
  - {day: 2, try: [sms/pay_link]}
  - {day: 5, try: [email/options]}
  - {day: 30, try: [letter/formal_notice]}
"""
)
CLAIM = (
    HEAD.format(name="claim", version=1, priority=50)
    + """
interrupts: true
enter: has_paid_claim
leave: {settled: {when: NOT has_paid_claim, then: THEN}}
steps: [{day: 0, try: [whatsapp/claim_received]}]
"""
)
DISPUTE = (
    HEAD.format(name="dispute", version=1, priority=20)
    + """
interrupts: true
enter: has_open_dispute
leave: {closed: {when: NOT has_open_dispute, then: back}}
steps: []
"""
)
LATER = (
    HEAD.format(name="later", version=1, priority=900)
    + """
enter: days_past_due > 1000
leave: {cured: balance_overdue = 0, old: days_past_due > 500}
steps: [{day: 0, try: [email/options]}]
"""
)
CLAIMED, FREE = {"has_paid_claim": 1}, {"has_paid_claim": 0}


def book_of(written, then="back", **others):
    return written({"stage": STAGE, "claim": CLAIM.replace("THEN", then), "dispute": DISPUTE, "later": LATER} | others)


def journeys(told):
    return [decisions.journey[0] for decisions in told]


def test_what_follows_is_compiled(written):
    book = book_of(written, "later")
    assert book.journey("claim").thens == (book.journey_positions["later"],)
    assert book.journey("stage").thens == (ROUTE,)
    assert book.journey("dispute").thens == (BACK,)
    assert book_of(written, "stop").journey("claim").thens == (STOP,)


@pytest.mark.parametrize(("then", "says"), [("latr", "did you mean 'later'?"), ("claim", "itself")])
def test_a_hand_over_to_nobody_is_refused_with_the_nearest_name(written, then, says):
    with pytest.raises(BookError) as caught:
        book_of(written, then)
    assert says in str(caught.value) + (caught.value.remedy or "")
    assert caught.value.place.line == 10


def test_back_goes_to_the_journey_and_step_that_were_interrupted(written, living):
    told = living(book_of(written), [(0, {}), (1, CLAIMED), (3, FREE), (6, {})])
    assert journeys(told) == ["stage", "claim", "stage", "stage"]
    assert told[1].position_next["return_journey"][0] == "stage"
    assert told[1].position_next["return_step_last"][0] == 0
    assert {"journey_left", "journey_resumed"} <= set(told[2].reasons[0])
    assert "journey_entered" not in told[2].reasons[0]
    assert (told[2].journey_day[0], told[2].action[0]) == (3, "sms/pay_link")
    assert told[2].position_next["return_journey"][0] is None
    assert told[2].position_next["last_journey_exit"][0] == "claim.settled"
    assert told[3].action[0] == "email/options"


def test_a_step_that_fell_due_meanwhile_is_overtaken_with_its_reason(written, living):
    told = living(book_of(written), [(0, {}), (1, CLAIMED), (6, FREE)])
    assert told[2].action[0] == "email/options"
    assert "step_overtaken" in told[2].reasons[0]


def test_an_interruption_within_an_interruption_keeps_the_first(written, living):
    days = [(0, {}), (1, CLAIMED), (2, {**CLAIMED, "has_open_dispute": 1}), (3, {**FREE, "has_open_dispute": 0})]
    told = living(book_of(written), days)
    assert journeys(told) == ["stage", "claim", "dispute", "stage"]
    assert told[2].position_next["return_journey"][0] == "stage"


def test_who_goes_back_may_be_interrupted_again_at_once(written, living):
    days = [(0, {}), (1, CLAIMED), (2, {**FREE, "has_open_dispute": 1}), (3, {"has_open_dispute": 0})]
    told = living(book_of(written), days)
    assert journeys(told) == ["stage", "claim", "dispute", "stage"]
    assert "journey_resumed" not in told[2].reasons[0]
    assert told[3].journey_day[0] == 3


def test_without_a_journey_to_go_back_to_the_first_that_matches_is_taken(written, living):
    told = living(book_of(written), [(0, CLAIMED), (1, FREE)])
    assert journeys(told) == ["claim", "stage"]
    assert "journey_entered" in told[1].reasons[0]


def test_where_the_journey_to_go_back_to_would_end_the_first_that_matches_is_taken(written, living):
    told = living(book_of(written), [(0, {}), (1, CLAIMED), (2, {**FREE, "balance_overdue_cents": 0})])
    assert "journey_resumed" not in told[2].reasons[0]
    # Whoever owes nothing still matches the entry of this test's stage.
    assert (told[2].journey[0], told[2].journey_day[0]) == ("stage", 0)


def test_a_hand_over_enters_the_journey_although_its_entry_does_not_hold(written, living):
    told = living(book_of(written, "later"), [(0, CLAIMED), (1, FREE), (2, {})])
    assert journeys(told) == ["claim", "later", "later"]
    assert {"journey_left", "journey_handed_over", "journey_entered"} <= set(told[1].reasons[0])
    assert told[1].action[0] == "email/options"


def test_a_hand_over_to_a_journey_that_would_end_at_once_routes(written, living):
    told = living(book_of(written, "later"), [(0, CLAIMED), (1, {**FREE, "days_past_due": 501})])
    assert journeys(told) == ["claim", "stage"]


def test_who_was_handed_over_may_still_go_back(written, living):
    late = LATER.replace("old: days_past_due > 500", "over: {when: journey_day >= 2, then: back}")
    told = living(book_of(written, "later", later=late), [(0, {}), (1, CLAIMED), (2, FREE), (4, {})])
    assert journeys(told) == ["stage", "claim", "later", "stage"]
    assert told[3].journey_day[0] == 4


def test_a_stop_leaves_the_customer_alone_until_tomorrow_but_for_interruptions(written, living):
    days = [(0, CLAIMED), (1, FREE), (1, {}), (1, {"has_open_dispute": 1}), (2, {"has_open_dispute": 0})]
    told = living(book_of(written, "stop"), days)
    assert journeys(told) == ["claim", None, None, "dispute", "stage"]
    assert "journey_stopped" in told[1].reasons[0]


@pytest.mark.parametrize("count", [1, 9])
def test_few_and_many_follow_alike(written, customers, tuesday, count):
    from journeys.kernel import decide

    inside = {
        "has_paid_claim": 0, "journey": "claim", "journey_version": 1, "journey_day": 2, "step_last": 0,
        "return_journey": "stage", "return_version": 1, "return_entered_on": tuesday.toordinal() - 6,
        "return_step_last": 1,
    }  # fmt: skip
    decisions = decide(customers(count, days_past_due=9, **inside), book_of(written), tuesday)
    assert set(decisions.journey) == {"stage"}
    assert set(decisions.journey_day) == {6}
    assert set(decisions.action) == {"email/options"}
