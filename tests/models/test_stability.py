"""A distribution that has not moved raises no alarm, however few the cases; one that has does."""

import numpy as np
import pytest

from models.stability import between, psi


def test_the_index_is_that_of_its_definition():
    before = np.repeat([0.0, 1.0], [500, 500])
    now = np.repeat([0.0, 1.0], [800, 200])
    by_hand = (0.8 - 0.5) * np.log(0.8 / 0.5) + (0.2 - 0.5) * np.log(0.2 / 0.5)
    assert psi(before, now) == pytest.approx(by_hand, rel=0.01)


def test_two_small_samples_of_one_distribution_raise_no_alarm():
    rng = np.random.default_rng(5)
    shifts = [between("x", rng.normal(size=60), rng.normal(size=60)) for _ in range(200)]
    assert np.mean([shift.index > 0.10 for shift in shifts]) > 0.5, "the bare convention would cry wolf"
    assert not any(shift.exceeds(0.10) for shift in shifts)


def test_a_moved_mean_is_seen_in_enough_cases():
    rng = np.random.default_rng(6)
    shift = between("x", rng.normal(size=2_000), rng.normal(loc=0.8, size=2_000))
    assert shift.exceeds(0.25)


def test_values_that_went_missing_are_a_shift_of_their_own():
    column = np.arange(1_000.0)
    holed = np.where(np.arange(1_000) % 2 == 0, np.nan, column)
    shift = between("x", column, holed)
    assert shift.exceeds(0.25)
    assert (shift.missing_before, shift.missing_now) == (0.0, 0.5)


def test_words_move_too_and_a_new_word_counts():
    before = np.array(["a", "b"] * 500, object)
    assert psi(before, before) == 0.0
    assert between("x", before, np.array(["a", "c"] * 500, object)).exceeds(0.25)


def test_a_column_nobody_filled_says_nothing():
    empty = np.full(50, np.nan)
    assert psi(empty, empty) == 0.0
