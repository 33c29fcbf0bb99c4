"""Many boosters of one release walked through together, compiled: the same trees, the same bits, without LightGBM.

LightGBM keeps each tree in a dozen places of memory and is called once a booster. Here the trees of all boosters that
are asked the same facts lie side by side in the order they are asked, and a row is led through all of them in one call.
A tree's answers are added up in its booster's own order, so that sums are the same to the last bit.
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
_MISSING_SHIFT = 2
_MOST_WORDS = 64
"""As many words of one fact as the bits of one number tell apart; boosters that know more stay with LightGBM."""
_FACT, _LEFT, _RIGHT, _KIND = 0, 1, 2, 3
_MISSING, _TO_THE_LEFT, _ASKS_WORDS = 3, 4, 8


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """The trees of some boosters, side by side.

    ``roots`` ``(t,)`` is where each tree begins, and ``first_tree`` ``(b + 1,)`` which trees are each booster's. A node
    is one row of ``nodes`` ``(s, 4)``: the fact it asks, where it leads to the left and to the right, and how it asks;
    below zero it leads to a leaf, ``~leaf`` of ``values``. ``threshold`` ``(s,)`` holds a number or, as bits, the words
    that lead to the left.
    """

    roots: NDArray[np.int32]
    first_tree: NDArray[np.int32]
    nodes: NDArray[np.int32]
    threshold: Numbers
    values: Numbers

    def walk(self, facts: Numbers) -> Numbers:
        """Return ``(b, n)`` what each booster says of each row of ``(n, facts)``, NaN for NULL."""
        said = np.zeros((len(self.first_tree) - 1, len(facts)))
        bits = self.threshold.view(np.uint64)
        _compiled()(facts, self.roots, self.first_tree, self.nodes, self.threshold, bits, self.values, said)
        return said


def plant(text: str, places: NDArray[np.intp]) -> Forest:
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
    first_leaf, first_node = np.cumsum(leaves) - leaves, np.cumsum(inner) - inner
    kinds, threshold = joined(trees, "decision_type", np.int64), joined(trees, "threshold", np.float64)
    nodes = np.empty((int(inner.sum()), 4), np.int32)
    nodes[:, _FACT] = places[joined(trees, "split_feature", np.int64)]
    for column, name in ((_LEFT, "left_child"), (_RIGHT, "right_child")):
        below = joined(trees, name, np.int64)
        before = np.where(below < 0, -np.repeat(first_leaf, inner), np.repeat(first_node, inner))
        nodes[:, column] = below + before
    asks_words = (kinds & _CATEGORICAL) > 0
    nodes[:, _KIND] = (kinds >> _MISSING_SHIFT & _MISSING) + _TO_THE_LEFT * ((kinds & _LEFT_WHERE_MISSING) > 0)
    nodes[asks_words, _KIND] = _ASKS_WORDS
    threshold.view(np.uint64)[asks_words] = _sets(trees)
    roots = np.where(inner > 0, first_node, ~first_leaf).astype(np.int32)
    values = joined(trees, "leaf_value", np.float64)
    return Forest(roots, np.array([0, len(trees)], np.int32), nodes, threshold, values)


def beside(forests: Sequence[Forest]) -> Forest:
    """Put forests side by side, their boosters in the order given."""
    if not forests:
        empty = np.empty(0, np.int32)
        return Forest(empty, np.zeros(1, np.int32), np.empty((0, 4), np.int32), np.empty(0), np.empty(0))
    trees, before, leaves = 0, 0, 0
    roots, first_tree, nodes = [], [np.zeros(1, np.int32)], []
    for one in forests:
        roots.append(_moved(one.roots, before, leaves))
        first_tree.append((one.first_tree[1:] + trees).astype(np.int32))
        own = one.nodes.copy()
        own[:, _LEFT : _RIGHT + 1] = _moved(own[:, _LEFT : _RIGHT + 1], before, leaves)
        nodes.append(own)
        trees, before, leaves = trees + len(one.roots), before + len(own), leaves + len(one.values)
    return Forest(
        np.concatenate(roots),
        np.concatenate(first_tree),
        np.concatenate(nodes),
        np.concatenate([one.threshold for one in forests]),
        np.concatenate([one.values for one in forests]),
    )


def _moved(places: NDArray[np.int32], nodes: int, leaves: int) -> NDArray[np.int32]:
    return np.where(places < 0, places - leaves, places + nodes).astype(np.int32)


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
def _compiled() -> Callable[..., None]:
    import numba

    compiled: Callable[..., None] = numba.njit(nogil=True)(_walk)
    return compiled


def is_possible() -> bool:
    """Say whether there is a compiler here: an image that only serves may do without one."""
    from importlib.util import find_spec

    return find_spec("numba") is not None


def _walk(
    facts: Numbers,
    roots: Array,
    first_tree: Array,
    nodes: Array,
    threshold: Numbers,
    bits: Array,
    values: Numbers,
    said: Numbers,
) -> None:
    """Add up what the trees of each booster answer, ``(b, n)``. Compiled."""
    for booster in range(len(first_tree) - 1):
        for tree in range(first_tree[booster], first_tree[booster + 1]):
            root = roots[tree]
            for row in range(len(facts)):
                node = root
                while node >= 0:
                    value, kind = facts[row, nodes[node, _FACT]], nodes[node, _KIND]
                    if kind == NAN_IS_MISSING + _TO_THE_LEFT:
                        right = value > threshold[node]
                    elif kind == NAN_IS_MISSING:
                        right = not (value <= threshold[node])
                    elif kind == _ASKS_WORDS:
                        right = True
                        if -1.0 < value < _MOST_WORDS:
                            right = ((bits[node] >> np.uint64(np.int64(value))) & np.uint64(1)) == 0
                    else:
                        if np.isnan(value):
                            value = 0.0
                        if kind & _MISSING == NOUGHT_IS_MISSING and abs(value) <= NOUGHT:
                            right = (kind & _TO_THE_LEFT) == 0
                        else:
                            right = value > threshold[node]
                    node = nodes[node, _RIGHT if right else _LEFT]
                said[booster, row] += values[~node]
