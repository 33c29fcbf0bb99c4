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
    from tests.bench_models.simulated import Stand

LEAST_ROWS = 40
_BOOTSTRAP = 200
_FOLDED = float(np.sqrt(2 / np.pi))


@dataclass(slots=True)
class Truths:
    """Cases by score, over all mornings: who, in which bucket, what was said, what is true, and what happened."""

    cases: dict[str, list[tuple[Array, Array, Numbers, Numbers, Numbers]]] = field(default_factory=dict)

    def add(self, score: str, stand: "Stand", lived: Numbers, asked: Flags) -> None:
        """Add cases of a morning; ``lived`` is ``(lives, n)``, of which the last is what happened."""
        if score not in stand.said:
            return
        kept = np.flatnonzero(asked & np.isfinite(stand.said[score]))
        late, who = stand.known["days_past_due"][kept], stand.known["customer_id"][kept]
        truth, happened = lived[:-1].mean(axis=0)[kept], lived[-1][kept]
        self.cases.setdefault(score, []).append((who, bucket(late), stand.said[score][kept], truth, happened))

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
            who, placed, said, truth, happened = (np.concatenate(one) for one in zip(*parts, strict=True))
            groups: Mapping[str, Flags] = {"all": np.ones(len(who), bool)} | {
                str(name): placed == place for place, name in enumerate(ARREARS_BUCKETS)
            }
            for name, mine in groups.items():
                # One bucket alone is the same as all.
                if mine.sum() >= LEAST_ROWS and (name == "all" or mine.sum() < len(mine)):
                    found = measure(said[mine], truth[mine], happened[mine], who[mine])
                    told.append({"score": score, "by": kinds.get(score, ""), "bucket": name, **found})
        return told


def measure(said: Numbers, truth: Numbers, happened: Numbers, who: Array) -> dict[str, Any]:
    """Measure a score against true chances, ``(n,)``; the interval draws whole customers.

    ``ece_floor`` is what a score without any bias would show on as many people; ``ece_debiased`` takes it out.
    """
    one, bins = np.ones(len(said)), reliability.tenths(said)
    drawn = reliability.error(bins, truth, said, times_drawn(who, _BOOTSTRAP))
    low, high = np.quantile(drawn, (0.025, 0.975))
    both = 0 < happened.sum() < len(happened) and set(np.unique(happened)) <= {0.0, 1.0}
    ranks = np.ptp(said) > 0 and np.ptp(truth) > 0
    return {
        "n": len(said),
        "said": float(said.mean()),
        "truth": float(truth.mean()),
        "happened": float(happened.mean()),
        "ece": float(reliability.error(bins, truth, said, one[None, :])[0]),
        "ece_low": float(low),
        "ece_high": float(high),
        "ece_floor": reliability.floor(truth, said, one, who),
        "ece_debiased": reliability.debiased(truth, said, one, who),
        "correlation": float(np.corrcoef(said, truth)[0, 1]) if ranks else None,
        "auc": _auc(happened, said) if both else None,
        "auc_of_truth": _auc(happened, truth) if both else None,
    }


def _auc(happened: Numbers, score: Numbers) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(happened, score))
