import lightgbm
import numpy as np
import pytest

from models import plain_steps, walking
from regua.dice import draw, identity
from regua.errors import BundleError

ROWS = 300


def _matrix(words=60):
    """Eight facts: numbers with NaN and nought among them, and two of words."""
    who = identity([f"case {row}" for row in range(ROWS)])
    matrix = np.column_stack([np.floor(draw(who, f"fact {place}", 0) * 40) - 4 for place in range(8)])
    matrix[:, 6:] = np.column_stack([np.floor(draw(who, f"word {kinds}", 0) * kinds) for kinds in (5, words)])
    for place in (0, 1, 6):
        matrix[draw(who, f"missing {place}", 0) < 0.2, place] = np.nan
    return matrix


def _strange():
    matrix = _matrix()
    matrix[::2, 2:6], matrix[::3, :2], matrix[::5, 6:], matrix[::7, 7] = 0.0, np.nan, -1.0, 900.0
    matrix[::11, 3], matrix[::13, 4] = 1e300, -1e-36
    return matrix


def _learned(matrix, rounds=12, label=None, **settings):
    known = np.nan_to_num(matrix, nan=20.0)
    told = known[:, 0] * known[:, 1] / 40 + known[:, 2] + 9 * (known[:, 6] > 2) + 7 * (known[:, 7] % 3 == 1) > 34
    params = {"objective": "binary", "num_leaves": 24, "min_data_in_leaf": 3, "verbosity": -1, "num_threads": 1}
    params |= {"min_data_per_group": 1, "cat_smooth": 1.0, "max_cat_to_onehot": 1} | settings
    data = lightgbm.Dataset(
        matrix, told.astype(float) if label is None else label, categorical_feature=[6, 7], params=params
    )
    return lightgbm.train(params, data, num_boost_round=rounds)


def _said(booster, matrix):
    return booster.predict(matrix, raw_score=True, num_threads=1)


def _planted(booster, places=None):
    return walking.plant(booster.model_to_string(), np.arange(8) if places is None else places)


def _walked(booster, facts, places=None):
    return walking.beside([_planted(booster, places)]).walk(facts)


@pytest.mark.parametrize("settings", [{}, {"zero_as_missing": True}, {"use_missing": False}])
def test_a_walk_says_what_lightgbm_says_to_the_last_bit(settings):
    booster = _learned(_matrix(), **settings)
    for matrix in (_matrix(), _strange(), _strange()[:1]):
        assert _walked(booster, matrix)[0].tobytes() == _said(booster, matrix).tobytes()


@pytest.mark.parametrize("settings", [{}, {"zero_as_missing": True}, {"use_missing": False}])
def test_plain_steps_say_it_too(settings, monkeypatch):
    forest = walking.beside([_planted(_learned(_matrix(), **settings)), _planted(_learned(_matrix(), rounds=3))])
    for most in (plain_steps._MOST_PIECES, 2 * len(forest.pieces)):
        monkeypatch.setattr(plain_steps, "_MOST_PIECES", most)
        for matrix in (_matrix(), _strange(), _strange()[:1], _matrix()[:0]):
            assert forest.walk(matrix, plain_steps.PLAIN).tobytes() == forest.walk(matrix).tobytes()


def test_boosters_side_by_side_say_what_each_says_alone():
    boosters = [_learned(_matrix()), _learned(_matrix(), zero_as_missing=True), _learned(_matrix(), rounds=3)]
    said = walking.beside([_planted(one) for one in boosters]).walk(_strange())
    assert said.tobytes() == np.stack([_said(one, _strange()) for one in boosters]).tobytes()


def test_facts_may_stand_in_another_order_among_others():
    booster, places = _learned(_matrix()), np.array([11, 3, 0, 7, 5, 9, 1, 4])
    facts = np.full((ROWS, 12), np.nan)
    facts[:, places] = _strange()
    assert _walked(booster, facts, places)[0].tobytes() == _said(booster, _strange()).tobytes()


def test_a_booster_that_never_split_says_one_thing_to_everybody():
    booster = _learned(_matrix(), rounds=1, min_data_in_leaf=ROWS)
    assert _walked(booster, _matrix())[0].tobytes() == _said(booster, _matrix()).tobytes()


def test_no_boosters_and_no_rows_are_no_answers():
    for by in (None, plain_steps.PLAIN):
        assert walking.beside([]).walk(_matrix(), by).shape == (0, ROWS)
    assert _walked(_learned(_matrix()), _matrix()[:0]).shape == (1, 0)


def test_more_words_than_bits_stay_with_lightgbm():
    with pytest.raises(BundleError, match="more words"):
        _planted(_learned(_matrix(words=120)))


def test_trees_of_hundreds_of_leaves_say_what_lightgbm_says():
    label = draw(identity([f"case {row}" for row in range(ROWS)]), "label", 0)
    booster = _learned(_matrix(), label=label, objective="regression", num_leaves=250, min_data_in_leaf=1)
    assert max(_planted(booster).leaves) > 128
    assert _walked(booster, _strange())[0].tobytes() == _said(booster, _strange()).tobytes()
    by_plain_steps = walking.beside([_planted(booster)]).walk(_strange(), plain_steps.PLAIN)
    assert by_plain_steps[0].tobytes() == _said(booster, _strange()).tobytes()


def test_boosters_of_more_leaves_than_can_be_told_apart_stay_with_lightgbm(monkeypatch):
    monkeypatch.setattr(walking, "MOST_NUMBERS", 11)
    with pytest.raises(BundleError, match="more leaves than can be laid out"):
        walking.beside([_planted(_learned(_matrix()))])
