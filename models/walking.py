"""Many boosters of one release walked through together, compiled: the same trees, the same bits, without LightGBM.

LightGBM goes down each tree, split by split, and each split is a guess of the processor that is wrong every other time.
Here nobody goes down: all splits of all trees that ask the same fact lie in one row, in the order of the numbers they
compare it with, and the fact's own place in that row says which of them lead to the right. Each of those takes the
leaves on its left away; of every tree the first leaf that is left is the one (Lucchese and others, QuickScorer, SIGIR
2015). A tree's answers are added up in its booster's own order, so that sums are the same to the last bit.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.booster_text import Told, joined, parts
from models.forest import NAN_IS_MISSING, NOUGHT_IS_MISSING
from models.leading import (
    MOST_NUMBERS,
    MOST_WORDS,
    NAN_LEFT,
    NAN_NOUGHT,
    NOUGHT_LEFT,
    WORD_SHIFT,
    WORDS,
    Steps,
    compiled,
)
from regua.columns import Array, Numbers
from regua.errors import BundleError

_CATEGORICAL, _LEFT_WHERE_MISSING = 1, 2
_MISSING_SHIFT, _MISSING = 2, 3
_BITS = 64
_ROWS = 32
"""So many rows at a time: the bits of a large release's leaves fill some ten thousand numbers a row."""

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """The trees of one booster, each from its root downwards, the left side first.

    Splits ``(s,)``: the ``way`` they ask a ``fact``, the number, or as bits the words, up to which (``until``) they
    lead to the left, how many leaves lie there (``taken``), and the place in its ``tree`` of the first of them
    (``leaf``). ``leaves`` ``(t,)`` counts each tree's, of which ``values`` holds the answers.
    """

    way: Integers
    fact: Integers
    until: Numbers
    taken: Integers
    leaf: Integers
    leaves: Integers
    values: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """The trees of some boosters, side by side, for rows of some facts.

    ``pieces`` are what splits take away, in the order of what they ask. ``asks`` ``(a, 4)`` are a fact, a way, and from
    where to where of ``numbers`` it is compared; a set of words is asked alone, as bits. The pieces of each number
    begin at ``first_piece``. ``first_tree`` ``(b + 1,)`` says which trees are each booster's, ``first_word``
    ``(t + 1,)`` where the bits of its leaves begin, and ``first_value`` ``(t,)`` where its ``values`` do.
    """

    asks: Integers
    numbers: Numbers
    first_piece: Integers
    pieces: NDArray[np.uint32]
    first_tree: Integers
    first_word: Integers
    first_value: Integers
    values: Numbers

    def walk(self, facts: Numbers, by: Steps | None = None) -> Numbers:
        """Return ``(b, n)`` what each booster says of each row of ``(n, facts)``, NaN for NULL; compiled if by None."""
        said = np.zeros((len(self.first_tree) - 1, len(facts)))
        mark, add_up, _ = by or compiled()
        for start in range(0, len(facts) if len(said) else 0, _ROWS):
            rows = np.ascontiguousarray(facts[start : start + _ROWS])
            left = np.empty((len(rows), self.first_word[-1]), np.uint64)
            mark(rows, self.asks, self.numbers, self.first_piece, self.pieces, left)
            own = np.empty((len(said), len(rows)))
            add_up(left, self.first_tree, self.first_word, self.first_value, self.values, own)
            said[:, start : start + _ROWS] = own
        return said

    def alone(self, booster: int) -> "Forest":
        """Return the trees of one of its boosters."""
        first, last = self.first_tree[booster : booster + 2]
        first_word = self.first_word[first : last + 1]
        words = self.pieces >> WORD_SHIFT.astype(np.uint32)
        own = (words >= first_word[0]) & (words < first_word[-1])
        return replace(
            self,
            first_piece=np.append(0, np.cumsum(own))[self.first_piece],
            pieces=self.pieces[own] - np.uint32(first_word[0] << int(WORD_SHIFT)),
            first_tree=np.array([0, last - first]),
            first_word=first_word - first_word[0],
            first_value=self.first_value[first:last],
        )


