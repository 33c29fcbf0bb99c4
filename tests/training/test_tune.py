from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from models import SPECS
from models.encode import Encoder
from regua.clock import SetClock
from regua.dice import draw, identity
from training.teaching import trials as tried
from training.teaching.tune import search, untuned

SPEC = SPECS["roll_risk"]


def _search(train, **more):
    encoder = Encoder.learn(SPEC.features, train.columns)
    asked = {"trials": 3, "rows": 600, "trees": 25, "seed": 7, "threads": 1} | more
    return search(SPEC, encoder, train, **asked)


def test_the_same_seed_finds_the_same_settings(cases):
    assert _search(cases()) == _search(cases())


def test_another_seed_looks_elsewhere(cases):
    assert _search(cases(), seed=8).trials[1:] != _search(cases()).trials[1:]


def test_every_trial_is_told_and_none_beats_the_best(cases):
    said = []
    tuned = _search(cases(), progress=said.append)
    assert tuned.log_loss == min(tuned.trials)
    assert len(tuned.trials) == len(said) == 3
    assert tuned.params["deterministic"]
    assert 10 <= tuned.params["num_iterations"] <= 25


def test_too_few_answers_are_not_searched_on(cases):
    assert _search(cases(rows=12)) == untuned(seed=7, threads=1)


class KilledError(Exception):
    """The process ends in the middle."""


def _killed_after(times):
    told = []

    def progress(words):
        told.append(words)
        if len(told) == times:
            raise KilledError

    return progress


def test_a_search_that_was_killed_goes_on_and_finds_the_same(cases, tmp_path):
    whole = _search(cases(), trials=6)
    file = tmp_path / "run" / "tune.db"
    with pytest.raises(KilledError):
        _search(cases(), trials=6, storage=file, progress=_killed_after(2))
    said = []
    assert _search(cases(), trials=6, storage=file, progress=said.append) == whole
    assert len(said) == 4
    assert _search(cases(), trials=6, storage=file, progress=_killed_after(1)) == whole


def test_a_trial_cut_short_in_the_middle_is_tried_again(tmp_path):
    effort = tried.Effort(5, storage=tmp_path / "tune.db")
    calls = []

    def loss(trial, settings):
        calls.append(settings["x"])
        if len(calls) == 4:
            raise KilledError
        return (settings["x"] - 3) ** 2, 10

    def suggest(trial):
        return {"x": trial.suggest_float("x", 0, 10)}

    with pytest.raises(KilledError):
        tried.run("one", effort, {"x": 1.0}, suggest, loss, seed=7)
    found = tried.run("one", effort, {"x": 1.0}, suggest, loss, seed=7)
    assert calls[3] == calls[4]
    assert found == tried.run("one", tried.Effort(5), {"x": 1.0}, suggest, loss, seed=7)
    assert found.first.settings == {"x": 1.0}
    assert sum(found.importance.values()) == pytest.approx(1)


def test_other_cases_are_another_search(cases, tmp_path):
    file = tmp_path / "tune.db"
    _search(cases(), storage=file)
    said = []
    _search(cases(key="others"), storage=file, progress=said.append)
    assert len(said) == 3


def test_a_hopeless_trial_is_given_up():
    import optuna

    def loss(trial, settings):
        for step in range(10, 60, 10):
            trial.report(settings["x"], step)
            if trial.should_prune():
                raise optuna.TrialPruned
        return settings["x"], 50

    found = tried.run("one", tried.Effort(12), {"x": 0.1}, lambda t: {"x": t.suggest_float("x", 0, 10)}, loss, seed=7)
    assert 0 < sum(one.is_pruned for one in found.tried) < 12
    assert not found.best.is_pruned


def test_minutes_end_a_search(cases):
    clock = SetClock(datetime(2026, 6, 30, tzinfo=UTC))
    tuned = _search(cases(), minutes=5, clock=clock, progress=lambda _: clock.move(timedelta(minutes=2)))
    assert len(tuned.trials) == 3


def test_nobody_tunes_for_nothing(cases):
    train = cases(rows=900)
    lots = draw(identity([str(row) for row in range(len(train))]), "lots", 0)
    tuned = _search(replace(train, label=train.label[np.argsort(lots)]), trials=8)
    defaults = untuned(seed=7, threads=1).params
    assert tuned.kept_defaults
    assert tuned.gain is None or tuned.gain.low <= 0
    assert {name: tuned.params[name] for name in ("num_leaves", "lambda_l2")} == {
        name: defaults[name] for name in ("num_leaves", "lambda_l2")
    }


def test_a_gain_beyond_doubt_is_taken(cases, monkeypatch):
    from training.teaching import tune

    poor = {"num_leaves": 4, "min_data_in_leaf": 300, "learning_rate": 0.04, "feature_fraction": 0.3, "lambda_l2": 50.0}
    monkeypatch.setattr(tune, "_FIRST", poor)
    tuned = _search(cases(rows=2_400, signal=2.0), rows=2_400, trials=5)
    assert not tuned.kept_defaults
    assert 0 < tuned.gain.low <= tuned.gain.point
    assert tuned.params["num_leaves"] != 4 or tuned.params["lambda_l2"] != 50.0
