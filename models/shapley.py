"""What each feature adds to a booster's score: exact Shapley values of many rows, fast enough for a whole night's.

A leaf answers for a row where every feature on the way to it agrees. In a coalition a feature that is known agrees or
does not, and of one that is not known the share of the learning cases that went that way is taken. Along the diagonal
of the multilinear extension (Owen 1972, Management Science 18) that is a polynomial in one variable, whose integral is
the Shapley value; Gauss and Legendre's points give it without error. The values are those of path-dependent TreeSHAP
(Lundberg et al. 2020, Nature Machine Intelligence 2), which walks every tree anew for every row.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np

from models import compiler, forest
from models.forest import NAN_IS_MISSING, NOUGHT, NOUGHT_IS_MISSING
from regua.columns import Array, Numbers

WORTH_IT_ROWS = 2_000
"""Compiling takes a second or two, once a process; fewer rows are explained sooner by LightGBM itself."""

_ROWS = 64
"""Worked on at once."""


class Explainer:
    """Explains the scores of one booster; made once, and safe to share between threads.

    Parameters
    ----------
    text
        The booster as LightGBM writes it.

    Raises
    ------
    BundleError
        It is no booster of plain leaves with one answer.
    """

    def __init__(self, text: str) -> None:
        self.features, splits, ways = forest.read(text)
        many = np.diff(ways.of_leaf)
        points = (many + 1) // 2
        of_way = np.repeat(np.arange(len(many)), many)
        step, weight, place = _points(int(points.max(initial=1)))
        # A feature that does not agree multiplies by share · (1 - step), one that does by step more.
        leaf, step_of_leaf, weight_of_leaf = _ragged(points, place, step, weight)
        whole = np.multiply.reduceat(np.append(ways.share, 1.0), ways.of_leaf[:-1]) if len(many) else np.empty(0)
        whole[many == 0] = 1.0
        lead = (ways.value * whole)[leaf] * weight_of_leaf * (1 - step_of_leaf) ** many[leaf]
        way, step_of_way, _ = _ragged(points[of_way], place, step, weight)
        share = ways.share[way]
        agrees = (1 - step_of_way) * share + step_of_way
        self.common = float(ways.value @ whole)
        self._splits = (
            *(splits.feature, splits.threshold, splits.missing, splits.left_where_missing),
            *(splits.asks_words, splits.first_word, splits.last_word, splits.words),
        )
        self._ways = (
            *(ways.of_leaf, ways.feature, ways.turns_of, ways.turn, points),
            *(lead, 1 / (1 - step_of_leaf), step_of_way / ((1 - step_of_way) * share), (1 - share) / agrees),
        )

    def contributions(self, matrix: Numbers, *, threads: int = 1) -> Numbers:
        """Return ``(n, features + 1)`` contributions; a row sums to its raw score, the last is common to everybody.

        Parameters
        ----------
        matrix
            ``(n, features)`` as the booster is asked, NaN for NULL.
        threads
            Share the rows among so many; never changes a bit.
        """
        said = np.empty((len(matrix), self.features + 1))
        went, add_up = _compiled()

        def explain(start: int) -> None:
            rows = np.ascontiguousarray(matrix[start : start + _ROWS].T)
            parts = np.zeros((self.features + 1, rows.shape[1]))
            parts[-1] = self.common
            add_up(went(rows, *self._splits), parts, *self._ways)
            said[start : start + _ROWS] = parts.T

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(explain, range(0, len(matrix), _ROWS)))
        return said


def _points(most: int) -> tuple[Numbers, Numbers, Array]:
    """Return points and weights on ``[0, 1]`` of the integrals by 1 to ``most`` points, and where each begins."""
    both = [np.polynomial.legendre.leggauss(count) for count in range(1, most + 1)]
    step, weight = (np.concatenate([part[side] for part in both]) / 2 for side in (0, 1))
    return step + 0.5, weight, np.cumsum(np.arange(most + 1))


def _ragged(points: Array, place: Array, step: Numbers, weight: Numbers) -> tuple[Array, Numbers, Numbers]:
    """Give each of ``points`` its own points and weights, side by side, with whose each is."""
    owner = np.repeat(np.arange(len(points)), points)
    own = np.arange(len(owner)) - np.repeat(np.cumsum(points) - points, points)
    found = place[points[owner] - 1] + own
    return owner, step[found], weight[found]


@cache
def _compiled() -> tuple[Callable[..., Array], Callable[..., None]]:
    with compiler.taken_up() as numba:
        # Several rows are worked on at once, and the lock is let go: other threads may explain other rows.
        make = numba.njit(nogil=True)
    return make(_went), make(_explain)


def _went(
    rows: Numbers,
    feature: Array,
    threshold: Numbers,
    missing: Array,
    left_where_missing: Array,
    asks_words: Array,
    first_word: Array,
    last_word: Array,
    words: Array,
) -> Array:
    """Tell which turns each of the rows, ``(features, r)``, takes: ``(turns, r)``. Compiled."""
    many = rows.shape[1]
    went = np.empty((2 * len(feature), many), np.bool_)
    for split in range(len(feature)):
        for row in range(many):
            value = rows[feature[split], row]
            if asks_words[split]:
                left = False
                for place in range(first_word[split], last_word[split]):
                    left = left or words[place] == np.trunc(value)
            else:
                unknown = np.isnan(value)
                lost = unknown and missing[split] == NAN_IS_MISSING
                lost = lost or (missing[split] == NOUGHT_IS_MISSING and (unknown or abs(value) <= NOUGHT))
                left = left_where_missing[split] if lost else (0.0 if unknown else value) <= threshold[split]
            went[2 * split, row] = left
            went[2 * split + 1, row] = not left
    return went


def _explain(  # noqa: C901 - one loop for the compiler
    went: Array,
    said: Numbers,
    of_leaf: Array,
    feature: Array,
    turns_of: Array,
    turn: Array,
    points: Array,
    lead: Numbers,
    alone: Numbers,
    more: Numbers,
    gain: Numbers,
) -> None:
    """Add to what is said, ``(features + 1, r)``, what the ways to each leaf bring. Compiled: rows lie innermost."""
    many = went.shape[1]
    yes = np.empty(many, np.bool_)
    agrees, product = np.empty((2 * points.max() + 1, many)), np.empty((points.max(), many))
    brings, none = np.empty(many), np.empty(many)
    first, corner = 0, 0
    for leaf in range(len(points)):
        count, start = points[leaf], of_leaf[leaf]
        for k in range(count):
            for row in range(many):
                product[k, row] = lead[first + k]
        for way in range(start, of_leaf[leaf + 1]):
            for row in range(many):
                yes[row] = True
            for place in range(turns_of[way], turns_of[way + 1]):
                here = went[turn[place]]
                for row in range(many):
                    yes[row] &= here[row]
            mine, at = agrees[way - start], corner + (way - start) * count
            for row in range(many):
                mine[row] = yes[row]
            for k in range(count):
                part, times = product[k], more[at + k]
                for row in range(many):
                    part[row] += part[row] * (times * mine[row])
        for row in range(many):
            none[row] = 0.0
        for k in range(count):
            for row in range(many):
                none[row] -= product[k, row] * alone[first + k]
        for way in range(start, of_leaf[leaf + 1]):
            mine, at = agrees[way - start], corner + (way - start) * count
            for row in range(many):
                brings[row] = 0.0
            for k in range(count):
                part, times = product[k], gain[at + k]
                for row in range(many):
                    brings[row] += part[row] * times
            told = said[feature[way]]
            for row in range(many):
                told[row] += brings[row] if mine[row] else none[row]
        first += count
        corner += (of_leaf[leaf + 1] - start) * count
