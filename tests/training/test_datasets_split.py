from datetime import date

import numpy as np
import pytest

from training.examples import Examples
from training.judging.split import out_of_time
from training.plan import Split

SPLIT = Split(calibrate_share=0.2, test_share=0.25)
MONTHS = np.datetime64("2025-01-01", "us") + np.arange(20) * np.timedelta64(15, "D")


def _cases(customers=400):
    moment = np.repeat(MONTHS, customers)
    return moment, np.array([f"customer {number}" for number in range(customers)] * 20, object)


def test_nobody_is_in_two_folds():
    moment, customer = _cases()
    folds = out_of_time(moment, customer, 30, SPLIT, seed=7)
    people = [set(customer[mask]) for mask in (folds.train, folds.calibrate, folds.test)]
    assert all(people)
    assert sum(map(len, people)) == len(set.union(*people))


def test_testing_is_later_than_everything_learned_including_the_answers():
    moment, customer = _cases()
    folds = out_of_time(moment, customer, 30, SPLIT, seed=7)
    begins = moment[folds.test].min()
    assert (moment[folds.train] + np.timedelta64(30, "D")).max() <= begins
    assert (moment[folds.calibrate] + np.timedelta64(30, "D")).max() <= begins
    assert moment[folds.train].max() < moment[folds.calibrate].min()


def test_every_case_is_in_a_fold_or_set_aside():
    moment, customer = _cases()
    folds = out_of_time(moment, customer, 30, SPLIT, seed=7)
    assert sum(folds.rows.values()) + folds.set_aside == len(moment)


def test_someone_seen_once_is_never_lost_to_the_dice():
    moment = np.repeat(MONTHS, 10)
    customer = np.array([f"debtor {number}" for number in range(200)], object)
    folds = out_of_time(moment, customer, 0, SPLIT, seed=7)
    assert folds.set_aside == 0
    assert folds.rows == {"train": 110, "calibrate": 40, "test": 50}


def test_dates_cut_where_they_leave_no_fold_empty():
    moment, customer = _cases()
    dated = Split(calibrate_from=date(2025, 5, 1), test_from=date(2025, 8, 1))
    folds = out_of_time(moment, customer, 15, dated, seed=7)
    assert folds.how == "dates"
    assert moment[folds.test].min() >= np.datetime64("2025-08-01")
    too_late = Split(calibrate_from=date(2026, 5, 1), test_from=date(2027, 1, 1))
    assert out_of_time(moment, customer, 15, too_late, seed=7).how == "shares"


@pytest.mark.parametrize("moments", [1, 2])
def test_a_short_history_is_cut_by_customer(moments):
    moment, customer = _cases()
    short = np.isin(moment, MONTHS[:moments])
    folds = out_of_time(moment[short], customer[short], 30, SPLIT, seed=7)
    assert folds.how == "customers"
    assert not set(customer[short][folds.train]) & set(customer[short][folds.test])


def test_a_customers_fold_does_not_depend_on_who_else_is_there():
    moment, customer = _cases()
    some = customer < "customer 2"
    whole = out_of_time(moment, customer, 30, SPLIT, seed=7)
    part = out_of_time(moment[some], customer[some], 30, SPLIT, seed=7)
    assert np.array_equal(whole.train[some], part.train)


def test_a_fold_stands_for_its_whole_period_though_some_are_seen_in_several():
    # Half the people are seen all the time and never pay; half are seen once, at any time, and pay.
    stays = np.array([f"stays {number}" for number in range(600)], object)
    leaves = np.array([f"leaves {number}" for number in range(12_000)], object)
    moment = np.concatenate([np.repeat(MONTHS, 600), np.tile(MONTHS, 600)])
    customer = np.concatenate([np.tile(stays, 20), leaves])
    label = np.repeat([0.0, 1.0], 12_000)
    folds = out_of_time(moment, customer, 0, SPLIT, seed=7)
    plain = Examples({}, label, np.ones(24_000), moment, customer)
    for fold in (folds.train, folds.calibrate, folds.test):
        cases = folds.weighted(plain).take(fold)
        assert abs(np.average(cases.label, weights=cases.weight) - 0.5) < 0.03
        assert cases.label.mean() > 0.6, "unweighted, those who leave would crowd out those who stay"