def plant(text: str, places: NDArray[np.intp]) -> Trees:
    """Lay one booster out.

    Parameters
    ----------
    text
        As LightGBM writes it, and as :func:`models.booster_text.check` lets it pass.
    places
        The place of each of its features among the facts that will be given.

    Raises
    ------
    BundleError
        It tells apart more words of a fact than can be laid out here.
    """
    _, trees = parts(text)
    leaves = np.array([int(one["num_leaves"]) for one in trees])
    inner = leaves - 1
    splits, first_leaf, first_split = int(inner.sum()), np.cumsum(leaves) - leaves, np.cumsum(inner) - inner
    # Splits are numbered first, then leaves; a child below zero is a leaf of its own tree.
    left, right = (
        np.where(below < 0, splits + ~below + np.repeat(first_leaf, inner), below + np.repeat(first_split, inner))
        for below in (joined(trees, name, np.int64) for name in ("left_child", "right_child"))
    )
    levels, level = [], np.where(inner > 0, first_split, splits + first_leaf)
    roots = level
    while len(level := level[level < splits]):
        levels.append(level)
        level = np.concatenate([left[level], right[level]])
    sizes, place, leaf = (np.ones(splits + int(leaves.sum()), np.int64) for _ in range(3))
    for level in reversed(levels):
        sizes[level] = sizes[left[level]] + sizes[right[level]]
    place[roots], leaf[roots] = first_split, first_leaf
    for level in levels:
        taken = sizes[left[level]]
        place[left[level]], leaf[left[level]] = place[level] + 1, leaf[level]
        place[right[level]], leaf[right[level]] = place[level] + taken, leaf[level] + taken
    order = np.argsort(place[:splits])
    way, until = _asked(trees)
    fact = places[joined(trees, "split_feature", np.int64)].astype(np.int64)
    values = np.empty(len(sizes) - splits)
    values[leaf[splits:]] = joined(trees, "leaf_value", np.float64)
    place_in_tree = leaf[:splits] - np.repeat(first_leaf, inner)
    return Trees(way[order], fact[order], until[order], sizes[left][order], place_in_tree[order], leaves, values)


