import numpy as np
import pytest

from regua.dice import draw, identity
from training.causal import groups, learners, propensities, ranking
from training.causal.learners import Sample
from training.causal.one_booster import cross_fitted, residuals, teach
from training.causal.ranking import Compared
from training.causal.shrinking import shrink
from training.causal.trial import Trial, folds


def compared(treated, outcome, weight=None, customer=None):
    n = len(outcome)
    return Compared(
        np.asarray(treated, bool),
        np.asarray(outcome, np.float64),
        np.ones(n) if weight is None else weight,
        np.array([f"c{row}" for row in range(n)], object) if customer is None else customer,
    )


def test_a_qini_curve_of_four_people_is_as_drawn_by_hand():
    # Two treated, two not. The first pair gains one outcome, the second none: Q rises to 1/2 and stays.
    one = compared([True, False, True, False], [1.0, 0.0, 1.0, 1.0])
    drawn = ranking.curve(one.sums(ranking.places(np.array([2.0, 2.0, 1.0, 1.0]))))
    assert drawn.share.tolist() == [0.0, 0.5, 1.0]
    assert drawn.gain.tolist() == [0.0, 0.5, 0.5]
    assert drawn.qini == pytest.approx(0.125)
    assert drawn.auuc == pytest.approx(0.375)
    assert drawn.uplift_at(0.5) == pytest.approx(1.0)


def test_groups_of_unequal_size_are_compared_head_by_head():
    # One treated of three pays, and two of six left alone: nobody gains anything, however few were treated.
    one = compared([True] * 3 + [False] * 6, [1.0, 0, 0, 1.0, 1.0, 0, 0, 0, 0])
    drawn = ranking.curve(one.sums(ranking.places(np.zeros(9))))
    assert drawn.gain[-1] == pytest.approx(0.0)


def test_a_score_that_says_the_same_of_all_has_no_qini():
    one = compared([True, False] * 50, [1.0, 0.0] * 50)
    assert ranking.curve(one.sums(ranking.places(np.zeros(100)))).qini == pytest.approx(0.0)


def test_a_score_turned_round_has_the_opposite_qini():
    who = identity([str(row) for row in range(4_000)])
    treated, x = draw(who, "t", 0) < 0.5, draw(who, "x", 0)
    outcome = (draw(who, "y", 0) < 0.2 + 0.6 * treated * x).astype(np.float64)
    one = compared(treated, outcome)
    up, down = (ranking.curve(one.sums(ranking.places(score))).qini for score in (x, -x))
    assert up > 0.02
    assert down == pytest.approx(-up, abs=0.005)


def test_the_permutation_test_is_fair_where_nobody_differs():
    p = []
    for world in range(40):
        who = identity([f"{world}/{row}" for row in range(300)])
        treated, score = draw(who, "t", 0) < 0.5, draw(who, "s", 0)
        one = compared(treated, (draw(who, "y", 0) < 0.3 + 0.2 * treated).astype(np.float64))
        p.append(ranking.permuted(one, {"a": score, "b": np.sin(40 * score)}, 59, 1).best_p_value)
    p = np.array(p)
    assert 0.0 <= (p < 0.1).mean() <= 0.22
    assert 0.3 < p.mean() < 0.7


def test_two_rows_of_one_customer_are_one_piece_of_evidence():
    who = identity([str(row) for row in range(800)])
    treated, score = draw(who, "t", 0) < 0.5, draw(who, "s", 0)
    outcome = (draw(who, "y", 0) < 0.5).astype(np.float64)
    names = np.array([f"c{row}" for row in range(800)], object)
    once = ranking.measured(compared(treated, outcome, customer=names), {"a": score}, 200, 7)["a"]["ate"]
    twice = ranking.measured(
        compared(*(np.tile(one, 4) for one in (treated, outcome)), np.ones(3_200), np.tile(names, 4)),
        {"a": np.tile(score, 4)},
        200,
        7,
    )["a"]["ate"]
    assert twice.high - twice.low == pytest.approx(once.high - once.low, rel=0.05)


def test_every_row_of_a_customer_stands_in_one_fold(trial):
    customer = np.array([f"c{row % 50}" for row in range(500)], object)
    fold = folds(customer, 7)
    assert all(len(set(fold[customer == name].tolist())) == 1 for name in set(customer.tolist()))
    assert len(set(fold.tolist())) == 5


def test_doubly_robust_averages_are_right_though_the_outcome_models_are_wrong(made):
    table = made(8_000, lambda x: 0.2 * x, seed=11, chance=lambda x: 0.2 + 0.6 * x)
    treated = table["treated"] > 0
    customer = np.array([str(row) for row in range(8_000)], object)
    sample = Sample(table["x"][:, None], (), treated, table["paid"], 1 / table["chance"], customer)
    nonsense = np.sin(30 * table["x"])
    told = groups.effects(sample, np.zeros(8_000, np.int64), nonsense, -nonsense)
    assert told[0, 0] == pytest.approx(0.1, abs=0.035)
    assert told[1, 0] == pytest.approx(0.3, abs=0.035)
    naive = table["paid"][treated].mean() - table["paid"][~treated].mean()
    assert naive > 0.115


def test_a_trial_without_propensities_is_told_to_be_randomised_or_not(made):
    fair = made(3_000, lambda x: 0.1 * x, seed=12)
    skewed = made(
        3_000, lambda x: 0.1 * x, seed=12, chance=lambda x: np.where(x > 0.6, 0.9, np.where(x < 0.1, 0.0, 0.2))
    )
    told = [
        propensities.overlap(Trial.of(one, treatment="treated", outcome="paid", features=["x", "noise"]), "1", seed=7)
        for one in (fair, skewed)
    ]
    assert [one.how for one in told] == ["share", "estimated"]
    assert told[0].kept.all()
    assert 0.03 < 1 - told[1].kept.mean() < 0.2
    assert told[1].told()["auc_of_treatment"] > 0.8


def test_one_booster_tells_an_effect_and_is_drawn_towards_the_average(trial):
    overlap = propensities.overlap(trial, "1", seed=7)
    sample = learners.sample(trial, "1", overlap)
    pseudo, _, _ = residuals(sample, seed=7)
    for name in ("dr", "x"):
        told = cross_fitted(name, sample, seed=7)
        line = shrink(sample, told, pseudo)
        assert 0.5 < line.slope <= 1
        assert line.level == pytest.approx(0.16, abs=0.04)
        assert teach(name, sample, seed=7).booster is not None


def test_what_is_only_luck_is_drawn_all_the_way(made):
    table = made(2_000, lambda x: np.full(len(x), 0.1), seed=14)
    trial = Trial.of(table, treatment="treated", outcome="paid", features=["x", "noise"])
    sample = learners.sample(trial, "1", propensities.overlap(trial, "1", seed=7))
    pseudo, _, _ = residuals(sample, seed=7)
    line = shrink(sample, cross_fitted("t", sample, seed=7), pseudo)
    assert line.slope < 0.3
    told = line.apply(np.array([-0.5, 0.5]))
    assert np.ptp(told) < 0.3
