"""A challenger must see the customers of today as the champion does, whatever the cases of its test say."""

from dataclasses import replace

import numpy as np
import pytest

from models import SPECS
from models.encode import Encoder
from training import gating
from training.cases.case import unarmed
from training.cases.datasets import Dataset
from training.judging import golden
from training.judging.evaluate import judge
from training.judging.fairness import People
from training.judging.split import Folds
from training.learned import Learned
from training.teaching import fit
from training.teaching.tune import untuned

SPEC = SPECS["roll_risk"]


def test_golden_customers_are_drawn_by_key_and_asked_as_of_the_moment(book, as_of, monkeypatch):
    monkeypatch.setattr(golden, "CUSTOMERS", 200)
    first, again = golden.profiles(book, as_of), golden.profiles(book, as_of)
    who = set(first["customer_id"].tolist())
    assert 100 < len(who) <= 200
    assert who == set(again["customer_id"].tolist())
    assert len(who & set(golden.profiles(book, as_of, seed=8)["customer_id"].tolist())) < 100
    assert np.unique(first["event_timestamp"]).tolist() == [np.datetime64(as_of.replace(tzinfo=None), "us").item()]
    late = golden.asked_about(SPEC, first)
    assert late["days_past_due"].min() >= 1


def test_agreement_is_asked_of_golden_customers_and_not_of_the_test(cases):
    train, test = cases(rows=900), cases(rows=600, key="test")
    encoder = Encoder.learn(SPEC.features, train.columns)
    params = untuned(seed=7, threads=1, trees=20).params
    nobody = train.take(slice(0, 0))
    champion = fit.booster(SPEC, "", encoder, train, nobody, params)
    # Another opinion of whoever is far behind: the test has few of them, today's book nobody else.
    other = replace(train, label=np.where(train.columns["days_past_due"] > 45, 1 - train.label, train.label))
    made = fit.booster(SPEC, "", encoder, other, nobody, {**params, "monotone_constraints": []})
    near = test.take(test.columns["days_past_due"] < 30)
    learned = Learned(SPEC, "", made, judge(made, near), {}, {}, None, near)
    data = Dataset(SPEC, train, unarmed(len(train)), {}, {})
    everyone = np.ones(len(train), bool)
    folds = Folds(everyone, ~everyone, ~everyone, "dates", None, None)
    standing = type("Standing", (), {"models": {"roll_risk": champion}})()
    known = cases(rows=600, key="today").columns
    today = {name: column[known["days_past_due"] > 45] for name, column in known.items()}

    def agreement(known):
        found = gating.check([learned], data, folds, standing, People({}, {}), known=known, seed=7)["roll_risk"]
        return next(one.found for one in found if one.gate == "agreement")

    assert len(today["days_past_due"]) >= 30
    assert agreement(today) != pytest.approx(agreement(None))
    said = [one.predict(today) for one in (champion, made)]
    assert agreement(today) == pytest.approx(golden_correlation(*said))


def golden_correlation(first, second):
    """Correlate ranks, ties sharing theirs, without the library that is tested."""

    def ranks(column):
        return np.array([((column < one).sum() + (column <= one).sum() - 1) / 2 for one in column])

    return np.corrcoef(ranks(first), ranks(second))[0, 1]
