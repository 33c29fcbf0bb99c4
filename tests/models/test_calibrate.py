import numpy as np
import pytest

from models.calibrate import IDENTITY, LOGIT_LIMIT, Calibration, fit, fit_line, line
from regua.dice import draw, identity
from regua.errors import BundleError


def _cases(truth, rows=4_000):
    who = identity([f"case {number}" for number in range(rows)])
    raw = 6 * draw(who, "raw", 0) - 3
    chance = truth(raw)
    return raw, (draw(who, "label", 0) < chance).astype(np.float64), np.ones(rows), np.arange(rows), chance


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_a_score_that_is_right_already_is_left_alone():
    raw, label, weight, order, _ = _cases(_sigmoid)
    assert fit(raw, label, weight, order).method == "identity"


@pytest.mark.parametrize(
    "truth",
    [lambda x: _sigmoid(0.4 * x - 1), lambda x: 0.1 + 0.5 * (x > 0), lambda x: 0.05 + 0.4 * _sigmoid(3 * x)],
    ids=["too steep", "a step", "a ceiling"],
)
def test_a_wrong_score_becomes_a_probability(truth):
    raw, label, weight, order, chance = _cases(truth)
    calibration = fit(raw, label, weight, order)
    assert calibration.method != "identity"
    assert np.mean(np.abs(calibration.apply(raw) - chance)) < 0.4 * np.mean(np.abs(IDENTITY.apply(raw) - chance))


def test_a_calibration_never_turns_a_ranking_over():
    raw, label, weight, order, _ = _cases(lambda x: 0.3 + 0.1 * np.sin(2 * x))
    probability = fit(raw, label, weight, order).apply(np.sort(raw))
    assert np.all(np.diff(probability) >= 0)


def test_a_line_through_a_score_that_ranks_the_wrong_way_says_the_level_of_all():
    raw, label, weight, _, _ = _cases(lambda x: _sigmoid(-0.8 * (x - 3) - 4))
    raw = raw - 3
    probability = fit_line(raw, label, weight).apply(raw)
    assert np.ptp(probability) < 0.01
    assert probability.mean() == pytest.approx(label.mean(), abs=0.005)


def test_few_cases_or_one_class_leave_the_score_as_it_is():
    raw, label, weight, order, _ = _cases(_sigmoid, rows=150)
    assert fit(raw, label, weight, order) is IDENTITY
    raw, label, weight, order, _ = _cases(_sigmoid)
    assert fit(raw, np.ones_like(label), weight, order) is IDENTITY
    assert fit(np.full(500, 0.3), label[:500], weight[:500], order[:500]).apply(np.array([0.3]))[0] > 0


def test_nobody_is_certain_to_pay_or_not():
    said = line("wild", np.array([-50.0, 50.0]), np.array([-400.0, 400.0])).apply(np.array([-1e6, 1e6]))
    assert said[0] == pytest.approx(1 / (1 + np.exp(LOGIT_LIMIT)))
    assert 0 < said[0] < said[1] < 1


@pytest.mark.parametrize(
    ("raw", "logit"), [([0.0], [0.0]), ([0, 0], [0, 1]), ([0, 1], [1, 0]), ([0, 1], [0, float("nan")]), ([0, 1], [0])]
)
def test_knots_that_do_not_rise_are_refused(raw, logit):
    with pytest.raises(BundleError, match="do not rise"):
        Calibration.from_json({"method": "identity", "raw": raw, "logit": logit})
