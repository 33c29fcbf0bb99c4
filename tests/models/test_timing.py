"""Measures of when, on cases one can reckon by head."""

import numpy as np
import pytest

from models import timing
from models.timing import Months


def _customers(n):
    return np.array([f"customer {number}" for number in range(n)], object)


def test_a_hit_is_a_noticed_contact_in_one_of_the_best_three_slots():
    chances = np.tile([0.6, 0.5, 0.4, 0.3, 0.2, 0.1], (4, 1))
    slot, noticed = np.array([0, 2, 3, 5]), np.array([True, True, True, False])
    figures = timing.hours(chances, chances[:, ::-1], slot, noticed, _customers(4))
    assert figures["rows"] == 4
    assert figures["positives"] == 3
    assert figures["hit"] == pytest.approx(2 / 3)
    assert figures["population_hit"] == pytest.approx(1 / 3)
    assert figures["gain"] == pytest.approx(1 / 3)
    assert figures["gain_low"] <= figures["gain"] <= figures["gain_high"]


def test_where_nothing_was_noticed_no_hit_is_claimed():
    figures = timing.hours(np.ones((2, 6)), np.ones((2, 6)), np.zeros(2, int), np.zeros(2, bool), _customers(2))
    assert figures["hit"] is None
    assert figures["gain"] is None


def _months(month, followed, over=12, since=None, moment="2025-01-01"):
    month, followed = np.array(month, float), np.array(followed, float)
    moments = np.full(len(month), np.datetime64(moment, "us"))
    customer = np.array([f"customer {one}" for one in followed], object)
    return Months(month, followed, np.full(len(month), float(over)), moments, customer, since and np.datetime64(since))


def test_the_error_of_a_curve_is_that_of_what_had_come_in_by_then():
    # One contract pays a half, nothing, a half of the rest: 0.75. Another pays all at once.
    label = np.array([0.5, 0.0, 0.5, 1.0])
    recovered = {3: np.array([0.65, 0.65, 0.65, 0.9])}
    figures = timing.months(label, label, recovered, _months([1, 2, 3, 1], [0, 0, 0, 1]))["pooled"]
    assert figures["curves_3"] == 2
    assert figures["mae_3"] == pytest.approx((0.1 + 0.1) / 2)
    assert figures["ece_month"] == pytest.approx(0.0)


def test_contracts_too_young_for_a_horizon_are_not_measured_even_if_they_paid():
    figures = timing.months(np.ones(3), np.ones(3), {12: np.ones(3)}, _months([1, 1, 1], [0, 1, 2], over=2))["pooled"]
    assert figures["curves_12"] == 0
    assert figures["mae_12"] is None


def test_a_contract_whose_following_ended_is_not_whole():
    figures = timing.months(np.zeros(2), np.zeros(2), {3: np.zeros(2)}, _months([1, 2], [0, 0]))["pooled"]
    assert figures["curves_3"] == 0


def test_calibration_is_told_by_month_and_by_vintage():
    label, hazard = np.repeat([0.5, 0.1], 40), np.repeat([0.4, 0.1], 40)
    months = _months(np.repeat([1, 2], 40), np.tile(np.arange(40), 2))
    figures = timing.months(label, hazard, {}, months)
    assert figures["month 1"] == {"rows": 40, "positives": 20, "rate": 0.5, "said": pytest.approx(0.4), "happened": 0.5}
    assert figures["vintage 2025-01"]["said"] == pytest.approx(0.25)
    assert figures["pooled"]["ece_month"] == pytest.approx(0.05)
    assert figures["pooled"]["ece_vintage"] == pytest.approx(0.05)


def test_only_months_that_ended_after_testing_began_are_measured():
    label = np.repeat([0.5, 0.1], 40)
    months = _months(np.repeat([1, 2], 40), np.tile(np.arange(40), 2), since="2025-02-15")
    figures = timing.months(label, label, {}, months)
    assert figures["pooled"]["rows"] == 40
    assert "month 1" not in figures
    assert "month 2" in figures


def test_no_months_give_no_figures():
    assert timing.months(np.empty(0), np.empty(0), {}, _months([], [])) == {
        "pooled": {"rows": 0, "positives": 0.0, "rate": None}
    }


def test_average_precision_is_one_for_a_faultless_ranking_and_the_rate_for_none():
    label = np.repeat([0.0, 1.0], [90, 10])
    best = timing.precision(label, label * 0.5 + 0.1, np.ones(100), _customers(100))
    assert best["average_precision"] == pytest.approx(1.0)
    assert best["rate"] == pytest.approx(0.1)
    flat = timing.precision(label, np.full(100, 0.3), np.ones(100), _customers(100))
    assert flat["average_precision"] == pytest.approx(0.1)
    assert flat["average_precision_low"] <= 0.1 <= flat["average_precision_high"]


def test_one_class_has_no_average_precision():
    assert timing.precision(np.zeros(5), np.full(5, 0.1), np.ones(5), _customers(5))["average_precision"] is None


def test_a_month_of_little_that_was_left_tells_little():
    label, hazard = np.repeat([0.5, 0.1], 40), np.full(80, 0.4)
    months = _months(np.ones(80), np.arange(80))
    weight = np.repeat([3.0, 1.0], 40)
    assert timing.months(label, hazard, {}, months, weight)["month 1"]["happened"] == pytest.approx(0.4)
    assert timing.months(label, hazard, {}, months, weight)["pooled"]["ece_month"] == pytest.approx(0.0)
