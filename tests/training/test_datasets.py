from datetime import timedelta

import numpy as np
import pytest

from features import pairs, sources
from regua.channels import FIRST
from regua.clock import DEFAULT_ZONE
from regua.columns import from_arrow, take
from regua.vocabulary import NOTHING
from training.cases import arrears, datasets, history, labels
from training.cases.registry import CASES


@pytest.fixture(scope="module")
def made(book, short_plan, as_of):
    return datasets.build(book, short_plan, as_of, seed=7)


@pytest.fixture(scope="module")
def seen(book, short_plan, as_of):
    """Every contract in arrears at the plan's moments, by its profile."""
    asked = pairs.in_arrears(book, short_plan.grid(as_of))
    columns = from_arrow(pairs.at(book, asked))
    return take(columns, np.flatnonzero(columns["days_past_due"] >= 1))


def test_labels_and_profile_agree_on_who_owes_what(book, seen):
    moment = seen["event_timestamp"].astype("datetime64[us]")
    with sources.open_tables(book) as connection:
        found = arrears.at(connection, labels.asked(seen["contract_id"], moment, 0, DEFAULT_ZONE))
    assert len(moment) > 300
    assert found["days_past_due"].to_pylist() == seen["days_past_due"].tolist()
    assert found["overdue_cents"].to_pylist() == seen["balance_overdue_cents"].tolist()


def test_every_contract_in_arrears_on_the_grid_is_accounted_for(made, seen):
    for name in ("roll_risk", "self_cure"):
        assert sum(made[name].counts.values()) == len(seen["contract_id"]), name


def test_no_answer_is_used_before_it_is_known(made, as_of):
    for name, data in made.items():
        window = timedelta(days=data.spec.window_days)
        assert data.examples.moment.max() <= np.datetime64((as_of - window).replace(tzinfo=None)), name
    assert made["roll_risk"].counts["window_open"] > 0


def test_a_case_cut_short_by_a_contact_stands_with_both_answers_and_one_weight(made):
    data = made["self_cure"]
    counted = data.counts["kept"] + data.counts["contacted"]
    assert data.counts["contacted"] > 0
    assert data.examples.weight.sum() == pytest.approx(counted, rel=0.01)


def test_each_arm_learns_from_choices_with_the_profile_of_the_dawn_before(made, choices, short_plan):
    data = made["channel_response"]
    assert set(data.arm) == {*FIRST, NOTHING} <= set(data.spec.arms)
    age = choices.moment - choices.known
    assert np.all(age > np.timedelta64(0))
    assert np.all(age <= np.timedelta64(24, "h"))
    assert data.examples.moment.tolist() == choices.moment.tolist()
    assert data.examples.customer.tolist() == choices.customer.tolist()
    assert 1 <= data.examples.weight.min() <= data.examples.weight.max() <= short_plan.weight_maximum


@pytest.fixture(scope="module")
def ask(book, as_of):
    """Find the cases of one model under a plan."""

    def found(plan, model="channel_response"):
        with history.opened(book, plan, as_of, seed=7) as past:
            return CASES[model](past, plan.spec(model))

    return found


@pytest.fixture(scope="module")
def choices(ask, short_plan):
    return ask(short_plan)


def test_choices_seldom_made_come_first_and_being_drawn_counts(ask, choices, short_plan):
    drawn = ask(short_plan.model_copy(update={"treatments_maximum": 60}))
    assert max(np.unique(drawn.arm.astype(str), return_counts=True)[1]) == 60
    propensity, usual = drawn.extras["propensity"], choices.extras["propensity"]
    assert np.mean(propensity < 0.5) > np.mean(usual < 0.5)
    mass = [np.sum(1 / made.extras["propensity"][made.arm == "sms"]) for made in (choices, drawn)]
    assert mass[1] == pytest.approx(mass[0], rel=0.4)
    assert drawn.counts["not_drawn"] == len(choices) - len(drawn)


def test_no_feature_is_lost_on_the_way(made):
    for data in made.values():
        assert set(data.examples.columns) == set(data.spec.features) | set(data.spec.reads)


def test_a_large_book_is_drawn_from_by_customer(book):
    assert datasets.learned_from(book, 700, seed=7) is None
    drawn = datasets.learned_from(book, 100, seed=7)
    assert len(drawn) == len(set(drawn)) == 100
    assert datasets.learned_from(book, 100, seed=8) != drawn


def test_a_model_keeps_within_its_rows(book, short_plan, as_of):
    tight = short_plan.model_copy(update={"rows_maximum": 100})
    made = datasets.build(book, tight, as_of, seed=7)
    assert made["roll_risk"].counts["kept"] <= 100
    assert made["roll_risk"].counts["not_drawn"] > 0


def test_a_contract_observed_once_is_observed_first(book, short_plan, as_of, seen):
    once = {"roll_risk": short_plan.models["roll_risk"].model_copy(update={"observe_once": True})}
    plan = short_plan.model_copy(update={"models": once})
    data = datasets.build(book, plan, as_of, seed=7)["roll_risk"]
    assert data.counts["observed_before"] > 0
    assert data.counts["kept"] <= len(set(seen["contract_id"].tolist()))


def test_the_grid_is_fixed_to_the_calendar(short_plan, as_of):
    grid, later = short_plan.grid(as_of), short_plan.grid(as_of + timedelta(days=14))
    assert len(set(grid) & set(later)) >= len(grid) - 1
    assert max(grid) <= as_of - timedelta(days=7)
