"""An effect in one booster: each learner's knowledge, put into a single regression that can be served.

The second stage of X and DR is a regression already; the two of X are laid together, treated with what their control
model imputes and control with what their treated model does. S and T have two predictions and no second stage: the
difference is taught to one booster, which smooths it besides.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from regua.columns import Array, Numbers
from training import regressor
from training.causal import learners
from training.causal.learners import SECOND_STAGE, Sample
from training.causal.trial import folds
from training.regressor import Regressor

CROSS_FOLDS = 4


def teach(
    name: str, sample: Sample, *, seed: int, threads: int = 1, params: Mapping[str, Any] | None = None
) -> Regressor:
    """Learn one booster whose output is the effect, by the learner named ``s``, ``t``, ``x`` or ``dr``."""
    if name == "dr":
        return learners.doubly_robust(sample, seed=seed, threads=threads, params=params)
    weight = sample.weight
    if name == "s":
        target = learners.single(sample, sample.matrix, threads, params)
    else:
        untreated, treated = (
            model.predict(sample.matrix, threads=threads)
            for model in learners.outcomes(sample, params=params, threads=threads)
        )
        target = treated - untreated
        if name == "x":
            target = np.where(sample.treated, sample.outcome - untreated, treated - sample.outcome)
    return regressor.fit(
        sample.matrix,
        target,
        weight=weight,
        categorical=sample.categorical,
        params={**(params or {}), **SECOND_STAGE},
        threads=threads,
    )


def cross_fitted(
    name: str, sample: Sample, *, seed: int, threads: int = 1, params: Mapping[str, Any] | None = None
) -> Numbers:
    """Return ``(m,)`` effects told by boosters that had not seen the customer."""
    fold = folds(sample.customer, seed, "one", CROSS_FOLDS)
    told = np.zeros(len(fold))
    for one in range(CROSS_FOLDS):
        here = fold == one
        if here.any():
            model = teach(name, sample.take(~here), seed=seed, threads=threads, params=params)
            told[here] = model.predict(sample.matrix[here], threads=threads)
    return told


def residuals(
    sample: Sample, *, seed: int, threads: int = 1, params: Mapping[str, Any] | None = None
) -> tuple[Numbers, Numbers, Numbers]:
    """Return ``(m,)`` doubly robust pseudo-outcomes and expected outcomes without and with treatment, cross-fitted."""
    fold = folds(sample.customer, seed, "one", CROSS_FOLDS)
    untreated, treated = np.zeros(len(fold)), np.zeros(len(fold))
    for one in range(CROSS_FOLDS):
        here = fold == one
        if here.any():
            models = learners.outcomes(sample.take(~here), params=params, threads=threads)
            untreated[here], treated[here] = (model.predict(sample.matrix[here], threads=threads) for model in models)
    return learners.pseudo_outcome(sample, untreated, treated), untreated, treated


def clustered(values: Numbers, customer: Array) -> Numbers:
    """Add up ``(m,)`` values by customer."""
    _, who = np.unique(customer.astype(str), return_inverse=True)
    return np.asarray(np.bincount(who, values), np.float64)
