"""A curve beside a hazard that is known: people met at many moments, few of them payers, seen for months or a year."""

from dataclasses import replace

import numpy as np
import pytest

from models import SPECS, curve
from models.encode import Encoder
from regua.dice import draw, identity
from training.examples import Examples
from training.judging.split import Folds
from training.teaching import curve as teaching
from training.teaching import tune
from training.teaching.lesson import Lesson

SPEC = SPECS["recovery_curve"]
TELL_NOTHING = ("balance_open_cents", "age_days", "tenure_days", "income_cents", "attempts_90d", "days_to_payday")
MOMENTS = 4


def _true(person, on_time, month):
    """Return a hazard that falls with the month and differs between people by more than any fact tells."""
    frailty = 1.6 * (draw(identity(person), "frailty", 0) - 0.5) * 2
    return 1 / (1 + np.exp(-(-1.4 + 1.5 * (on_time - 0.5) + frailty - 0.06 * month)))


def _book(name, people):
    """Meet each person at four moments, and follow each for a year, or for as long as chance lets us see."""
    person = np.array([f"{name} {one}" for one in range(people)], object)
    on_time = draw(identity(person), "on time", 0)
    own = {fact: draw(identity(person), fact, 0) for fact in TELL_NOTHING}
    columns = {fact: [] for fact in ("who", "followed", "month", "paid", "hazard", "over")}
    for moment in range(MOMENTS):
        who = identity([f"{one} at {moment}" for one in person])
        seen = np.where(draw(who, "seen", 0) < 0.4, 12, 1 + np.floor(draw(who, "until", 0) * 8))
        left = np.ones(people, bool)
        for month in range(1, 13):
            rows = np.flatnonzero(left & (month <= seen))
            hazard = _true(person[rows], on_time[rows], month)
            paid = draw(who[rows], f"month {month}", 0) < hazard
            found = (rows, moment * people + rows, np.full(len(rows), month), paid, hazard, seen[rows])
            for fact, part in zip(columns, found, strict=True):
                columns[fact].append(part)
            left[rows[paid]] = False
    flat = {fact: np.concatenate(parts).astype(np.float64) for fact, parts in columns.items()}
    who = flat.pop("who").astype(int)
    profile = {fact: np.full(len(who), np.nan) for fact in SPEC.features}
    profile |= {fact: np.full(len(who), None, object) for fact in ("product", "kind", "region", "income_band")}
    profile |= {fact: values[who] for fact, values in own.items() if fact in profile}
    profile["on_time_share_12m"] = on_time[who]
    moments = np.full(len(who), np.datetime64("2025-01-01", "us"))
    examples = Examples(profile, flat["paid"], np.ones(len(who)), moments, person[who])
    return examples, flat


@pytest.fixture(scope="module")
def learned():
    examples, told = _book("learned", 400)
    everyone, nobody = np.ones(len(examples), bool), np.zeros(len(examples), bool)
    folds = Folds(everyone, nobody, nobody, "customers", None, None)
    extras = {"month": told["month"], "followed": told["followed"], "months_over": told["over"]}
    params = tune.untuned(seed=7, threads=1, trees=60).params
    encoder = Encoder.learn(SPEC.features, examples.columns)
    lesson = Lesson(SPEC, examples, np.full(len(examples), "", object), extras, folds, encoder, params, 7, 1)
    return teaching.teach(lesson).final[""]


@pytest.fixture(scope="module")
def others():
    return _book("other", 1000)


def _gaps(artifact, others):
    """Return by month how much more is said than is true, of people nobody learned from who are still in arrears."""
    examples, told = others
    said = curve.hazards(artifact, artifact.encoder.encode(examples.columns), told["month"])
    return np.array([np.mean((said - told["hazard"])[told["month"] == month]) for month in range(1, 13)])


def test_hazards_of_people_nobody_learned_from_are_the_true_ones_month_by_month(learned, others):
    gaps = _gaps(learned, others)
    assert np.abs(gaps).max() < 0.05
    assert np.abs(gaps).mean() < 0.025
    assert np.abs(gaps[:6]).max() < 0.035


def test_without_its_levels_the_booster_says_later_months_of_others_too_high(learned, others):
    without = _gaps(replace(learned, body={**learned.body, "levels": [0.0] * 5}), others)
    assert without[6:].mean() > _gaps(learned, others)[6:].mean() + 0.015
    assert learned.body["levels"][-1] < -0.1


def test_what_others_bring_in_a_year_is_what_was_expected(learned, others):
    examples, _ = others
    first = np.unique(examples.customer.astype(str), return_index=True)[1]
    person, on_time = examples.customer[first], examples.columns["on_time_share_12m"][first]
    hazard = np.column_stack([_true(person, on_time, month) for month in range(1, 13)])
    came = 1 - np.cumprod(1 - hazard, axis=1)
    said = learned.scores({name: column[first] for name, column in examples.columns.items()})
    assert np.mean(said["recovery_3m"] - came[:, 2]) == pytest.approx(0, abs=0.03)
    assert np.mean(said["recovery_12m"] - came[:, 11]) == pytest.approx(0, abs=0.05)
    assert np.corrcoef(said["recovery_12m"], came[:, 11])[0, 1] > 0.2
