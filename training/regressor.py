"""A cautious LightGBM for means: what would be expected of such a row, learned from few rows as from many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from regua.columns import Numbers

if TYPE_CHECKING:
    import lightgbm

CAUTIOUS: Mapping[str, Any] = {
    "num_iterations": 80,
    "learning_rate": 0.05,
    "num_leaves": 8,
    "min_data_in_leaf": 40,
    "lambda_l2": 10.0,
    "cat_smooth": 50.0,
    "max_bin": 63,
    "verbosity": -1,
    "deterministic": True,
    "force_row_wise": True,
    "feature_pre_filter": False,
}
"""Small trees, slowly: effects are small beside the differences between people, and noise is large."""

_LEAST_ROWS = 50
_LEAST_OF_A_KIND = 10


@dataclass(frozen=True, slots=True, eq=False)
class Regressor:
    """An expected value for a row: a booster, or the plain mean where there was too little to learn from."""

    mean: float
    booster: "lightgbm.Booster | None" = None

    def predict(self, matrix: Numbers, *, threads: int = 1) -> Numbers:
        """Return ``(n,)`` expected values; probabilities where the outcome was 0 or 1."""
        if self.booster is None or not len(matrix):
            return np.full(len(matrix), self.mean)
        return np.asarray(self.booster.predict(matrix, num_threads=threads), np.float64)


def fit(
    matrix: Numbers,
    outcome: Numbers,
    *,
    weight: Numbers | None = None,
    categorical: Sequence[int] = (),
    params: Mapping[str, Any] | None = None,
    threads: int = 1,
) -> Regressor:
    """Learn an expected value; the same rows in the same order give the same trees.

    Parameters
    ----------
    matrix, outcome
        ``(n, features)`` and ``(n,)``; an outcome of 0 and 1 only is learned as a probability.
    weight
        ``(n,)`` positive weights; even ones when None.
    """
    if not len(outcome):
        return Regressor(0.0)
    mean = float(np.average(outcome, weights=weight))
    is_binary = is_yes_or_no(outcome)
    yes = float(outcome.sum())
    few = is_binary and min(yes, len(outcome) - yes) < _LEAST_OF_A_KIND
    if len(outcome) < _LEAST_ROWS or few or outcome.min() == outcome.max() or not matrix.shape[1]:
        return Regressor(mean)
    import lightgbm

    settings = {**CAUTIOUS, **(params or {}), "objective": "binary" if is_binary else "l2", "num_threads": threads}
    trees = settings.pop("num_iterations")
    data = lightgbm.Dataset(
        matrix,
        label=outcome,
        weight=weight,
        categorical_feature=list(categorical),
        params={name: settings[name] for name in ("max_bin", "verbosity", "feature_pre_filter")},
    )
    return Regressor(mean, lightgbm.train(settings, data, num_boost_round=trees))


def is_yes_or_no(outcome: Numbers) -> bool:
    """Say whether an outcome is 0 or 1 throughout."""
    return bool(np.isin(outcome, (0.0, 1.0)).all())
