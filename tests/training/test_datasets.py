from datetime import timedelta

import numpy as np
import pytest

from features import snapshots, sources
from regua.clock import DEFAULT_ZONE, local_date
from training import arrears, datasets


@pytest.fixture(scope="module")
def facts(book, short_plan, as_of, report):
    return datasets.base(book, short_plan.grid(as_of))


@pytest.fixture(scope="module")
def made(book, short_plan, as_of, facts):
    return datasets.build(book, short_plan, facts, short_plan.grid(as_of), as_of, seed=7)


def test_labels_and_profile_agree_on_who_owes_what(book, facts):
    days = np.array([local_date(at, DEFAULT_ZONE) for at in facts["event_timestamp"].tolist()], "datetime64[D]")
    asked = {"row": np.arange(len(days)), "contract_id": facts["contract_id"], "at": facts["event_timestamp"]}
    with sources.open_tables(book) as connection:
        found = arrears.at(connection, arrears.pa.table(asked | {"today": days, "due_before": days}))
    assert len(days) > 300
    assert found["days_past_due"].to_pylist() == facts["days_past_due"].tolist()
    assert found["overdue_cents"].to_pylist() == facts["balance_overdue_cents"].tolist()


def test_every_observation_is_accounted_for(made, facts):
    for name in ("roll_risk", "self_cure"):
        assert sum(made[name].counts.values()) == len(facts["contract_id"]), name


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


def test_each_arm_learns_from_the_choices_that_took_it_soon_after_a_snapshot(made, short_plan, as_of):
    data = made["channel_response"]
    assert set(data.arm) <= set(data.spec.arms)
    assert len(set(data.arm)) >= 6
    moments = np.array([moment.replace(tzinfo=None) for moment in short_plan.grid(as_of)], "datetime64[us]")
    before = moments[np.searchsorted(moments, data.examples.moment, side="left") - 1]
    age = data.examples.moment - before
    assert np.all(age > np.timedelta64(0))
    assert np.all(age <= np.timedelta64(int(short_plan.treatment_age_days * 24), "h"))
    assert data.examples.weight.max() <= short_plan.weight_maximum


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
    made = datasets.build(book, tight, facts, tight.grid(as_of), as_of, seed=7)
    assert made["roll_risk"].counts["kept"] <= 100
    assert made["roll_risk"].counts["not_drawn"] > 0


def test_a_contract_observed_once_is_observed_first(book, short_plan, as_of, facts):
    once = {"roll_risk": short_plan.models["roll_risk"].model_copy(update={"observe_once": True})}
    plan = short_plan.model_copy(update={"models": once})
    data = datasets.build(book, plan, facts, plan.grid(as_of), as_of, seed=7)["roll_risk"]
    assert data.counts["observed_before"] > 0
    assert data.counts["kept"] <= len(set(facts["contract_id"].tolist()))


def test_the_grid_is_fixed_to_the_calendar(short_plan, as_of, book):
    grid, later = short_plan.grid(as_of), short_plan.grid(as_of + timedelta(days=14))
    assert len(set(grid) & set(later)) >= len(grid) - 1
    assert max(grid) <= as_of - timedelta(days=7)
    assert set(grid) <= set(snapshots.built(book))
