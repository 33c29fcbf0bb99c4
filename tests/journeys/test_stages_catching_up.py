"""Steps that wait, rest, are overtaken or taken in turn; ladders by state; grades that are kept."""

import numpy as np
import pytest

from journeys.kernel import decide
from regua.errors import BookError
from regua.vocabulary import CHANNELS

HEAD = """
journey: stage
version: 1
title: {pt-BR: "Etapa", en: "Stage"}
purpose: "A journey of a test."
priority: 500
"""
BODY = """
enter: days_past_due >= 1
leave: {cured: balance_overdue = 0, over: journey_day > 20}
"""
STEPS = """
steps:
  - {day: 0, try: [push/forgot]}
  - {day: 1, try: [sms/pay_link]}
  - {day: 2, when: p_self_cure < 0.5, try: [email/options]}
  - {day: 3, when: p_self_cure > 0.5, try: [whatsapp/pay_link]}
  - {day: 30, try: [letter/formal_notice]}
"""
BLOCKED = {"attempts_7d": 7}


def stage(written, keys="", steps=STEPS, body=BODY, **others):
    return written({"stage": HEAD + keys + body + steps}, **others)


def told(decisions):
    return [(one.action[0], "step_overtaken" in one.reasons[0], "step_skipped" in one.reasons[0]) for one in decisions]


def test_a_blocked_step_waits_and_the_later_one_overtakes_it_with_its_reason(written, living):
    decisions = living(stage(written), [(0, BLOCKED), (0, BLOCKED), (1, BLOCKED), (2, {})])
    assert told(decisions) == [
        ("nothing", False, False),
        ("nothing", False, False),
        ("nothing", True, False),
        ("email/options", True, False),
    ]
    assert decisions[0].position_next["step_last"][0] == -1
    assert "blocked_frequency" in decisions[0].reasons[0]


def test_after_a_pause_only_the_latest_step_whose_condition_holds_is_taken(written, living):
    decisions = living(stage(written), [(0, {}), (6, {}), (7, {})])
    assert told(decisions) == [("push/forgot", False, False), ("email/options", True, False), ("nothing", False, True)]


def test_in_turn_every_step_is_taken_one_a_day(written, living):
    days = [(0, {}), (6, {}), (7, {}), (8, {})]
    decisions = living(stage(written, "catch_up: each"), days)
    assert [action for action, _, _ in told(decisions)] == ["push/forgot", "sms/pay_link", "email/options", "nothing"]
    assert not any(overtaken for _, overtaken, _ in told(decisions))
    assert told(decisions)[3][2], "the step whose condition does not hold is skipped with a reason"


def test_a_task_is_taken_without_contact_and_needs_no_permission(written, living):
    steps = "steps:\n  - {day: 0, task: review_by_person}\n  - {day: 1, try: [push/forgot]}\n"
    night = {"attempts_7d": 9, "hold_bits": 1}
    decisions = living(stage(written, steps=steps), [(0, night), (1, {})])
    assert (decisions[0].action[0], decisions[0].channel[0], decisions[0].task[0]) == (
        "task/review_by_person", -1, "review_by_person",
    )  # fmt: skip
    assert "task_for_people" in decisions[0].reasons[0]
    assert np.isnat(decisions[0].send_at[0])
    record = next(decisions[0].records(["dec_1"], {}))
    assert (record.task["desk"], record.channel, record.alternatives) == ("collections", None, ())
    assert decisions[1].action[0] == "push/forgot"


def test_an_offer_rides_with_the_message_and_lowers_what_a_response_brings(written, living):
    steps = "steps: [{{day: 0, try: [email/options]{}}}]\n"
    plain = living(stage(written, steps=steps.format("")), [(0, {})])[0]
    names = "offer: [discount_10, discount_20, plan_3, plan_6]"
    known = {"p_self_cure": 0.02, "days_past_due": 100, "income_band": "medium", "pay_to_due_ratio_6m": 0.9}
    book = stage(written, steps=steps.format(", offer: [" + ", ".join(written_offers(written)) + "]"))
    decisions = living(book, [(0, known)])[0]
    assert decisions.offer[0] >= 0, names
    assert "offer_made" in decisions.reasons[0]
    offer = book.offers.names[decisions.offer[0]]
    assert decisions.position_next["last_offer"][0] == offer
    record = next(decisions.records(["dec_1"], {}))
    assert record.offer["name"] == offer
    assert (record.offer["npv_cents"], record.offer["concession_cents"]) == (
        decisions.npv_cents[0], decisions.concession_cents[0],
    )  # fmt: skip
    if decisions.concession_cents[0]:
        assert decisions.value_cents[0] < plain.value_cents[0]


def written_offers(written):
    return stage(written).offers.names[:8]


