"""What is compiled of a walk through many trees: facts to ranks, ranks to leaves, and what was said to log-odds."""

from collections.abc import Callable
from functools import cache

import numpy as np

from models import boosting
from models.forest import NOUGHT
from regua.columns import Array, Numbers

MOST_WORDS = 64
"""As many words of one fact as the bits of one number tell apart; boosters that know more stay with LightGBM."""
NAN_LEFT, NAN_RIGHT, NAN_NOUGHT, NOUGHT_LEFT, NOUGHT_RIGHT, WORDS = range(6)
"""The ways of asking a fact: what is missing stands at the end of the order that it leads to."""
LAST = 65_535
_BESIDE = ("scipy", "cffi")
"""What the compiler takes along at its first work, for products of matrices and foreign functions: not asked here."""
RANK_SHIFT, TAKEN_SHIFT = 16, 32


@cache
def compiled() -> tuple[Callable[..., None], Callable[..., None], Callable[..., None]]:
    """Return the three steps of a walk, compiled once: ranks of facts, the way down, and log-odds."""
    with boosting.sparing(_BESIDE):
        import numba

        make = numba.njit(nogil=True, cache=is_kept())
        rank, lead, straighten = make(_rank), make(_lead), make(_straighten)
        # The compiler takes up the rest of itself at its first work.
        straighten(np.empty((1, 0)), np.zeros(1), np.zeros(1), np.array([0, 1]))
    return rank, lead, straighten


@cache
def is_kept() -> bool:
    """Say whether what is compiled is kept for the next start; not in an image that cannot be written to."""
    with boosting.sparing(_BESIDE):
        import numba

    try:
        numba.njit(nogil=True, cache=True)(_rank)
    except RuntimeError:
        return False
    return True


def is_possible() -> bool:
    """Say whether there is a compiler here: an image that only serves may do without one."""
    from importlib.util import find_spec

    return find_spec("numba") is not None


def _rank(facts: Numbers, ranks: Numbers, first_rank: Array, ranked: Array, words: Array) -> None:
    """Write how many of its numbers each fact is beyond, ``(rows, ways · facts)``, and its word as a bit. Compiled."""
    rows, width = facts.shape
    for row in range(rows):
        for at in range(width):
            value = facts[row, at]
            is_missing = np.isnan(value)
            low, high, sought = first_rank[at], first_rank[at + 1], 0.0 if is_missing else value
            while low < high:
                middle = (low + high) >> 1
                if ranks[middle] < sought:
                    low = middle + 1
                else:
                    high = middle
            beyond = low - first_rank[at]
            is_nought = abs(sought) <= NOUGHT
            ranked[row, NAN_LEFT * width + at] = 0 if is_missing else beyond
            ranked[row, NAN_RIGHT * width + at] = LAST if is_missing else beyond
            ranked[row, NAN_NOUGHT * width + at] = beyond
            ranked[row, NOUGHT_LEFT * width + at] = 0 if is_nought else beyond
            ranked[row, NOUGHT_RIGHT * width + at] = LAST if is_nought else beyond
            word = np.uint64(0)
            if -1.0 < value < MOST_WORDS:
                word = np.uint64(1) << np.uint64(np.int64(value))
            words[row, at] = word


def _lead(
    ranked: Array,
    words: Array,
    first_tree: Array,
    leaves: Array,
    splits: Array,
    values: Numbers,
    sets: Array,
    said: Numbers,
) -> None:
    """Add up what the trees of each booster answer, ``(b, rows)``. Compiled."""
    rows, numbers = ranked.shape
    # Places below nought would be looked for at the other end: unsigned ones need no such question.
    first_split = first_value = np.uint64(0)
    for booster in range(len(first_tree) - 1):
        for tree in range(first_tree[booster], first_tree[booster + 1]):
            for row in range(rows):
                at, leaf, left = first_split, first_value, leaves[tree]
                while left > 1:
                    split = splits[at]
                    asks, rank = split & LAST, np.uint64(split >> RANK_SHIFT & LAST)
                    taken = split >> TAKEN_SHIFT
                    if asks < numbers:
                        is_right = ranked[row, asks] > rank
                    else:
                        is_right = (words[row, asks - numbers] & sets[rank]) == 0
                    if is_right:
                        at += np.uint64(taken)
                        leaf += np.uint64(taken)
                        left -= taken
                    else:
                        at += np.uint64(1)
                        left = taken
                said[booster, row] += values[leaf]
            first_split += np.uint64(leaves[tree] - 1)
            first_value += np.uint64(leaves[tree])


def _straighten(said: Numbers, raw: Numbers, odds: Numbers, first: Array) -> None:
    """Read each answer's log-odds off its booster's line, in place: the same sums as NumPy's, in one call. Compiled."""
    for booster in range(len(said)):
        start, end = first[booster], first[booster + 1] - 1
        for row in range(said.shape[1]):
            value = said[booster, row]
            if value >= raw[end]:
                said[booster, row] = odds[end]
            elif value < raw[start]:
                said[booster, row] = odds[start]
            elif value == value:
                low, high = start, end
                while high - low > 1:
                    middle = (low + high) >> 1
                    if raw[middle] <= value:
                        low = middle
                    else:
                        high = middle
                if raw[low] == value:
                    said[booster, row] = odds[low]
                else:
                    slope = (odds[low + 1] - odds[low]) / (raw[low + 1] - raw[low])
                    said[booster, row] = slope * (value - raw[low]) + odds[low]
