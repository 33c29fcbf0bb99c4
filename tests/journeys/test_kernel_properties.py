"""What holds of every decision, whoever the customer is."""

import dataclasses
from datetime import timedelta

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from journeys import kernel
from journeys.kernel import decide
from journeys.rulebook.calendars import versions
from regua.columns import take

TOLD = ("action", "channel", "template", "send_at", "journey", "step", "value_cents", "propensity", "reason_bits")


def same(one, other):
    for name in TOLD:
        assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    for name, array in one.position_next.items():
        assert_array_equal(array, other.position_next[name], err_msg=name)
    assert_array_equal(one.candidates.blocked, other.candidates.blocked)


def contacted(decisions):
    return decisions.channel >= 0


def test_a_shuffled_batch_gives_everybody_the_same_answer(book, crowd, tuesday):
    columns = crowd()
    order = np.argsort(columns["journey_day"] * 7 % 11, kind="stable")
    same(decide(take(columns, order), book, tuesday), _rows(decide(columns, book, tuesday), order))


def test_removing_a_neighbour_moves_nobody(book, crowd, tuesday):
    columns = crowd(400)
    keep = np.arange(400) % 3 != 0
    same(decide(take(columns, keep), book, tuesday), _rows(decide(columns, book, tuesday), keep))


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_the_size_of_a_batch_changes_nothing(book, crowd, tuesday, size):
    columns = crowd(300, world=size)
    whole = decide(columns, book, tuesday)
    for start in range(0, 300, size):
        run = slice(start, start + size)
        same(decide(take(columns, run), book, tuesday), _rows(whole, run))


def test_a_batch_longer_than_one_run_is_put_together_in_order(book, crowd, tuesday, monkeypatch):
    columns = crowd(500)
    whole = decide(columns, book, tuesday)
    monkeypatch.setattr(kernel, "RUN_ROWS", 64)
    same(decide(columns, book, tuesday), whole)


def test_the_same_question_gets_the_same_answer(book, crowd, tuesday):
    columns = crowd(500)
    before = {name: array.copy() for name, array in columns.items()}
    same(decide(columns, book, tuesday), decide(columns, book, tuesday))
    for name, array in before.items():
        assert_array_equal(columns[name], array, err_msg=f"{name} was written to")


def test_nobody_is_contacted_against_a_guardrail(book, crowd, tuesday):
    for hours in range(0, 24, 3):
        decisions = decide(crowd(world=hours), book, tuesday + timedelta(hours=hours))
        rows = np.flatnonzero(contacted(decisions))
        chosen = decisions.candidates.channel[rows] == decisions.channel[rows, None]
        assert not (decisions.candidates.blocked[rows] * chosen).any()
        assert not np.isnat(decisions.send_at[rows]).any()
        assert (decisions.send_at[rows] >= np.datetime64((tuesday + timedelta(hours=hours)).replace(tzinfo=None))).all()


@pytest.mark.parametrize("lowered", ["BR-FREQ-TOTAL-WEEK", "BR-FREQ-CALL-DAY", "BR-FREQ-MESSAGE-WEEK"])
def test_a_stricter_policy_never_yields_more_contacts(calm, crowd, tuesday, lowered):
    columns = crowd()
    stricter = _with_cap(calm, lowered, 0)
    before, after = decide(columns, calm, tuesday), decide(columns, stricter, tuesday)
    assert not (contacted(after) & ~contacted(before)).any()
    assert contacted(after).sum() < contacted(before).sum()


def test_who_pays_everything_is_never_asked_to_pay(book, crowd, tuesday):
    columns = crowd()
    asked = contacted(decide(columns, book, tuesday))
    settled = ("balance_overdue_cents", "customer_balance_overdue_cents", "balance_open_cents", "hold_bits")
    told = ("has_open_promise", "has_paid_claim", "has_open_dispute")
    paid = columns | {name: np.zeros(len(asked)) for name in (*settled, *told)}
    paid["days_past_due"] = np.full(len(asked), -5.0)
    assert asked.any()
    decisions = decide(paid, book, tuesday)
    told = set(decisions.action[contacted(decisions)])
    assert not [action for action in told if book.messages.known[action].purpose == "collection"]