@pytest.mark.parametrize(
    ("key", "state", "reached"),
    [
        ("unless_accepted_within", 1, 2),
        ("unless_delivered_within", 2, 3),
        ("unless_read_within", 3, 4),
        ("unless_replied_within", 4, 5),
    ],
)
@pytest.mark.parametrize("count", [1, 9])
def test_a_ladder_goes_on_until_its_message_came_far_enough(written, customers, tuesday, key, state, reached, count):
    steps = f"steps: [{{day: 0, try: [whatsapp/pay_link, sms/pay_link], {key}: 24h}}, {{day: 9, try: [push/forgot]}}]\n"
    book = stage(written, steps=steps)
    inside = {"journey": "stage", "journey_version": 1, "journey_day": 2, "step_last": -1, "days_past_due": 4,
              "step_channels_tried": 1 << CHANNELS.index("whatsapp")}  # fmt: skip

    def action(hours, state):
        columns = customers(count, hours_since_last_contact=hours, last_contact_state=state, **inside)
        decisions = decide(columns, book, tuesday)
        return decisions.action[0], key.split("_")[1] in " ".join(decisions.reasons[0])

    assert action(23, state) == ("nothing", True)
    assert action(24, state) == ("sms/pay_link", False)
    assert action(24, reached) == ("nothing", False)
    assert action(1, 0)[0] == "sms/pay_link", "what has failed is not waited for"


def test_a_journey_rests_before_it_is_entered_again_and_says_so(written, living):
    book = stage(written, "cool_down: 7d")
    days = [(0, {}), (1, {"balance_overdue_cents": 0}), (2, {"balance_overdue_cents": 9_000}), (8, {})]
    decisions = living(book, days)
    assert [one.journey[0] for one in decisions] == ["stage", None, None, "stage"]
    assert "cooling_down" in decisions[2].reasons[0]
    assert "cooling_down" not in decisions[3].reasons[0]
    assert decisions[2].position_next["left_on"][0] == decisions[1].position_next["left_on"][0]


@pytest.mark.parametrize("count", [1, 9])
def test_a_grade_is_kept_while_its_keep_condition_holds(book, customers, tuesday, count):
    def band(p_roll, before):
        decisions = decide(customers(count, p_roll=p_roll, risk_band_before=before), book, tuesday)
        return decisions.position_next["risk_band_before"][0], "band_kept" in decisions.reasons[0]

    assert band(0.47, "high") == ("high", True)
    assert band(0.47, "medium") == ("medium", False)
    assert band(0.44, "high") == ("medium", False)
    assert band(0.52, "medium") == ("medium", True)
    assert band(0.56, "medium") == ("high", False)
    assert band(None, "high") == (None, False)


def test_without_a_profile_the_grade_of_before_is_remembered(book, customers, tuesday):
    decisions = decide(customers(has_profile=0, p_roll=None, risk_band_before="high"), book, tuesday)
    assert decisions.position_next["risk_band_before"][0] == "high"


def test_a_band_nobody_remembers_cannot_be_kept(written):
    from journeys.book import HOME

    band = "bands:\n  mood_band: {title: Mood, bands: {low: p_roll < 0.5}, keep: {low: p_roll < 0.6}}\n"
    text = (HOME / "segments.yaml").read_text("utf-8").replace("bands:\n", band, 1)
    with pytest.raises(BookError, match="nobody remembers"):
        written({"stage": HEAD + BODY + STEPS}, segments=text)


def test_holds_are_flags_of_a_condition(written, customers, tuesday):
    held = "\nenter: hold_deceased OR hold_litigation\nleave: {lifted: NOT hold_deceased AND NOT hold_litigation}\n"
    book = stage(written, body=held)
    from regua.vocabulary import HOLD_BIT

    columns = customers(4, hold_bits=[HOLD_BIT["deceased"], HOLD_BIT["litigation"] + 1, HOLD_BIT["cease_all"], None])
    assert decide(columns, book, tuesday).journey.tolist() == ["stage", "stage", None, None]


def test_what_follows_the_customer_stands_in_the_record(written, living):
    context = {"open_promise_cents": 5_000, "days_to_promise": 3}
    first, second = living(stage(written), [(0, context), (1, context)])
    assert next(first.records(["a"], {})).context["last_channel"] is None
    told = next(second.records(["b"], {})).context
    assert told == {"last_channel": "push", "last_topic": "payment", "last_offer": None, **context}


def test_a_blocked_step_says_when_it_is_permitted(written, living):
    book = stage(written)
    record = next(living(book, [(0, {"attempts_1d_push": 1})])[0].records(["a"], {}))
    assert record.alternatives[0].blocked_by
    assert record.alternatives[0].rules
    assert record.earliest_permitted_at == record.alternatives[0].earliest_permitted_at
