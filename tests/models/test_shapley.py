import lightgbm
import numpy as np
import pytest

from models import shapley
from models.reasons import explain, explain_batch
from models.shapley import Explainer
from regua.columns import take
from regua.dice import draw, identity
from regua.errors import BundleError

ROWS = 300


def _matrix() -> np.ndarray:
    """Eight facts: numbers with NaN and nought among them, and two of words, one of them with more than 32."""
    who = identity([f"case {row}" for row in range(ROWS)])
    matrix = np.column_stack([np.floor(draw(who, f"fact {place}", 0) * 40) - 4 for place in range(8)])
    matrix[:, 6:] = np.column_stack([np.floor(draw(who, f"word {kinds}", 0) * kinds) for kinds in (5, 60)])
    for place in (0, 1, 6):
        matrix[draw(who, f"missing {place}", 0) < 0.2, place] = np.nan
    return matrix


def _learned(**settings: object) -> lightgbm.Booster:
    matrix = _matrix()
    known = np.nan_to_num(matrix, nan=20.0)
    label = known[:, 0] * known[:, 1] / 40 + known[:, 2] + 9 * (known[:, 6] > 2) + 7 * (known[:, 7] % 3 == 1) > 34
    params = {"objective": "binary", "num_leaves": 24, "min_data_in_leaf": 3, "verbosity": -1, "num_threads": 1}
    params |= {"min_data_per_group": 1, "cat_smooth": 1.0, "max_cat_to_onehot": 1} | settings
    data = lightgbm.Dataset(matrix, label.astype(float), categorical_feature=[6, 7], params=params)
    return lightgbm.train(params, data, num_boost_round=12)


@pytest.mark.parametrize("settings", [{}, {"zero_as_missing": True}, {"use_missing": False}])
def test_the_values_are_those_of_a_walk_through_every_tree(settings):
    booster, matrix = _learned(**settings), _matrix()
    strange = matrix.copy()
    strange[::2, 2:6], strange[::3, :2], strange[::5, 6:], strange[::7, 7] = 0.0, np.nan, -1.0, 900.0
    explainer = Explainer(booster.model_to_string())
    for rows in (matrix, strange):
        said = explainer.contributions(rows)
        assert np.abs(said - booster.predict(rows, pred_contrib=True)).max() < 1e-12
        assert np.abs(said.sum(axis=1) - booster.predict(rows, raw_score=True)).max() < 1e-12


def test_neither_threads_nor_company_change_a_bit():
    booster, matrix = _learned(), _matrix()
    explainer = Explainer(booster.model_to_string())
    alone = np.vstack([explainer.contributions(matrix[row : row + 1]) for row in range(70)])
    assert explainer.contributions(matrix, threads=2)[:70].tobytes() == alone.tobytes()
    assert explainer.contributions(matrix[:0]).shape == (0, 9)


def test_trees_of_a_single_leaf_tell_nobody_apart():
    matrix = _matrix()
    data = lightgbm.Dataset(matrix, np.arange(ROWS) % 2, params={"verbosity": -1})
    params = {"objective": "binary", "min_data_in_leaf": ROWS, "verbosity": -1, "num_threads": 1}
    booster = lightgbm.train(params, data, num_boost_round=2)
    said = Explainer(booster.model_to_string()).contributions(matrix[:3])
    assert np.abs(said - booster.predict(matrix[:3], pred_contrib=True)).max() < 1e-12


def test_a_booster_with_lines_for_leaves_is_refused():
    matrix = _matrix()
    data = lightgbm.Dataset(matrix, matrix[:, 2], params={"linear_tree": True, "verbosity": -1})
    booster = lightgbm.train({"linear_tree": True, "verbosity": -1, "num_threads": 1}, data, num_boost_round=1)
    with pytest.raises(BundleError, match="cannot be explained"):
        Explainer(booster.model_to_string())


def test_a_night_is_told_the_same_as_each_customer_alone(artifact, profile, monkeypatch):
    walked = explain_batch(artifact, profile)
    monkeypatch.setattr("models.reasons.WORTH_IT_ROWS", 1)
    together = explain_batch(artifact, profile, threads=2)
    assert (together.places == walked.places).all()
    told = explain(artifact, take(profile, slice(0, 99)), explainer=Explainer(artifact.booster_text))
    assert np.abs(told.by_family - explain(artifact, take(profile, slice(0, 99))).by_family).max() < 1e-12
    assert shapley.WORTH_IT_ROWS > 600
