"""A booster's trees as LightGBM writes them, laid out as arrays: its splits, and the way to each of its leaves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from models.booster_text import Told, joined, parts
from regua.columns import Array, Flags, Numbers
from regua.errors import BundleError

_CATEGORICAL, _LEFT_WHERE_MISSING = 1, 2
_WORD_BITS = 32
NOUGHT_IS_MISSING, NAN_IS_MISSING = 1, 2
NOUGHT = 1e-35
"""Whatever is no further from it counts as nought."""


@dataclass(frozen=True, slots=True, eq=False)
class Splits:
    """Where a forest divides, ``(s,)`` each, in the order of its trees.

    ``missing`` says what counts as missing: 1 nought, 2 NaN, else nothing. ``asks_words`` splits send the codes that
    stand from ``first_word`` to before ``last_word`` in ``words`` to the left.
    """

    feature: Array
    threshold: Numbers
    missing: Array
    left_where_missing: Flags
    asks_words: Flags
    first_word: Array
    last_word: Array
    words: Array


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """The features on the way to each leaf, side by side.

    Leaf ``l`` answers ``value[l]``; on the way to it stand the features from ``of_leaf[l]`` to before
    ``of_leaf[l + 1]``. Way ``w`` is of ``feature[w]``; a share ``share[w]`` of the learning cases that came there took
    it, and who takes it turns as ``turn[turns_of[w]:turns_of[w + 1]]`` say: ``2 · split``, and one more to the right.
    """

    value: Numbers
    of_leaf: Array
    feature: Array
    share: Numbers
    turns_of: Array
    turn: Array


def read(text: str) -> tuple[int, Splits, Ways]:
    """Read a booster's text: how many features it is asked, its splits, and the ways to its leaves.

    Raises
    ------
    BundleError
        Its leaves are no plain numbers, or it answers more than one question.
    """
    top, trees = parts(text)
    if top.get("num_tree_per_iteration") != "1" or any(one.get("is_linear", "0") != "0" for one in trees):
        raise BundleError("a booster that cannot be explained", expected="one answer, and plain leaves")
    splits = _splits(trees)
    return int(top["max_feature_idx"]) + 1, splits, _ways(trees, splits)


def _splits(trees: Sequence[Told]) -> Splits:
    kinds, threshold = joined(trees, "decision_type", np.int64), joined(trees, "threshold", np.float64)
    asks_words = (kinds & _CATEGORICAL) > 0
    sets = [codes for one in trees if int(one.get("num_cat", 0)) for codes in _sets(one)]
    ends = np.cumsum([0, 0, *map(len, sets)])
    # A tree counts its sets from nought, in the order of its splits; ends start with one that nobody has.
    place = np.where(asks_words, np.cumsum(asks_words), 0)
    return Splits(
        joined(trees, "split_feature", np.int64),
        threshold,
        kinds >> 2 & 3,
        (kinds & _LEFT_WHERE_MISSING) > 0,
        asks_words,
        ends[place],
        ends[place + 1],
        np.concatenate([np.empty(0, np.int64), *sets]).astype(np.int64),
    )


def _sets(tree: Told) -> Iterator[Array]:
    """List a tree's sets of words: bits, 32 to a number, each set's own between two bounds."""
    bounds = [int(one) for one in tree["cat_boundaries"].split()]
    bits = np.array(tree["cat_threshold"].split(), np.uint64)
    for start, end in pairwise(bounds):
        yield np.flatnonzero((bits[start:end, None] >> np.arange(_WORD_BITS, dtype=np.uint64)) & np.uint64(1))


def _ways(trees: Sequence[Told], splits: Splits) -> Ways:
    """Climb from all leaves at once, a level at a time, and gather what is met by leaf and feature."""
    leaves = np.array([int(one["num_leaves"]) for one in trees])
    first_split = np.repeat(np.cumsum(leaves - 1) - (leaves - 1), leaves - 1)
    first_leaf = np.repeat(np.cumsum(leaves) - leaves, leaves - 1)
    count, cases = joined(trees, "leaf_count", np.float64), joined(trees, "internal_count", np.float64)
    value = joined(trees, "leaf_value", np.float64)
    total, inner = int(leaves.sum()), len(splits.feature)
    # Places of all that is below something: leaves first, then splits; 2 · split + side is the turn that leads there.
    above = np.full(total + inner, -1)
    for side, name in enumerate(("left_child", "right_child")):
        below = joined(trees, name, np.int64)
        above[np.where(below < 0, first_leaf + ~below, total + first_split + below)] = 2 * np.arange(inner) + side
    many = np.concatenate([count, cases])
    found: list[tuple[Array, Array, Array]] = []
    leaf, here = np.arange(total), np.arange(total)
    while (on := above[here] >= 0).any():
        leaf, here = leaf[on], here[on]
        turn = above[here]
        found.append((leaf, turn, many[here] / cases[turn // 2]))
        here = total + turn // 2
    leaf, turn, share = (np.concatenate([part[one] for part in found] or [np.empty(0)]) for one in range(3))
    leaf, turn = leaf.astype(np.int64), turn.astype(np.int64)
    feature = splits.feature[turn // 2]
    order = np.lexsort((feature, leaf))
    leaf, turn, share, feature = leaf[order], turn[order], share[order], feature[order]
    begins = np.flatnonzero(np.diff(leaf, prepend=-1) | np.diff(feature, prepend=-1))
    return Ways(
        value,
        np.searchsorted(leaf[begins], np.arange(total + 1)),
        feature[begins],
        np.multiply.reduceat(share, begins) if len(begins) else share,
        np.append(begins, len(turn)),
        turn,
    )
