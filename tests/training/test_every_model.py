"""What every model of the repertoire must hold on a book it really learns from; a model that is added is held to it."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from journeys.language import fields
from models import SPECS
from models.base import Gates
from models.encode import Encoder
from models.families import FAMILIES, PROTECTED, TEXT_FEATURES
from regua.columns import take
from regua.dice import draw, identity
from regua.errors import DataError
from regua.vocabulary import NOTHING
from training.cases import datasets, history
from training.cases.registry import CASES, COMPLETE
from training.judging import leaks
from training.judging.evaluate import judge
from training.judging.split import out_of_time
from training.plan import Plan, Split
from training.teaching import fit
from training.teaching.tune import untuned

BOOSTED = {name: spec for name, spec in SPECS.items() if spec.answers == "probability"}
EVERY_SPEC = pytest.mark.parametrize("name", SPECS)
EVERY_BOOSTED = pytest.mark.parametrize("name", BOOSTED)
PARAMS = untuned(seed=7, threads=1, trees=15).params


@pytest.fixture(scope="module")
def plan():
    moments = {"every_days": 15, "back_days": 150}
    return Plan.model_validate({"name": "every", "models": {name: {} for name in SPECS}, "moments": moments})


@pytest.fixture(scope="module")
def made(book, plan, as_of):
    return datasets.build(book, plan, as_of, seed=7)


@pytest.fixture(scope="module")
def folds(made, plan):
    """The folds of a model's cases; history is too short here to wait for windows to close."""

    def cut(name):
        data = made[name]
        split = Split(calibrate_share=0.1, test_share=0.4, customers=(0.5, 0.1, 0.4))
        return out_of_time(data.examples.moment, data.examples.customer, 0, split, seed=7)

    return cut


@pytest.fixture(scope="module")
def fitted(made):
    """A small booster of a model's real cases, each kind once; where there are arms, of all of them together."""
    known = {}

    def make(name):
        if name not in known:
            known[name] = learn(made[name].spec, made[name].examples)
        return known[name]

    return make


def learn(spec, train):
    arm = spec.arms[0] if spec.arms else ""
    return fit.booster(spec, arm, Encoder.learn(spec.features, train.columns), train, train.take(slice(0, 0)), PARAMS)


@EVERY_SPEC
def test_a_model_has_cases_a_score_a_user_and_a_prior(name):
    spec = SPECS[name]
    assert name in CASES
    assert spec.used_by
    columns = [column for arm in spec.each_arm for column in spec.score_columns(arm)]
    assert len(set(columns)) == len(columns)
    assert set(columns) <= set(fields.SCORES)
    assert set(spec.prior) >= set(spec.each_arm)
    assert all(prior.source and prior.status for prior in spec.prior.values())
    assert not PROTECTED & {*spec.features, *spec.reads}


@EVERY_SPEC
def test_no_two_models_share_a_score(name):
    mine = {column for arm in SPECS[name].each_arm for column in SPECS[name].score_columns(arm)}
    for other, spec in SPECS.items():
        theirs = {column for arm in spec.each_arm for column in spec.score_columns(arm)}
        assert other == name or not mine & theirs


@EVERY_SPEC
def test_every_observation_is_kept_or_counted(name, made, book, plan, as_of):
    with history.opened(book, plan, as_of, seed=7) as past:
        found = CASES[name](past, plan.spec(name))
    data = made[name]
    assert len(data.examples) > 0
    assert sum(data.counts.values()) == len(found) + sum(found.counts.values())
    assert name in COMPLETE or data.counts["kept"] == len(data.examples) == len(data.arm)
    assert all(len(column) == len(data.examples) for column in data.extras.values())


@pytest.fixture(scope="module")
def few(book, plan, as_of):
    """The same with room for a hundred rows of each."""
    return datasets.build(book, plan.model_copy(update={"rows_maximum": 100, "treatments_maximum": 10}), as_of, seed=7)


@EVERY_SPEC
def test_a_tight_limit_loses_cases_and_counts_them(name, made, few):
    lost = few[name].counts.get("not_drawn", 0)
    # A contract that is not followed has no months to count.
    assert SPECS[name].answers == "curve" or sum(few[name].counts.values()) == sum(made[name].counts.values())
    assert few[name].counts["kept"] <= 100 * len(few[name].spec.each_arm)
    assert lost > 0 or few[name].counts["kept"] == made[name].counts["kept"]


@EVERY_SPEC
def test_nothing_is_asked_whose_answer_was_not_known(name, made, as_of):
    data = made[name]
    now = np.datetime64(as_of.replace(tzinfo=None))
    assert np.all(data.examples.moment <= now)
    assert np.all((data.examples.label >= 0) & (data.examples.label <= 1))
    assert np.all(data.examples.weight > 0)
    assert set(data.arm.tolist()) <= {*data.spec.each_arm, *([NOTHING] if data.spec.answers == "effect" else [])}


