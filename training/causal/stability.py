"""Would the same people be treated, had the folds fallen otherwise?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from regua.columns import Array, Numbers
from training.causal import learners, ranking
from training.causal.learners import CrossFitted
from training.causal.propensities import Overlap
from training.causal.ranking import Compared
from training.causal.trial import Trial


@dataclass(frozen=True, slots=True, eq=False)
class Stability:
    """How the chosen learner does when folds are dealt anew.

    ``agreement`` is the least rank correlation (Spearman) between effects of two seeds; ``qini`` of each seed.
    """

    agreement: float
    qini: tuple[float, ...]


def again(
    trial: Trial,
    arm: str,
    overlap: Overlap,
    chosen: str,
    fitted: CrossFitted,
    compared: Compared,
    rows: Array,
    seeds: int,
    seed: int,
    threads: int,
    params: Mapping[str, Any] | None,
) -> Stability | None:
    """Deal the folds anew, learn again, and compare."""
    if not seeds:
        return None
    told = [fitted.effect[chosen][rows]]
    for further in range(1, seeds + 1):
        anew = learners.cross_fit(
            trial, arm, overlap, learners=(chosen,), seed=seed + further, threads=threads, params=params
        )
        told.append(anew.effect[chosen][rows])
    ranks = [_ranks(one) for one in told]
    between = [_correlation(ranks[a], ranks[b]) for a in range(len(ranks)) for b in range(a)]
    qini = (ranking.curve(compared.sums(ranking.places(one))).qini for one in told)
    return Stability(min(between), tuple(qini))


def _ranks(values: Numbers) -> Numbers:
    """Return ranks, those of equal value sharing theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[place], np.float64)


def _correlation(a: Numbers, b: Numbers) -> float:
    return float(np.corrcoef(a, b)[0, 1]) if a.std() > 0 and b.std() > 0 else 0.0