def beside(planted: Sequence[Trees]) -> Forest:
    """Put the trees of some boosters side by side.

    Raises
    ------
    BundleError
        They have more leaves than can be laid out here.
    """
    first_tree = np.cumsum([0, *(len(one.leaves) for one in planted)])
    leaves, way, fact, taken, leaf = (
        np.concatenate([np.empty(0, np.int64), *(getattr(one, name) for one in planted)])
        for name in ("leaves", "way", "fact", "taken", "leaf")
    )
    until, values = (np.concatenate([np.empty(0), *(getattr(one, name) for one in planted)]) for name in _NUMBERS)
    first_word = np.append(0, np.cumsum((leaves + _BITS - 1) // _BITS))
    if first_word[-1] > MOST_NUMBERS:
        raise BundleError(
            "boosters of more leaves than can be laid out here", expected=f"up to {MOST_NUMBERS * _BITS} in all"
        )
    first = np.repeat(first_word[:-1], leaves - 1) * _BITS + leaf
    # Words come after all numbers, by their bits: as numbers some are none.
    asks_words, bits = way == WORDS, until.view(np.uint64)
    order = np.lexsort((bits, np.where(asks_words, 0.0, until), fact, way))
    way, fact, bits, asks_words = way[order], fact[order], bits[order], asks_words[order]
    pieces, first_piece = _pieces(first[order], taken[order])
    number = _changes(way, fact, bits)
    ask = _changes(way[number], fact[number], np.where(asks_words, bits, 0)[number])
    return Forest(
        asks=np.column_stack([fact[number][ask], way[number][ask], ask, np.append(ask, len(number))[1:]]),
        numbers=until[order][number],
        first_piece=first_piece[np.append(number, len(way))],
        pieces=pieces,
        first_tree=first_tree,
        first_word=first_word,
        first_value=np.cumsum(leaves) - leaves,
        values=values,
    )


_NUMBERS = ("until", "values")


def _changes(*keys: Array) -> Integers:
    """Return where in sorted keys another one begins."""
    is_new = np.ones(len(keys[0]), np.bool_)
    is_new[1:] = np.logical_or.reduce([key[1:] != key[:-1] for key in keys])
    return is_new.nonzero()[0]


def _pieces(first: Integers, taken: Integers) -> tuple[NDArray[np.uint32], Integers]:
    """Cut what each split takes away, ``taken`` bits from the ``first`` on, where one number ends and another begins.

    Returns
    -------
    The pieces, and where those of each split begin, with the end behind.
    """
    spans = (first + taken - 1) // _BITS - first // _BITS + 1
    starts = np.append(0, np.cumsum(spans))
    split = np.repeat(np.arange(len(first)), spans)
    number = first[split] // _BITS + np.arange(len(split)) - starts[split]
    begin = np.maximum(first[split], number * _BITS)
    end = np.minimum(first[split] + taken[split], (number + 1) * _BITS)
    pieces = number << 12 | begin % _BITS << 6 | (end - begin - 1)
    return pieces.astype(np.uint32), starts


def _asked(trees: Sequence[Told]) -> tuple[Integers, Numbers]:
    """Return by which way each split asks, and up to which number, or of which words as bits, it leads to the left."""
    kinds, until = joined(trees, "decision_type", np.int64), joined(trees, "threshold", np.float64)
    asks_words, to_the_right = (kinds & _CATEGORICAL) > 0, (kinds & _LEFT_WHERE_MISSING) == 0
    missing = kinds >> _MISSING_SHIFT & _MISSING
    way = np.full(len(kinds), NAN_NOUGHT)
    way[missing == NAN_IS_MISSING], way[missing == NOUGHT_IS_MISSING] = NAN_LEFT, NOUGHT_LEFT
    way[(way != NAN_NOUGHT) & to_the_right] += 1
    way[asks_words] = WORDS
    until.view(np.uint64)[asks_words] = _sets(trees)
    return way, until


def _sets(trees: Sequence[Told]) -> NDArray[np.uint64]:
    """Return the sets of words of all trees in the order of their splits, one number each: its bits are the words."""
    found = []
    for tree in trees:
        if not int(tree["num_cat"]):
            continue
        bounds = [int(one) for one in tree["cat_boundaries"].split()]
        words = [int(one) for one in tree["cat_threshold"].split()]
        for start, end in itertools.pairwise(bounds):
            if any(words[start + 2 : end]):
                raise BundleError(
                    "a booster that tells apart more words than can be laid out here", expected=f"up to {MOST_WORDS}"
                )
            found.append(sum(word << 32 * place for place, word in enumerate(words[start : min(end, start + 2)])))
    return np.array(found, np.uint64)


class Lines:
    """Calibrations of some boosters, applied together: each a line through its own knots, as ``np.interp`` draws it.

    Parameters
    ----------
    knots
        What was said, rising, and the log-odds to read there; of each booster in order.
    """

    def __init__(self, knots: Sequence[tuple[Numbers, Numbers]]) -> None:
        self._first = np.cumsum([0, *(len(raw) for raw, _ in knots)])
        self._raw = np.concatenate([np.empty(0), *(raw for raw, _ in knots)])
        self._odds = np.concatenate([np.empty(0), *(odds for _, odds in knots)])

    def straighten(self, said: Numbers, by: Steps | None = None) -> None:
        """Put calibrated log-odds in the place of ``(b, n)`` answers."""
        _, _, straighten = by or compiled()
        straighten(said, self._raw, self._odds, self._first)
