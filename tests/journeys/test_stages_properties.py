"""What holds of every customer in a book that uses everything a journey may say."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from journeys.book.reasons import BIT
from journeys.kernel import decide
from regua.columns import take

HEAD = 'version: {version}\ntitle: {{pt-BR: "J", en: "J"}}\npurpose: "A journey of a test."\n'
RICH = {
    "stop": """
journey: stop
priority: 10
interrupts: true
enter: hold_deceased OR hold_cease_all
leave: {lifted: {when: NOT hold_deceased AND NOT hold_cease_all, then: stop}}
steps: [{day: 0, task: legal_review}]
""",
    "claim": """
journey: claim
priority: 50
interrupts: true
cool_down: 3d
enter: has_paid_claim
leave: {settled: {when: NOT has_paid_claim, then: back}}
steps: [{day: 0, try: [whatsapp/claim_received, push/claim_received]}, {day: 2, task: reconcile_payment}]
""",
    "promise": """
journey: promise
priority: 200
interrupts: true
count_from: promise
enter: has_open_promise AND days_to_promise >= 0
leave: {kept: balance_overdue = 0, broken: {when: days_to_promise < 0, then: rescue}}
steps: [{day: -1, try: [whatsapp/promise_reminder, sms/promise_reminder], unless_read_within: 24h}]
""",
    "rescue": """
journey: rescue
priority: 210
enter: days_to_promise < 0 AND risk_band = 'high'
leave: {cured: balance_overdue = 0, over: {when: journey_day > 3, then: back}}
steps:
  - {day: 0, try: [email/options], offer: [OFFERS]}
  - {day: 2, try: [sms/pay_link, call/agent], unless_replied_within: 1d}
""",
    "stage": """
journey: stage
inside: finish
priority: 500
catch_up: each
cool_down: 7d
count_from: due_date
enter: days_past_due BETWEEN 1 AND 60
leave: {cured: balance_overdue = 0, aged: days_past_due > 60, tired: {when: journey_day > 30, then: stop}}
steps:
  - {day: 1, try: [push/forgot, email/forgot]}
  - {day: 3, when: p_self_cure < 0.6, try: [whatsapp/pay_link, sms/pay_link], unless_delivered_within: 48h}
  - {day: 10, when: risk_band = 'high', try: [call/agent, email/options]}
  - {day: 12, try: [letter/formal_notice, email/options]}
""",
    "late": """
journey: late
priority: 700
enter: days_past_due > 60
leave: {cured: balance_overdue = 0, round: journey_day >= 30}
steps:
  - {day: 0, try: [email/options]}
  - {day: 5, try: [sms/pay_link], when: last_channel <> 'sms'}
  - {day: 9, task: legal_review}
""",
}
TOLD = ("action", "channel", "send_at", "journey", "journey_version", "journey_day", "step", "value_cents", "offer",
        "npv_cents", "propensity", "reason_bits", "exit_at")  # fmt: skip


@pytest.fixture(scope="module")
def rich(written, book):
    """A book that uses everything."""
    offers = ", ".join(book.offers.names[:3])
    texts = {
        name: HEAD.format(version=3 if name == "stage" else 2) + text.replace("OFFERS", offers)
        for name, text in RICH.items()
    }
    archived = HEAD.format(version=2) + RICH["stage"].replace("day: 12", "day: 15")
    return written(texts | {"catalog/archive/stage.v2.yaml": archived})


def same(one, other, rows):
    for name in TOLD:
        assert_array_equal(getattr(one, name), getattr(other, name)[rows], err_msg=name)
    for name, array in one.position_next.items():
        assert_array_equal(array, other.position_next[name][rows], err_msg=name)
    assert_array_equal(one.candidates.blocked, other.candidates.blocked[rows])


@pytest.mark.parametrize("size", [1, 4, 5, 70])
def test_an_answer_is_the_same_alone_and_in_a_crowd(rich, crowd, tuesday, size):
    columns = crowd(280, world=size, book=rich)
    whole = decide(columns, rich, tuesday)
    for start in range(0, 280, size):
        run = slice(start, start + size)
        same(decide(take(columns, run), rich, tuesday), whole, run)


def test_an_answer_does_not_depend_on_the_order(rich, crowd, tuesday):
    columns = crowd(2_000, book=rich)
    order = np.argsort(columns["p_self_cure"], kind="stable")
    same(decide(take(columns, order), rich, tuesday), decide(columns, rich, tuesday), order)


def test_the_crowd_meets_every_reason_of_the_journeys(rich, crowd, tuesday):
    met = np.bitwise_or.reduce(decide(crowd(12_000, book=rich), rich, tuesday).reason_bits)
    for code in ("step_overtaken", "journey_resumed", "journey_handed_over", "journey_stopped", "journey_unknown",
                 "version_moved", "version_kept", "cooling_down", "band_kept", "task_for_people", "waiting_for_read",
                 "waiting_for_delivered", "ladder_next", "journey_interrupted"):  # fmt: skip
        assert met & BIT[code], code


def test_a_step_moves_on_only_when_taken_skipped_overtaken_or_ended(rich, crowd, tuesday):
    columns = crowd(6_000, book=rich)
    decisions = decide(columns, rich, tuesday)
    moving = ("step_skipped", "step_overtaken", "step_unreachable", "task_for_people", "nothing_worth_more", "explored",
              "journey_entered", "journey_resumed", "version_moved")  # fmt: skip
    bits = sum(BIT[code] for code in moving)
    before, after = columns["step_last"], decisions.position_next["step_last"]
    kept = (decisions.reason_bits & BIT["journey_kept"]) != 0
    ladder = columns["step_channels_tried"] > 0
    moved = kept & (after > before) & (before == before) & ~ladder & (decisions.channel < 0)
    assert moved.any()
    assert ((decisions.reason_bits[moved] & bits) != 0).all()


def test_who_pays_everything_is_asked_for_nothing(rich, crowd, tuesday):
    columns = crowd(3_000, book=rich)
    free = {"has_paid_claim": 0.0, "has_open_promise": 0.0, "hold_bits": 0.0, "days_past_due": -5.0,
            "balance_overdue_cents": 0.0, "customer_balance_overdue_cents": 0.0, "has_profile": 1.0}  # fmt: skip
    paid = columns | {name: np.full(3_000, value) for name, value in free.items()}
    # Back at a journey counted from its entry, whose exit reads the balance, nobody stays either.
    assert not (decide(paid, rich, tuesday).channel >= 0).any()


def test_every_position_is_one_the_next_decision_can_read(rich, crowd, tuesday):
    columns = crowd(2_000, book=rich)
    decisions = decide(columns, rich, tuesday)
    position = dict(decisions.position_next)
    position["journey_day"] = tuesday.toordinal() - position.pop("journey_entered_on")
    again = decide(columns | position, rich, tuesday)
    inside = decisions.journey != None  # noqa: E711  (element by element)
    unknown = (again.reason_bits & BIT["journey_unknown"]) != 0
    assert not unknown[inside].any()
    # Asked again on the same day, nobody inside a journey that is not interrupted is contacted twice.
    twice = (decisions.channel >= 0) & (again.channel >= 0)
    assert not twice.any() or ((again.reason_bits[twice] & BIT["journey_interrupted"]) != 0).all()
