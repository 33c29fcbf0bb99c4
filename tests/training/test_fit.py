"""What every model must hold, whatever its data."""

from dataclasses import replace

import numpy as np
import pytest

from models import SPECS
from models.encode import Encoder
from regua.columns import take
from regua.dice import draw, identity
from regua.errors import DataError
from training.judging import leaks
from training.judging.evaluate import judge
from training.teaching import fit
from training.teaching.tune import untuned

BOOSTED = {name: spec for name, spec in SPECS.items() if spec.answers == "probability"}
EVERY_SPEC = pytest.mark.parametrize("spec", BOOSTED.values(), ids=BOOSTED)
PARAMS = untuned(seed=7, threads=1, trees=20).params


@pytest.fixture
def fitted(cases):
    def make(spec, train, calibrate=None):
        arm = spec.arms[0] if spec.arms else ""
        encoder = Encoder.learn(spec.features, train.columns)
        return fit.booster(spec, arm, encoder, train, calibrate or train.take(slice(0, 0)), PARAMS)

    return make


@EVERY_SPEC
def test_shuffled_answers_teach_nothing(spec, cases, fitted):
    train, test = cases(spec.name), cases(spec.name, key="test")
    shuffled = np.argsort(draw(identity([str(number) for number in range(len(train))]), "shuffle", 0))
    blind = fitted(spec, replace(train, label=train.label[shuffled]))
    found = judge(blind, replace(test, label=test.label[shuffled])).figures["pooled"]
    assert found["auc_low"] - 0.01 <= 0.5 <= found["auc_high"] + 0.01
    assert judge(fitted(spec, train), test).figures["pooled"]["auc"] > 0.75


@EVERY_SPEC
def test_scores_are_probabilities_for_anybody(spec, cases, fitted):
    artifact = fitted(spec, cases(spec.name), cases(spec.name, key="calibrate"))
    wild = {name: np.array([-1e12, 0.0, 1e12, np.nan]) for name in spec.features}
    wild |= {name: np.array(["?", "", None, "card"], object) for name in ("product", "kind", "region", "income_band")}
    assert np.all((artifact.predict(wild) > 0) & (artifact.predict(wild) < 1))


@EVERY_SPEC
def test_what_can_only_raise_the_score_never_lowers_it(spec, cases, fitted):
    train = cases(spec.name)
    artifact = fitted(spec, train)
    for name, direction in spec.monotone.items():
        rows = take(train.columns, slice(0, 60))
        steps = [artifact.predict({**rows, name: np.full(60, value)}) for value in np.linspace(-5, 70, 12)]
        assert np.all(direction * np.diff(steps, axis=0) >= 0), name


@EVERY_SPEC
def test_a_fact_that_gives_the_answer_away_is_caught(spec, cases):
    train = cases(spec.name)
    leaks.refuse(spec, train, seed=7)
    columns = dict(train.columns)
    columns["days_since_last_payment"] = 5 - 3 * train.label + draw(identity(train.customer), "noise", 0)
    with pytest.raises(DataError, match="days_since_last_payment alone ranks"):
        leaks.refuse(spec, replace(train, columns=columns), seed=7)
    columns["days_since_last_payment"] = np.where(train.label > 0, np.nan, 3.0)
    with pytest.raises(DataError, match="days_since_last_payment alone ranks"):
        leaks.refuse(spec, replace(train, columns=columns), seed=7)


@EVERY_SPEC
def test_too_little_to_learn_from_is_said_in_numbers(spec, cases):
    assert fit.refusal(spec, cases(spec.name)) is None
    assert "rows to learn from" in fit.refusal(spec, cases(spec.name, rows=10))
    assert "rows to learn from" in fit.refusal(spec, cases(spec.name).take(slice(0, 0)))


@EVERY_SPEC
@pytest.mark.parametrize("answer", [0.0, 1.0])
def test_one_class_only_is_not_learned(spec, cases, answer):
    train = cases(spec.name)
    assert "of each needed" in fit.refusal(spec, replace(train, label=np.full(len(train), answer)))


@EVERY_SPEC
@pytest.mark.parametrize("value", [np.nan, 4.0])
def test_facts_that_say_nothing_are_not_learned_from(spec, cases, value):
    train = cases(spec.name)
    blank = {name: np.full(len(train), value) for name in spec.features}
    assert fit.refusal(spec, replace(train, columns=blank)) == "every feature is missing or constant"


@EVERY_SPEC
def test_a_constant_and_an_unknown_fact_do_no_harm(spec, cases, fitted):
    train = cases(spec.name)
    columns = dict(train.columns)
    columns["selic_rate"], columns["limit_use"] = np.full(len(train), 0.15), np.full(len(train), np.nan)
    columns["income_band"] = np.full(len(train), None, object)
    artifact = fitted(spec, replace(train, columns=columns))
    assert judge(artifact, cases(spec.name, key="test")).figures["pooled"]["auc"] > 0.75


@EVERY_SPEC
def test_a_prior_lies_between_belief_and_what_was_seen(spec, cases):
    arm = spec.arms[0] if spec.arms else ""
    few = cases(spec.name, rows=60)
    artifact = fit.prior(spec, arm, replace(few, label=np.ones(60)), "60 rows")
    said = artifact.body["prior"]
    assert spec.prior[arm].probability < said["probability"] < 1
    assert said["observed_rate"] == 1.0
    assert artifact.predict(few.columns)[0] == said["probability"]
    assert fit.prior(spec, arm, few.take(slice(0, 0)), "no rows").body["prior"]["observed_rate"] is None


def test_the_same_cases_give_the_same_bytes(cases, fitted):
    spec = SPECS["roll_risk"]
    first, second = (fitted(spec, cases(), cases(key="calibrate", rows=1_500)) for _ in range(2))
    assert first.files() == second.files()


def test_heavier_cases_count_for_more(cases, fitted):
    spec, train = SPECS["channel_response"], cases("channel_response")
    yes = replace(train, weight=np.where(train.label > 0, 20.0, 1.0))
    assert fitted(spec, yes).predict(train.columns).mean() > fitted(spec, train).predict(train.columns).mean() + 0.2


def test_a_scorecard_stands_beside_the_booster(cases, fitted):
    spec, train = SPECS["roll_risk"], cases()
    verdict = judge(fitted(spec, train), cases(key="test"), rival_learns_from=train)
    assert 0.65 < verdict.scorecard["auc"] < 1
    assert judge(fitted(spec, train), train.take(slice(0, 0))).figures == {}
