"""Many boosters of one release walked through together, compiled: the same trees, the same bits, without LightGBM.

LightGBM keeps each tree in a dozen places of memory and is called once a booster. Here the trees of all boosters that
are asked the same facts lie side by side, each from its root downwards, in eight bytes a split: what a walk costs is
the memory it passes. All that the trees ever compare a fact with is put in order once, so that a split needs a place in
that order and not the number itself. A tree's answers are added up in its booster's own order, so that sums are the
same to the last bit.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from models.booster_text import Told, joined, parts
from models.forest import NAN_IS_MISSING, NOUGHT, NOUGHT_IS_MISSING
from regua.columns import Array, Numbers
from regua.errors import BundleError

_CATEGORICAL, _LEFT_WHERE_MISSING = 1, 2
_MISSING_SHIFT, _MISSING = 2, 3
_MOST_WORDS = 64
"""As many words of one fact as the bits of one number tell apart; boosters that know more stay with LightGBM."""
_NAN_LEFT, _NAN_RIGHT, _NAN_NOUGHT, _NOUGHT_LEFT, _NOUGHT_RIGHT, _WORDS = range(6)
"""The ways of asking a fact: what is missing stands at the end of the order that it leads to."""
_LAST = 65_535
_RANK_SHIFT, _TAKEN_SHIFT = 16, 32
_ROWS = 32
"""So many rows are led through each tree in turn, while it is near."""

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """The trees of one booster, each from its root downwards, the left side first.

    Splits ``(s,)``: the ``way`` they ask a ``fact``, the number, or as bits the words, up to which (``until``) they
    lead to the left, and how many leaves lie there (``taken``). ``leaves`` ``(t,)`` counts each tree's, of which
    ``values`` holds the answers.
    """

    way: Integers
    fact: Integers
    until: Numbers
    taken: Integers
    leaves: Integers
    values: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """The trees of some boosters, side by side, for rows of some facts.

    ``first_tree`` ``(b + 1,)`` says which trees are each booster's, ``leaves`` ``(t,)`` how many each has. A split is
    one number of ``splits``: from bit 0 what it asks, from bit 16 the rank up to which it leads to the left (of words:
    which of ``sets``), from bit 32 how many leaves lie there. A tree's splits and ``values`` follow each other as its
    leaves do: whoever goes to the right passes as many of both as lie to the left. ``ranks`` are the numbers each fact
    is compared with, those of fact ``f`` from ``first_rank[f]`` on.
    """

    first_tree: Integers
    leaves: Integers
    splits: Integers
    values: Numbers
    sets: NDArray[np.uint64]
    ranks: Numbers
    first_rank: Integers

    def walk(self, facts: Numbers) -> Numbers:
        """Return ``(b, n)`` what each booster says of each row of ``(n, facts)``, NaN for NULL."""
        said = np.zeros((len(self.first_tree) - 1, len(facts)))
        rank, lead = _compiled()
        for start in range(0, len(facts) if len(said) else 0, _ROWS):
            rows = np.ascontiguousarray(facts[start : start + _ROWS])
            ranked = np.empty((len(rows), _WORDS * facts.shape[1]), np.uint16)
            words = np.empty(rows.shape, np.uint64)
            rank(rows, self.ranks, self.first_rank, ranked, words)
            own = np.zeros((len(said), len(rows)))
            lead(ranked, words, self.first_tree, self.leaves, self.splits, self.values, self.sets, own)
            said[:, start : start + _ROWS] = own
        return said


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
    return Trees(way[order], fact[order], until[order], sizes[left][order], leaves, values)


def beside(planted: Sequence[Trees], width: int) -> Forest:
    """Put the trees of some boosters side by side, for rows of ``width`` facts.

    Raises
    ------
    BundleError
        They ask more than can be laid out here.
    """
    trees = [np.empty(0, np.int64), *(one.leaves for one in planted)]
    first_tree = np.cumsum([0, *(len(one.leaves) for one in planted)])
    way, fact, taken = (
        np.concatenate([np.empty(0, np.int64), *(getattr(one, name) for one in planted)])
        for name in ("way", "fact", "taken")
    )
    until, values = (np.concatenate([np.empty(0), *(getattr(one, name) for one in planted)]) for name in _NUMBERS)
    asks_words = way == _WORDS
    sets, which = np.unique(until.view(np.uint64)[asks_words], return_inverse=True)
    rank = np.empty(len(way), np.int64)
    rank[asks_words] = which
    rank[~asks_words], ranks, first_rank = _ranked(fact[~asks_words], until[~asks_words], width)
    if max(rank.max(initial=0) + 1, taken.max(initial=0), (_WORDS + 1) * width) >= _LAST:
        raise BundleError("boosters that ask more than can be laid out here", expected=f"up to {_LAST} of a kind")
    splits = way * width + fact | rank << _RANK_SHIFT | taken << _TAKEN_SHIFT
    return Forest(first_tree, np.concatenate(trees), splits, values, sets, ranks, first_rank)


_NUMBERS = ("until", "values")


def _ranked(fact: Integers, until: Numbers, width: int) -> tuple[Integers, Numbers, Integers]:
    """Return each number's rank among those its fact is compared with, all of those, and where each fact's begin."""
    order = np.lexsort((until, fact))
    facts, numbers = fact[order], until[order]
    is_first = np.ones(len(order), np.bool_)
    is_first[1:] = (facts[1:] != facts[:-1]) | (numbers[1:] != numbers[:-1])
    first_rank = np.searchsorted(facts[is_first], np.arange(width + 1))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.cumsum(is_first) - 1
    return rank - first_rank[fact], numbers[is_first], first_rank


def _asked(trees: Sequence[Told]) -> tuple[Integers, Numbers]:
    """Return by which way each split asks, and up to which number, or of which words as bits, it leads to the left."""
    kinds, until = joined(trees, "decision_type", np.int64), joined(trees, "threshold", np.float64)
    asks_words, to_the_right = (kinds & _CATEGORICAL) > 0, (kinds & _LEFT_WHERE_MISSING) == 0
    missing = kinds >> _MISSING_SHIFT & _MISSING
    way = np.full(len(kinds), _NAN_NOUGHT)
    way[missing == NAN_IS_MISSING], way[missing == NOUGHT_IS_MISSING] = _NAN_LEFT, _NOUGHT_LEFT
    way[(way != _NAN_NOUGHT) & to_the_right] += 1
    way[asks_words] = _WORDS
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
                    "a booster that tells apart more words than can be laid out here", expected=f"up to {_MOST_WORDS}"
                )
            found.append(sum(word << 32 * place for place, word in enumerate(words[start : min(end, start + 2)])))
    return np.array(found, np.uint64)


@cache
def _compiled() -> tuple[Callable[..., None], Callable[..., None]]:
    import numba

    make = numba.njit(nogil=True)
    return make(_rank), make(_lead)


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
            ranked[row, _NAN_LEFT * width + at] = 0 if is_missing else beyond
            ranked[row, _NAN_RIGHT * width + at] = _LAST if is_missing else beyond
            ranked[row, _NAN_NOUGHT * width + at] = beyond
            ranked[row, _NOUGHT_LEFT * width + at] = 0 if is_nought else beyond
            ranked[row, _NOUGHT_RIGHT * width + at] = _LAST if is_nought else beyond
            word = np.uint64(0)
            if -1.0 < value < _MOST_WORDS:
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
                    asks, rank = split & _LAST, np.uint64(split >> _RANK_SHIFT & _LAST)
                    taken = split >> _TAKEN_SHIFT
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
