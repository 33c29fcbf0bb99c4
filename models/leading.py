"""What is compiled of a walk through many trees: facts to leaves, and what was said to log-odds."""

from collections.abc import Callable
from functools import cache

import numpy as np

from models import compiler
from models.forest import NOUGHT
from regua.columns import Array, Numbers

MOST_WORDS = 64
"""As many words of one fact as the bits of one number tell apart; boosters that know more stay with LightGBM."""
NAN_LEFT, NAN_RIGHT, NAN_NOUGHT, NOUGHT_LEFT, NOUGHT_RIGHT, WORDS = range(6)
"""The ways of asking a fact: what is missing, or nought, goes to a side of its own, or is nought like another."""
SIX_BITS, FROM_SHIFT, WORD_SHIFT = np.uint64(63), np.uint64(6), np.uint64(12)
"""A piece: how many leaves of one number it takes away, less one, from which on, and of which number."""
MOST_NUMBERS = 1 << 20
"""How many numbers the leaves of all trees may fill, 64 each: a piece is 32 bits."""
SPREADS, FROM_TOP = np.uint64(0x03F79D71B4CB0A89), np.uint64(58)
"""A number whose every six bits differ (de Bruijn): a bit times it says by its top which bit that is."""
PLACE_OF_BIT = np.empty(64, np.int64)
PLACE_OF_BIT[[(int(SPREADS) << place & ~-(1 << 64)) >> 58 for place in range(64)]] = range(64)


Steps = tuple[Callable[..., None], Callable[..., None], Callable[..., None]]
"""The steps of a walk: the leaves that are left, what they say, and log-odds."""


@cache
def compiled() -> Steps:
    """Return the steps of a walk, compiled once."""
    with compiler.taken_up() as numba:
        make = numba.njit(nogil=True, cache=is_kept())
        mark, add_up, straighten = make(_mark), make(_add_up), make(_straighten)
        # The compiler takes up the rest of itself at its first work.
        straighten(np.empty((1, 0)), np.zeros(1), np.zeros(1), np.array([0, 1]))
    return mark, add_up, straighten


@cache
def is_kept() -> bool:
    """Say whether what is compiled is kept for the next start; not in an image that cannot be written to."""
    with compiler.taken_up() as numba:
        try:
            numba.njit(nogil=True, cache=True)(_mark)
        except RuntimeError:
            return False
    return True


def _mark(
    facts: Numbers,
    asks: Array,
    numbers: Numbers,
    first_piece: Array,
    pieces: Array,
    left: Array,
) -> None:
    """Leave of each tree's leaves, ``(rows, words)`` bits, those that nothing takes away. Compiled.

    Whatever leads to the right takes the leaves on its left away; the first that is left is where the row ends, since
    what leads there was never taken away.
    """
    sets, one = numbers.view(np.uint64), np.uint64(1)
    for row in range(len(facts)):
        left[row, :] = ~np.uint64(0)
        for ask in range(len(asks)):
            value, way = facts[row, asks[ask, 0]], asks[ask, 1]
            low, high = asks[ask, 2], asks[ask, 3]
            start = first_piece[low]
            sought = 0.0 if np.isnan(value) else value
            if way == WORDS:
                word = one << np.uint64(np.int64(value)) if -1.0 < value < MOST_WORDS else np.uint64(0)
                low = high if word & sets[low] == 0 else low
            elif (way <= NAN_RIGHT and np.isnan(value)) or (way >= NOUGHT_LEFT and abs(sought) <= NOUGHT):
                low = high if way in (NAN_RIGHT, NOUGHT_RIGHT) else low
            else:
                while low < high:
                    middle = (low + high) >> 1
                    if numbers[middle] < sought:
                        low = middle + 1
                    else:
                        high = middle
            for at in range(start, first_piece[low]):
                piece = np.uint64(pieces[at])
                taken = ((one << one << (piece & SIX_BITS)) - one) << (piece >> FROM_SHIFT & SIX_BITS)
                left[row, piece >> WORD_SHIFT] &= ~taken


def _add_up(
    left: Array, first_tree: Array, first_word: Array, first_value: Array, values: Numbers, said: Numbers
) -> None:
    """Add up what the first leaves that are left say, ``(b, rows)``, each booster's in its own order. Compiled."""
    one = np.uint64(1)
    for row in range(len(left)):
        for booster in range(len(first_tree) - 1):
            total = 0.0
            for tree in range(first_tree[booster], first_tree[booster + 1]):
                at, leaf = first_word[tree], first_value[tree]
                while left[row, at] == 0:
                    at, leaf = at + 1, leaf + 64
                lowest = left[row, at] & (~left[row, at] + one)
                total += values[leaf + PLACE_OF_BIT[lowest * SPREADS >> FROM_TOP]]
            said[booster, row] = total


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
