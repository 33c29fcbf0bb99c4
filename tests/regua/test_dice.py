"""A draw depends on its keys alone, and is uniform and independent between keys."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.dice import draw, identity

DAY = 739_000
MANY = identity([f"cus_{number:07d}" for number in range(100_000)])
# Identifiers are printable: a zero byte is what pads the shorter ones.
identifiers = st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), max_size=20)


@given(st.lists(identifiers, min_size=1, max_size=8), identifiers)
def test_a_draw_does_not_depend_on_its_neighbours(batch, newcomer):
    alone = [draw(identity([one]), "explore", DAY)[0] for one in batch]
    assert draw(identity([*batch, newcomer]), "explore", DAY)[:-1].tolist() == alone
    assert draw(identity(batch[::-1]), "explore", DAY).tolist() == alone[::-1]


def test_a_long_neighbour_changes_nobody():
    assert identity(["ana", "x" * 500])[0] == identity(["ana"])[0]
    assert identity(np.array(["ana", "bia"], dtype=object))[1] == identity(["bia"])[0]


def test_draws_are_pinned_so_that_a_replay_years_later_agrees():
    assert identity([""])[0] == 0xCBF29CE484222325  # FNV-1a of nothing is its offset basis
    assert identity(["a"])[0] == 0xAF63DC4C8601EC8C  # a published FNV-1a test vector
    assert identity(["foobar"])[0] == 0x85944171F73967E8
    drawn = draw(identity(["ana", "bia", "São"]), "explore", DAY, seed=7)
    assert drawn.tolist() == [0.6113672199241428, 0.6860286220891891, 0.7886389848746682]


def test_an_empty_batch_draws_nothing():
    assert draw(identity([]), "explore", DAY).shape == (0,)


@pytest.mark.parametrize(
    ("purpose", "day", "seed"), [("explore", DAY, 0), ("explore", DAY + 1, 0), ("holdout", DAY, 99)]
)
def test_draws_are_uniform(purpose, day, seed):
    drawn = draw(MANY, purpose, day, seed)
    assert drawn.min() >= 0
    assert drawn.max() < 1
    counts = np.histogram(drawn, bins=100, range=(0, 1))[0]
    chi_square = ((counts - 1_000) ** 2 / 1_000).sum()
    assert 50 < chi_square < 160  # 99 degrees of freedom: beyond either end once in 20,000 keys
    assert len(np.unique(drawn)) > 99_990


@pytest.mark.parametrize("other", [("holdout", DAY, 0), ("explore", DAY + 1, 0), ("explore", DAY, 1)])
def test_purposes_days_and_seeds_are_independent(other):
    correlation = np.corrcoef(draw(MANY, "explore", DAY), draw(MANY, *other))[0, 1]
    assert abs(correlation) < 0.015  # 4.7 standard errors


def test_neighbouring_identifiers_are_independent():
    drawn = draw(MANY, "explore", DAY)
    assert abs(np.corrcoef(drawn[:-1], drawn[1:])[0, 1]) < 0.015


def test_one_draws_alone_what_it_draws_among_many():
    who = identity([f"customer {number}" for number in range(40)])
    together = draw(who, "explore", 739_000, seed=11)
    assert [draw(who[at : at + 1], "explore", 739_000, seed=11)[0] for at in range(40)] == together.tolist()