@EVERY_BOOSTED
def test_shuffled_answers_rank_nobody(name, made, folds):
    data, cut = made[name], folds(name)
    spec, mixed = data.spec, data.examples
    luck = np.argsort(draw(identity([str(row) for row in range(len(mixed))]), f"shuffle/{name}", 0))
    mixed = replace(mixed, label=mixed.label[luck], weight=mixed.weight[luck])
    found = judge(learn(spec, mixed.take(cut.train)), mixed.take(cut.test)).figures["pooled"]
    assert found["auc_low"] - 0.02 <= 0.5 <= found["auc_high"] + 0.02


@EVERY_BOOSTED
def test_a_fact_written_after_the_outcome_is_caught(name, made):
    data = made[name]
    few = next(one for one in data.spec.features if one not in TEXT_FEATURES)
    spec = replace(data.spec, features=(few,), monotone={}, reads=(), gates=Gates(minimum_positives=5))
    sample = data.examples.take(slice(0, 2_000))
    hint = np.where(sample.label > 0.5, 9.0, 2.0) + draw(identity(sample.customer), "hint", 0)
    with pytest.raises(DataError, match=f"{few} alone ranks"):
        leaks.refuse(spec, replace(sample, columns={few: hint}), seed=7)


@EVERY_BOOSTED
def test_a_book_without_a_family_of_facts_is_still_scored(name, made, fitted):
    artifact, rows = fitted(name), take(made[name].examples.columns, slice(0, 50))
    for family in FAMILIES.values():
        score = artifact.predict({fact: column for fact, column in rows.items() if fact not in family})
        assert np.all((score > 0) & (score < 1))


@EVERY_BOOSTED
def test_directions_hold_on_real_cases(name, made, fitted):
    data, artifact = made[name], fitted(name)
    rows = take(data.examples.columns, slice(0, 40))
    for fact, direction in data.spec.monotone.items():
        known = data.examples.columns[fact][~np.isnan(data.examples.columns[fact])]
        grid = np.unique(np.quantile(known, np.linspace(0, 1, 9))) if len(known) else np.empty(0)
        steps = [artifact.predict({**rows, fact: np.full(len(rows[fact]), value)}) for value in grid]
        assert len(steps) < 2 or np.all(direction * np.diff(steps, axis=0) >= 0), fact


@EVERY_BOOSTED
def test_a_category_never_seen_is_scored_as_an_unknown_one(name, made, fitted):
    artifact, rows = fitted(name), take(made[name].examples.columns, slice(0, 20))
    for fact in TEXT_FEATURES & set(rows):
        strange, unknown = (artifact.predict({**rows, fact: np.full(20, word, object)}) for word in ("?!", None))
        assert strange.tobytes() == unknown.tobytes()


@EVERY_BOOSTED
@pytest.mark.parametrize("value", [np.nan, 4.0])
def test_facts_that_say_nothing_are_not_learned_from(name, made, value):
    data = made[name]
    blank = {fact: np.full(len(data.examples), value) for fact in data.spec.features}
    spec = replace(data.spec, gates=Gates(1, 1))
    assert fit.refusal(spec, replace(data.examples, columns=blank)) == "every feature is missing or constant"


@EVERY_BOOSTED
def test_ten_rows_or_one_answer_are_not_learned_from(name, made):
    data = made[name]
    assert "10 rows to learn from" in fit.refusal(data.spec, data.examples.take(slice(0, 10)))
    spec = replace(data.spec, gates=Gates(1, 1))
    same = replace(data.examples, label=np.ones(len(data.examples)))
    assert "0 no among" in fit.refusal(spec, same)


@EVERY_SPEC
def test_nobody_learns_and_tests_even_when_told_twice(name, made, folds):
    data, cut = made[name], folds(name)
    twice = np.concatenate([data.examples.customer] * 2)
    again = out_of_time(np.concatenate([data.examples.moment] * 2), twice, 30, Split(), seed=7)
    for one, customer in ((cut, data.examples.customer), (again, twice)):
        assert not set(customer[one.train]) & set(customer[one.test])
        assert not set(customer[one.train]) & set(customer[one.calibrate])


def test_cases_that_know_the_future_are_refused(monkeypatch, book, plan, as_of):
    alone = plan.model_copy(update={"models": {"roll_risk": plan.models["roll_risk"]}})
    honest = CASES["roll_risk"]

    def later(past, spec, **changes):
        found = honest(past, spec)
        return replace(found, **{key: change(found) for key, change in changes.items()})

    day = np.timedelta64(1, "D")
    for changes, words in (
        ({"known": lambda found: found.moment + day}, "reads the profile after"),
        ({"moment": lambda found: found.moment + 400 * day}, "after the moment of training"),
        ({"label": lambda found: np.full(len(found), np.nan)}, "no chance and no share"),
        ({"weight": lambda found: np.full(len(found), np.inf)}, "not positive and finite"),
        ({"arm": lambda found: np.full(len(found), "sms", object)}, "arm the model does not have"),
    ):
        made = {"roll_risk": lambda past, spec, changes=changes: later(past, spec, **changes)}
        monkeypatch.setattr(datasets, "CASES", made)
        with pytest.raises(DataError, match=words):
            datasets.build(book, alone, as_of - timedelta(days=1), seed=7)
