"""One booster learns from all there is, the latest cases too, and is calibrated on cases it had not seen."""

from dataclasses import replace

import numpy as np
import pytest

from models import SPECS
from models.calibrate import IDENTITY, line, never_flat
from models.encode import Encoder
from training.cases.case import unarmed
from training.examples import Examples
from training.judging.split import Folds
from training.teaching import tune, whole
from training.teaching.lesson import Lesson

N = 1_800
FEATURES = ("days_past_due", "balance_overdue_cents")


def lesson(*, turned=False, how="dates", n=N):
    """Make cases whose second fact ranks; with ``turned`` it ranks the other way round in the first third."""
    dice = np.random.default_rng(5)
    late, owed = dice.integers(1, 60, n).astype(float), dice.normal(0, 1, n)
    third = np.arange(n) // (n // 3)
    sign = np.where(turned & (third == 0), -1.0, 1.0)
    label = (dice.random(n) < 1 / (1 + np.exp(-1.5 * sign * owed))).astype(float)
    moment = np.datetime64("2025-01-01", "us") + np.arange(n).astype("timedelta64[h]")
    who = np.array([f"c{number}" for number in range(n)], object)
    examples = Examples({"days_past_due": late, "balance_overdue_cents": owed}, label, np.ones(n), moment, who)
    folds = Folds(third == 0, third == 1, third == 2, how, None, None)
    spec = SPECS["roll_risk"]
    encoder = Encoder.learn(FEATURES, examples.columns)
    params = tune.untuned(seed=1, threads=1, trees=30).params
    return Lesson(spec, examples, unarmed(n), {}, folds, encoder, params, 1, 1)


def ranking(taught, given):
    from sklearn.metrics import roc_auc_score

    test = given.examples.take(given.folds.test)
    return roc_auc_score(test.label, taught.judged[""].predict(test.columns))


def test_what_is_judged_has_learned_from_the_latest_cases_but_not_from_the_tested_ones():
    given = lesson()
    taught = whole.teach(given)
    assert taught.judged[""].body["train_rows"] == int((given.folds.train | given.folds.calibrate).sum())
    assert taught.final[""].body["train_rows"] == len(given.examples)
    answers = np.where(given.folds.test, 1 - given.examples.label, given.examples.label)
    other = replace(given, examples=replace(given.examples, label=answers))
    assert whole.teach(other).judged[""].files() == taught.judged[""].files()


def test_when_earlier_cases_rank_the_wrong_way_the_latest_still_teach_how_the_next_rank(monkeypatch):
    given = lesson(turned=True)
    asked = []
    in_turns = whole._in_turns
    monkeypatch.setattr(whole, "_in_turns", lambda *seen: asked.append(1) or in_turns(*seen))
    assert ranking(whole.teach(given), given) > 0.4
    assert asked == [1]
    whole.teach(lesson())
    assert asked == [1], "an earlier booster that ranks is the better witness of how far time moves a level"


def test_too_few_cases_teach_nothing():
    assert whole.teach(lesson(n=90)).judged == {}


def test_a_calibration_never_calls_two_scores_equal():
    flat = line("isotonic", np.array([-1.0, 0.0, 1.0]), np.array([0.2, 0.2, 0.2]))
    risen = never_flat(flat)
    raw = np.linspace(-4, 4, 50)
    said = risen.apply(raw)
    assert np.all(np.diff(said) > 0)
    assert said[20:30] == pytest.approx(flat.apply(raw[20:30]), abs=2e-3)
    assert IDENTITY.apply(np.array([0.0])).tolist() == [0.5]
