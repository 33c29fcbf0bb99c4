import numpy as np
import pytest

from regua.dice import draw, identity
from training.cases.peace import chance_of_cure, habits

WINDOW = 15


def _world(rows=40_000, hazard=0.08, ladder_day=3, spared=0.02):
    """Everyone starts on day 1 past due or later, cures by the same daily chance, and is written to on day 3."""
    who = identity([f"case {number}" for number in range(rows)])
    begins = 1 + np.floor(draw(who, "begins", 0) * 20)
    cured_after = np.floor(np.log(draw(who, "cure", 0)) / np.log1p(-hazard))
    waits = np.where(begins <= ladder_day, ladder_day - begins, np.inf)
    waits = np.where(draw(who, "spared", 0) < spared, np.inf, waits)
    ends = np.minimum(np.minimum(cured_after, waits + 0.5), WINDOW)
    is_cured = (cured_after <= waits) & (cured_after < WINDOW)
    is_contacted = ~is_cured & (waits < WINDOW)
    return begins, ends, is_cured, is_contacted


def test_the_contacted_are_given_the_chance_they_had_in_peace():
    begins, ends, is_cured, is_contacted = _world()
    truth = 1 - (1 - 0.08) ** WINDOW
    chance = chance_of_cure(begins, ends, is_cured, is_contacted, np.zeros(len(begins), np.int64), WINDOW)
    first_days = begins <= 3
    assert chance[first_days].mean() == pytest.approx(truth, abs=0.03)
    assert chance[~first_days].mean() == pytest.approx(truth, abs=0.03)
    # Dropping the contacted instead makes payers of everyone: the mistake this room is for.
    kept = first_days & ~is_contacted
    assert is_cured[kept].mean() > truth + 0.15


def test_what_was_seen_stays_as_it_was_seen():
    begins, ends, is_cured, is_contacted = _world(rows=2_000)
    chance = chance_of_cure(begins, ends, is_cured, is_contacted, np.zeros(2_000, np.int64), WINDOW)
    assert set(chance[is_cured]) == {1.0}
    assert set(chance[~is_cured & ~is_contacted]) == {0.0}
    assert np.all((chance[is_contacted] > 0) & (chance[is_contacted] < 1))


def test_a_case_contacted_late_in_its_window_had_less_time_left():
    begins, followed = np.array([5.0, 5.0, 5.0, 5.0]), np.array([2.0, 12.0, 6.0, 15.0])
    none, habit = np.zeros(4, bool), np.zeros(4, np.int64)
    contacted = np.array([True, True, False, False])
    chance = chance_of_cure(begins, followed, np.array([False, False, True, False]), contacted, habit, WINDOW)
    assert chance[0] > chance[1] >= 0
    assert np.all(chance_of_cure(begins, followed, none, none, habit, WINDOW) == 0)


def test_nobody_observed_is_nobody_completed():
    nothing = np.empty(0)
    none = np.empty(0, bool)
    assert len(chance_of_cure(nothing, nothing, none, none, np.empty(0, np.int64), WINDOW)) == 0


def test_habits_keep_the_unknown_apart():
    assert habits(np.array([0.0, 0.4, 0.75, np.nan])).tolist() == [0, 1, 2, 3]
