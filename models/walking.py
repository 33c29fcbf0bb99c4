"""Many boosters of one release walked through together, compiled: the same trees, the same bits, without LightGBM.

LightGBM keeps each tree in a dozen places of memory and is called once a booster. Here the trees of all boosters that
are asked the same facts lie side by side, each from its root downwards, in eight bytes a split: what a walk costs is
the memory it passes. All that the trees ever compare a fact with is put in order once, so that a split needs a place in
that order and not the number itself. A tree's answers are added up in its booster's own order, so that sums are the
same to the last bit.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.booster_text import Told, joined, parts
from models.forest import NAN_IS_MISSING, NOUGHT_IS_MISSING
from models.leading import (
    LAST,
    MOST_WORDS,
    NAN_LEFT,
    NAN_NOUGHT,
    NOUGHT_LEFT,
    RANK_SHIFT,
    TAKEN_SHIFT,
    WORDS,
    compiled,
)
from regua.columns import Numbers
from regua.errors import BundleError

_CATEGORICAL, _LEFT_WHERE_MISSING = 1, 2
_MISSING_SHIFT, _MISSING = 2, 3
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
        rank, lead, _ = compiled()
        for start in range(0, len(facts) if len(said) else 0, _ROWS):
            rows = np.ascontiguousarray(facts[start : start + _ROWS])
            ranked = np.empty((len(rows), WORDS * facts.shape[1]), np.uint16)
            words = np.empty(rows.shape, np.uint64)
            rank(rows, self.ranks, self.first_rank, ranked, words)
            own = np.zeros((len(said), len(rows)))
            lead(ranked, words, self.first_tree, self.leaves, self.splits, self.values, self.sets, own)
            said[:, start : start + _ROWS] = own
        return said

    def alone(self, booster: int) -> "Forest":
        """Return the trees of one of its boosters, where they lie."""
        first, last = self.first_tree[booster : booster + 2]
        leaves = self.leaves[first:last]
        before, own = int(self.leaves[:first].sum()), int(leaves.sum())
        splits = self.splits[before - first : before - first + own - len(leaves)]
        values = self.values[before : before + own]
        return replace(self, first_tree=np.array([0, len(leaves)]), leaves=leaves, splits=splits, values=values)


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
    asks_words = way == WORDS
    sets, which = np.unique(until.view(np.uint64)[asks_words], return_inverse=True)
    rank = np.empty(len(way), np.int64)
    rank[asks_words] = which
    rank[~asks_words], ranks, first_rank = _ranked(fact[~asks_words], until[~asks_words], width)
    if max(rank.max(initial=0) + 1, taken.max(initial=0), (WORDS + 1) * width) >= LAST:
        raise BundleError("boosters that ask more than can be laid out here", expected=f"up to {LAST} of a kind")
    splits = way * width + fact | rank << RANK_SHIFT | taken << TAKEN_SHIFT
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

    def straighten(self, said: Numbers) -> None:
        """Put calibrated log-odds in the place of ``(b, n)`` answers."""
        compiled()[2](said, self._raw, self._odds, self._first)
