"""With what chance was each row treated? Known from the log, plain shares in a randomised trial, or estimated."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from regua.columns import Flags, Numbers
from training import regressor
from training.causal.trial import FOLDS, Trial

EDGE = 0.02
"""A chance nearer to 0 or 1 than this is no experiment: such rows leave the comparison."""


SHARP: Mapping[str, Any] = {"num_iterations": 100, "learning_rate": 0.1, "lambda_l2": 1.0}
"""Chances near 0 and 1 must be found, not smoothed away: who cannot be compared must not be."""


@dataclass(frozen=True, slots=True, eq=False)
class Overlap:
    """Chances of a treatment against the control, and whether the two groups can be compared at all.

    Parameters
    ----------
    chance
        ``(m,)`` chance of what each compared row received.
    kept
        ``(m,)`` rows with support on both sides.
    how
        ``known``: given in the table; ``share``: treatment cannot be told from the facts, so the plain share of the
        treated; ``estimated``: it can, so a cross-fitted booster, and the study is an observational one.
    auc
        How well facts tell treated from control, out of fold; 0.5 in a randomised trial. None where it is known.
    """

    chance: Numbers
    kept: Flags
    how: Literal["known", "share", "estimated"]
    auc: float | None

    @property
    def weight(self) -> Numbers:
        """Return ``(m,)`` inverse chances, 0 where there is no support."""
        return np.where(self.kept, 1.0 / self.chance, 0.0)

    def told(self) -> dict[str, Any]:
        """Return the figures of a report."""
        weight = self.weight[self.kept]
        return {
            "propensity": self.how,
            "auc_of_treatment": self.auc,
            "rows_without_support": int((~self.kept).sum()),
            "share_without_support": float((~self.kept).mean()),
            "weight_maximum": float(weight.max(initial=0.0)),
            "effective_rows": float(weight.sum() ** 2 / (weight**2).sum()) if len(weight) else 0.0,
        }


def overlap(trial: Trial, arm: str, *, seed: int, threads: int = 1, params: Mapping[str, Any] | None = None) -> Overlap:
    """Find the chances of one comparison; rows are those of ``trial.rows_of(arm)``, in their order."""
    rows = np.flatnonzero(trial.rows_of(arm))
    treated = trial.treatment[rows] == arm
    if trial.propensity is not None:
        chance = trial.propensity[rows]
        return Overlap(chance, np.ones(len(rows), bool), "known", None)
    fold = trial.folds(seed, "propensity")[rows]
    matrix, label = trial.facts.matrix[rows], treated.astype(np.float64)
    score = np.empty(len(rows))
    for one in range(FOLDS):
        here = fold == one
        learned = regressor.fit(
            matrix[~here],
            label[~here],
            categorical=trial.facts.categorical,
            params={**(params or {}), **SHARP},
            threads=threads,
        )
        score[here] = learned.predict(matrix[here], threads=threads)
    auc = _auc(label, score)
    if auc <= _allowed(int(treated.sum()), int((~treated).sum())):
        share = float(treated.mean())
        return Overlap(np.where(treated, share, 1 - share), np.ones(len(rows), bool), "share", auc)
    kept = (score >= EDGE) & (score <= 1 - EDGE)
    score = np.clip(score, EDGE, 1 - EDGE)
    return Overlap(np.where(treated, score, 1 - score), kept, "estimated", auc)


def _allowed(treated: int, control: int) -> float:
    """Return the AUC that luck alone may reach: three standard errors above one half (Hanley & McNeil 1982)."""
    error = float(np.sqrt((treated + control + 1) / (12.0 * treated * control)))
    return max(0.5 + 3.0 * error, 0.52)


def _auc(label: Numbers, score: Numbers) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(label, score)) if 0 < label.sum() < len(label) else 0.5