def test_paying_a_part_never_turns_silence_into_a_contact(calm, customers, tuesday):
    owing = [100_000, 50_000, 10_000, 2_000, 500, 100]
    decisions = decide(customers(6, balance_overdue_cents=owing, p_roll=0.9), calm, tuesday)
    assert_array_equal(np.sort(contacted(decisions))[::-1], contacted(decisions))
    assert (np.diff(decisions.value_cents) <= 0).all()


def test_protected_attributes_change_nothing(book, crowd, tuesday):
    columns = crowd(500)
    protected = {"sex": np.array(["f", "m"] * 250, dtype=object), "birth_year": np.full(500, 1950.0)}
    same(decide(columns | protected, book, tuesday), decide(columns, book, tuesday))
    assert not {"sex", "birth_year"} & set(book.fields)


def test_every_decision_has_a_reason_in_both_languages(book, crowd, tuesday):
    decisions = decide(crowd(500), book, tuesday)
    for record in decisions.records([f"dec_{row}" for row in range(500)], {"bundle": "b"}):
        assert record.reasons, record
        for reason in record.reasons:
            assert set(reason.text) == {"pt-BR", "en"}
            assert "{" not in "".join(reason.text.values())
        assert record.digests == {"bundle": "b", "book": book.digest, "calendar": versions()}
        assert record.to_json()


def test_nothing_known_gives_nothing_done(book, tuesday):
    nobody = {"customer_id": np.array(["ana"], dtype=object)}
    decisions = decide(nobody, book, tuesday)
    assert decisions.action[0] == "nothing"
    assert decisions.reasons[0] == ("no_profile",)


def test_no_customers_are_no_decisions(book, crowd, tuesday):
    assert len(decide(take(crowd(3), slice(0, 0)), book, tuesday)) == 0


def test_a_customer_in_two_thousand_is_explored_as_often_as_the_book_says(book, crowd, tuesday):
    decisions = decide(crowd(8_000), book, tuesday)
    could = decisions.propensity < 1
    assert 0.02 < decisions.explored[could].mean() < 0.04
    assert not decisions.explored[~could].any()


def test_the_chances_of_all_that_could_be_done_add_up_to_one(book, crowd, tuesday):
    bold = dataclasses.replace(book, economy=dataclasses.replace(book.economy, exploration_rate=0.5))
    records = list(decide(crowd(600), bold, tuesday).records([f"dec_{row}" for row in range(600)], {}))
    for record in records:
        chances = [record.propensity, *(one.propensity for one in record.alternatives)]
        assert abs(sum(chances) - 1) < 1e-12, record
        assert all(one.propensity == 0 for one in record.alternatives if one.blocked_by)
    assert sum(record.propensity < 0.5 for record in records) > 10
    # Each action was done as often as all the chances that were logged of it say, chosen or not.
    for action in {record.action for record in records}:
        logged = [
            one.propensity for record in records for one in (record, *record.alternatives) if one.action == action
        ]
        spread = np.sqrt(sum(chance * (1 - chance) for chance in logged))
        assert abs(sum(record.action == action for record in records) - sum(logged)) <= 4 * spread, action


def _rows(decisions, rows):
    fields = {name: getattr(decisions, name)[rows] for name in TOLD}
    candidates = dataclasses.replace(decisions.candidates, blocked=decisions.candidates.blocked[rows])
    position = take(decisions.position_next, rows)
    return dataclasses.replace(decisions, **fields, candidates=candidates, position_next=position)


def _with_cap(book, rule_id, at_most):
    rules = tuple(
        rule.model_copy(update={"at_most": at_most}) if rule.id == rule_id else rule
        for rule in book.policies.sections["frequency"]
    )
    sections = {**book.policies.sections, "frequency": rules}
    return dataclasses.replace(book, policies=dataclasses.replace(book.policies, sections=sections))
