"""One table of scores beside their truth: calibration against true chances, and ranking of what then happened."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from models import SPECS, reliability
from models.bundle import Bundle
from models.measure import bucket
from models.resample import times_drawn
from regua.columns import Array, Flags, Numbers
from regua.vocabulary import ARREARS_BUCKETS

if TYPE_CHECKING:
    from tests.bench_models.standing import Stand

LEAST_ROWS = 40
_BOOTSTRAP = 200


@dataclass(slots=True)
class Truths:
    """Cases by score, over all mornings: who, in which bucket, what was said, and ``(n, lives)`` what came of it."""

    cases: dict[str, list[tuple[Array, Array, Numbers, Numbers]]] = field(default_factory=dict)

    def add(self, score: str, stand: "Stand", lived: Numbers, asked: Flags) -> None:
        """Add cases of a morning; ``lived`` is ``(lives, n)``."""
        if score not in stand.said:
            return
        kept = np.flatnonzero(asked & np.isfinite(stand.said[score]))
        late, who = stand.known["days_past_due"][kept], stand.known["customer_id"][kept]
        self.cases.setdefault(score, []).append((who, bucket(late), stand.said[score][kept], lived[:, kept].T))

    def tells(self, score: str) -> bool:
        """Say whether a score has cases enough for a line."""
        return sum(len(part[0]) for part in self.cases.get(score, ())) >= LEAST_ROWS

    def rows(self, release: Bundle) -> list[dict[str, Any]]:
        """Measure each score, pooled and by bucket."""
        kinds = {
            column: release.models[spec.artifact_name(arm)].kind
            for spec in SPECS.values()
            for arm in spec.each_arm
            for column in spec.score_columns(arm)
            if spec.artifact_name(arm) in release.models
        }
        told = []
        for score, parts in self.cases.items():
            who, placed, said, lived = (np.concatenate(one) for one in zip(*parts, strict=True))
            groups: Mapping[str, Flags] = {"all": np.ones(len(who), bool)} | {
                str(name): placed == place for place, name in enumerate(ARREARS_BUCKETS)
            }
            for name, mine in groups.items():
                # One bucket alone is the same as all.
                if mine.sum() >= LEAST_ROWS and (name == "all" or mine.sum() < len(mine)):
                    found = measure(said[mine], lived[mine].T, who[mine])
                    told.append({"score": score, "by": kinds.get(score, ""), "bucket": name, **found})
        return told


def measure(said: Numbers, lived: Numbers, who: Array) -> dict[str, Any]:
    """Measure a score against what ``(lives, n)`` lives came to; the interval draws whole customers.

    ``ece_floor`` is what a score without any bias would show on as many people; ``ece_debiased`` takes it out.
    ``auc`` ranks by the score and counts each case as far as it came true; ``auc_most`` is what nobody can rank above:
    who knows all that is hidden, and not what luck will do.
    """
    one, bins, truth = np.ones(len(said)), reliability.tenths(said), lived.mean(axis=0)
    drawn = reliability.error(bins, truth, said, times_drawn(who, _BOOTSTRAP))
    low, high = np.quantile(drawn, (0.025, 0.975))
    is_chance = set(np.unique(lived)) == {0.0, 1.0}
    ranks = np.ptp(said) > 0 and np.ptp(truth) > 0
    return {
        "n": len(said),
        "said": float(said.mean()),
        "truth": float(truth.mean()),
        "ece": float(reliability.error(bins, truth, said, one[None, :])[0]),
        "ece_low": float(low),
        "ece_high": float(high),
        "ece_floor": reliability.floor(truth, said, one, who),
        "ece_debiased": reliability.debiased(truth, said, one, who),
        "correlation": float(np.corrcoef(said, truth)[0, 1]) if ranks else None,
        "auc": ranking(said, truth) if is_chance else None,
        "auc_most": ceiling(lived) if is_chance else None,
    }


def ranking(score: Numbers, chance: Numbers) -> float:
    """Return the AUC of a score where each case is a yes with its own chance, ``(n,)`` both.

    Examples
    --------
    >>> ranking(np.array([1.0, 2.0]), np.array([0.0, 1.0]))
    1.0
    """
    from sklearn.metrics import roc_auc_score

    answer = np.repeat([1.0, 0.0], len(score))
    weight = np.concatenate([chance, 1 - chance])
    return float(roc_auc_score(answer[weight > 0], np.tile(score, 2)[weight > 0], sample_weight=weight[weight > 0]))


def ceiling(lived: Numbers) -> float:
    """Return the AUC of the true chances themselves, of which ``(lives, n)`` lives are what is known.

    Some lives rank and others judge, so that luck is not taken for knowledge. What ranks by few lives ranks a little
    worse, in proportion to one over how many: half as many tell how much.
    """
    half = len(lived) // 2
    parts = lived[:half], lived[half : 2 * half]
    whole, less = [], []
    for ranks, judges in (parts, parts[::-1]):
        chance = judges.mean(axis=0)
        if not 0 < chance.sum() < len(chance):
            continue
        whole.append(ranking(ranks.mean(axis=0), chance))
        less += [ranking(few.mean(axis=0), chance) for few in (ranks[: half // 2], ranks[half // 2 :])]
    return float(min(2 * np.mean(whole) - np.mean(less), 1.0)) if whole else float("nan")
