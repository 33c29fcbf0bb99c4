"""What so many cases could have shown: planned before a trial, told after one that showed nothing."""

import numpy as np
import pytest

from regua.dice import draw, identity
from training.causal import ranking
from training.causal.power import error, power, together
from training.causal.ranking import Compared

ROWS = 3_000
WHO = identity([f"power {row}" for row in range(ROWS)])


def compared(effect=0.0, *, key=0, customers=1, chance=0.5) -> Compared:
    """A trial with a base of a quarter; ``customers`` rows are one customer's and share his luck."""
    treated = draw(WHO, "treated", key) < chance
    luck = np.repeat(draw(WHO, "paid", key)[::customers], customers)[:ROWS]
    names = np.array([f"c{row // customers}" for row in range(ROWS)], object)
    weight = np.where(treated, 1 / chance, 1 / (1 - chance))
    return Compared(treated, (luck < 0.25 + treated * effect).astype(float), weight, names)


@pytest.mark.parametrize(("customers", "chance"), [(1, 0.5), (1, 0.2), (3, 0.5)])
def test_the_error_of_a_qini_that_tells_nothing_is_the_one_seen_when_outcomes_are_dealt_anew(customers, chance):
    trial = compared(customers=customers, chance=chance)
    score = np.repeat(draw(WHO, "score", 0)[::customers], customers)[:ROWS]
    dealt = [ranking.permuted(trial, {"one": score}, 1, seed).best_chance_95 for seed in range(100)]
    assert np.std(dealt) == pytest.approx(error(trial) / np.sqrt(12), rel=0.3)


def test_a_spread_of_the_size_told_is_found_about_four_times_in_five():
    spread = power(compared()).spread
    # A normal effect by the inverse of its distribution, so that the ranking is without a mistake.
    rank = (draw(WHO, "rank", 0) + draw(WHO, "rank", 1) + draw(WHO, "rank", 2) - 1.5) * 2
    found = [
        ranking.permuted(compared(spread * rank, key=key), {"truth": rank}, 40, key).best_p_value < 0.05
        for key in range(30)
    ]
    assert 0.6 < np.mean(found) < 0.97


def test_half_the_size_needs_four_times_the_cases():
    told = power(compared())
    assert told.cases_for(told.spread) == ROWS
    assert told.cases_for(told.average / 2, "average") == 4 * ROWS
    assert told.cases_for(0.0) is None


def test_trying_several_rankings_is_paid_for():
    trial = compared()
    assert power(trial, chance_95=1.2 * power(trial).qini).spread > power(trial).spread


def test_two_weak_signs_are_stronger_together_and_the_surer_counts_more():
    assert together((0.08, 0.08), (0.01, 0.01), 300) < 0.05
    assert together((0.01, 0.9), (0.01, 0.02), 300) < together((0.01, 0.9), (0.02, 0.01), 300)
    assert together((1.0, 1.0), (0.01, 0.01), 300) > 0.99
