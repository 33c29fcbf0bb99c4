import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from models.measure import bucket, by_bucket, flat, measure, ranking
from regua.dice import draw, identity

CUSTOMERS = np.array([f"customer {number // 2}" for number in range(2_000)], object)
WHO = identity([f"case {number}" for number in range(2_000)])
CHANCE = np.clip(draw(WHO, "chance", 0), 0.01, 0.99)
LABEL = (draw(WHO, "label", 0) < CHANCE).astype(np.float64)
WEIGHT = 1 + draw(WHO, "weight", 0)


def test_an_honest_score_is_found_honest():
    figure = measure(LABEL, CHANCE, WEIGHT, CUSTOMERS)
    assert figure["auc"] == pytest.approx(5 / 6, abs=0.03)
    assert figure["ece"] < 0.05
    for name in ("auc", "ks", "brier", "log_loss"):
        assert figure[f"{name}_low"] < figure[name] < figure[f"{name}_high"]


def test_the_bootstrap_ranks_as_scikit_learn_does_ties_and_weights_included():
    tied = np.round(CHANCE, 1)
    auc, ks = ranking(LABEL, tied, WEIGHT[None, :])
    assert auc[0] == pytest.approx(roc_auc_score(LABEL, tied, sample_weight=WEIGHT))
    assert ks[0] == pytest.approx(measure(LABEL, tied, WEIGHT, CUSTOMERS, replicates=0)["ks"])


def test_the_same_cases_give_the_same_interval():
    assert measure(LABEL, CHANCE, WEIGHT, CUSTOMERS) == measure(LABEL, CHANCE, WEIGHT, CUSTOMERS)


def test_cases_of_one_customer_widen_the_interval():
    crowd = np.array([f"customer {number // 40}" for number in range(2_000)], object)
    mood = draw(identity(crowd), "mood", 0)
    label = (mood < 0.5).astype(np.float64)
    together, apart = (measure(label, CHANCE / 5, WEIGHT, who) for who in (crowd, CUSTOMERS))
    assert together["brier_high"] - together["brier_low"] > 1.5 * (apart["brier_high"] - apart["brier_low"])


def test_one_class_has_no_ranking_but_still_a_brier_score():
    figure = measure(np.zeros(50), CHANCE[:50], WEIGHT[:50], CUSTOMERS[:50])
    assert figure["auc"] is None
    assert figure["ks"] is None
    assert figure["brier"] > 0
    assert "auc_low" not in figure


def test_no_cases_give_no_figures():
    nothing = np.empty(0)
    figure = measure(nothing, nothing, nothing, [])
    assert figure["rows"] == 0
    assert figure["auc"] is None


def test_every_bucket_with_cases_is_measured_and_unknown_days_belong_to_none():
    days = np.where(np.arange(2_000) % 2, 10.0, 45.0)
    days[0] = np.nan
    figures = by_bucket(LABEL, CHANCE, WEIGHT, CUSTOMERS, days, replicates=5)
    assert list(figures) == ["pooled", "1-30", "31-60"]
    assert figures["1-30"]["rows"] + figures["31-60"]["rows"] == 1_999
    assert flat(figures)["auc/31-60"] == figures["31-60"]["auc"]


def test_bucket_floors_belong_to_the_deeper_bucket():
    assert bucket(np.array([0.0, 1, 30, 31, 60, 61, 120, 121])).tolist() == [0, 1, 1, 2, 2, 3, 4, 5]
