from datetime import timedelta

import numpy as np
import pytest

from features import sources
from regua.channels import FIRST
from regua.clock import DEFAULT_ZONE, local_date
from regua.vocabulary import NOTHING
from training.cases import arrears, datasets, treatments


@pytest.fixture(scope="module")
def facts(book, short_plan, as_of):
    return datasets.base(book, short_plan, as_of, seed=7)


@pytest.fixture(scope="module")
def made(book, short_plan, as_of, facts):
    return datasets.build(book, short_plan, facts, as_of, seed=7)


def test_labels_and_profile_agree_on_who_owes_what(book, facts):
    facts = facts.observed
    days = np.array([local_date(at, DEFAULT_ZONE) for at in facts["event_timestamp"].tolist()], "datetime64[D]")
    asked = {"row": np.arange(len(days)), "contract_id": facts["contract_id"], "at": facts["event_timestamp"]}
    with sources.open_tables(book) as connection:
        found = arrears.at(connection, arrears.pa.table(asked | {"today": days, "due_before": days}))
    assert len(days) > 300
    assert found["days_past_due"].to_pylist() == facts["days_past_due"].tolist()
    assert found["overdue_cents"].to_pylist() == facts["balance_overdue_cents"].tolist()


def test_every_observation_is_accounted_for(made, facts):
    for name in ("roll_risk", "self_cure"):
        assert sum(made[name].counts.values()) == len(facts.observed["contract_id"]), name


def test_no_answer_is_used_before_it_is_known(made, as_of):
    for name, data in made.items():
        window = timedelta(days=data.spec.gap_days + data.spec.performance_days)
        assert data.examples.moment.max() <= np.datetime64((as_of - window).replace(tzinfo=None)), name
    assert made["roll_risk"].counts["window_open"] > 0


def test_a_case_cut_short_by_a_contact_stands_with_both_answers_and_one_weight(made):
    data = made["self_cure"]
    counted = data.counts["kept"] + data.counts["contacted"]
    assert data.counts["contacted"] > 0
    assert data.examples.weight.sum() == pytest.approx(counted, rel=0.01)


def test_each_arm_learns_from_choices_with_the_profile_of_the_dawn_before(made, facts, short_plan):
    data, choices = made["channel_response"], facts.choices
    assert set(data.arm) == {*FIRST, NOTHING} <= set(data.spec.arms)
    age = choices.at - choices.dawn
    assert np.all(age > np.timedelta64(0))
    assert np.all(age <= np.timedelta64(24, "h"))
    assert facts.treated["event_timestamp"].tolist() == choices.dawn.tolist()
    assert facts.treated["contract_id"].tolist() == choices.contract.tolist()
    assert 1 <= data.examples.weight.min() <= data.examples.weight.max() <= short_plan.weight_maximum


def test_choices_seldom_made_come_first_and_being_drawn_counts(book, short_plan, as_of):
    tight = short_plan.model_copy(update={"treatments_maximum": 60})
    with sources.open_tables(book) as connection:
        everyone, drawn = (
            treatments.choices(connection, book, plan, as_of, None, seed=7) for plan in (short_plan, tight)
        )
    assert max(np.unique(drawn.arm.astype(str), return_counts=True)[1]) == 60
    assert np.mean(drawn.propensity < 0.5) > np.mean(everyone.propensity < 0.5)
    mass = [np.sum(1 / made.propensity[made.arm == "sms"]) for made in (everyone, drawn)]
    assert mass[1] == pytest.approx(mass[0], rel=0.4)
    assert drawn.counts["not_drawn"] == len(everyone.at) - len(drawn.at)


def test_no_feature_is_lost_on_the_way(made):
    for data in made.values():
        assert set(data.examples.columns) == set(data.spec.features)


def test_a_large_book_is_drawn_from_by_customer(book):
    assert datasets.learned_from(book, 700, seed=7) is None
    drawn = datasets.learned_from(book, 100, seed=7)
    assert len(drawn) == len(set(drawn)) == 100
    assert datasets.learned_from(book, 100, seed=8) != drawn


def test_a_model_keeps_within_its_rows(book, short_plan, as_of, facts):
    tight = short_plan.model_copy(update={"rows_maximum": 100})
    made = datasets.build(book, tight, facts, as_of, seed=7)
    assert made["roll_risk"].counts["kept"] <= 100
    assert made["roll_risk"].counts["not_drawn"] > 0


def test_a_contract_observed_once_is_observed_first(book, short_plan, as_of, facts):
    once = {"roll_risk": short_plan.models["roll_risk"].model_copy(update={"observe_once": True})}
    plan = short_plan.model_copy(update={"models": once})
    data = datasets.build(book, plan, facts, as_of, seed=7)["roll_risk"]
    assert data.counts["observed_before"] > 0
    assert data.counts["kept"] <= len(set(facts.observed["contract_id"].tolist()))


def test_the_grid_is_fixed_to_the_calendar(short_plan, as_of):
    grid, later = short_plan.grid(as_of), short_plan.grid(as_of + timedelta(days=14))
    assert len(set(grid) & set(later)) >= len(grid) - 1
    assert max(grid) <= as_of - timedelta(days=7)
