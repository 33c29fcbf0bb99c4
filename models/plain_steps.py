"""A walk through many trees before the compiler is there: the steps of :mod:`models.leading`, to the bit, by NumPy.

The compiler takes longer to come than everything else a release needs, even where it finds its work done. A row takes
some milliseconds here, many times what it takes compiled.
"""

import numpy as np

from models.forest import NOUGHT
from models.leading import (
    FROM_SHIFT,
    FROM_TOP,
    MOST_WORDS,
    NAN_RIGHT,
    NOUGHT_LEFT,
    NOUGHT_RIGHT,
    PLACE_OF_BIT,
    SIX_BITS,
    SPREADS,
    WORD_SHIFT,
    WORDS,
    Steps,
)
from regua.columns import Array, Numbers

_ONE = np.uint64(1)
_BITS = 64
_MOST_PIECES = 1 << 19
"""As many at a time, or those of one row: each takes some ten bytes several times over."""


def _mark(facts: Numbers, asks: Array, numbers: Numbers, first_piece: Array, pieces: Array, left: Array) -> None:
    """Leave of each tree's leaves, ``(rows, words)`` bits, those that nothing takes away."""
    left[:] = ~np.uint64(0)
    rows = max(1, _MOST_PIECES // max(1, len(pieces)))
    for at in range(0, len(facts), rows):
        _take_away(facts[at : at + rows], asks, numbers, first_piece, pieces, left[at : at + rows])


def _take_away(facts: Numbers, asks: Array, numbers: Numbers, first_piece: Array, pieces: Array, left: Array) -> None:
    place, way, start, end = asks.T
    value = facts[:, place]
    missing = np.isnan(value)
    sought = np.where(missing, 0.0, value)
    upto = _first_not_below(numbers, sought, start, end)
    goes_aside = np.where(way <= NAN_RIGHT, missing, (way >= NOUGHT_LEFT) & (np.abs(sought) <= NOUGHT))
    upto = np.where(goes_aside, np.where((way == NAN_RIGHT) | (way == NOUGHT_RIGHT), end, start), upto)
    is_word = (value > -1.0) & (value < MOST_WORDS)
    word = np.where(is_word, _ONE << np.where(is_word, value, 0.0).astype(np.uint64), np.uint64(0))
    upto = np.where(way == WORDS, np.where(word & numbers.view(np.uint64)[start] == 0, end, start), upto)
    counts = first_piece[upto] - first_piece[start]
    each = counts.ravel()
    before = (np.cumsum(each) - each).reshape(counts.shape)
    piece = pieces[np.repeat((first_piece[start] - before).ravel(), each) + np.arange(each.sum())].astype(np.uint64)
    taken = ((_ONE << _ONE << (piece & SIX_BITS)) - _ONE) << (piece >> FROM_SHIFT & SIX_BITS)
    row = np.repeat(np.arange(len(left)) * left.shape[1], counts.sum(axis=1))
    np.bitwise_and.at(left.reshape(-1), row + (piece >> WORD_SHIFT).astype(np.intp), ~taken)


def _first_not_below(numbers: Numbers, sought: Numbers, start: Array, end: Array) -> Array:
    """Return, for each of some spans of rising numbers, where the first lies that is not below what is sought there."""
    low, high = (np.broadcast_to(side, sought.shape) for side in (start, end))
    while (is_open := low < high).any():
        middle = (low + high) >> 1
        is_below = numbers.take(middle, mode="clip") < sought
        low = np.where(is_open & is_below, middle + 1, low)
        high = np.where(is_open & ~is_below, middle, high)
    return low


def _add_up(
    left: Array, first_tree: Array, first_word: Array, first_value: Array, values: Numbers, said: Numbers
) -> None:
    """Add up what the first leaves that are left say, ``(b, rows)``, each booster's in its own order."""
    count, rows = said.shape
    bits, row = left.reshape(-1), np.arange(rows)[:, None]
    filled = bits.nonzero()[0]
    start = row * left.shape[1] + first_word[:-1]
    at = filled[np.searchsorted(filled, start)]
    lowest = bits[at] & (~bits[at] + _ONE)
    leaf = first_value + _BITS * (at - start) + PLACE_OF_BIT[lowest * SPREADS >> FROM_TOP]
    booster = row * count + np.repeat(np.arange(count), np.diff(first_tree))
    # One after the other from nought, as a loop would; NumPy's own sums go another way.
    said[:] = np.bincount(booster.ravel(), values[leaf].ravel(), rows * count).reshape(rows, count).T


def _straighten(said: Numbers, raw: Numbers, odds: Numbers, first: Array) -> None:
    """Read each answer's log-odds off its booster's line, in place."""
    for answers, start, end in zip(said, first, first[1:], strict=False):
        answers[:] = np.interp(answers, raw[start:end], odds[start:end])


PLAIN: Steps = (_mark, _add_up, _straighten)
"""The leaves that are left, what they say, and log-odds."""
