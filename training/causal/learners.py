"""Four ways to learn an effect: S, T, X and DR, each told on people it has not seen.

Inverse chances make of every trial one with an even coin: under weights ``1 / p(received)`` treated and control are
equally likely at every ``x``. So all that follows needs is the chance of what was done, never of what was not.

S, T, X: Künzel, Sekhon, Bickel & Yu 2019, PNAS 116(10). DR: Kennedy 2023, Electronic Journal of Statistics 17(2)
(first arXiv:2004.14497, 2020).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from regua.columns import Array, Flags, Numbers
from training import regressor
from training.causal.propensities import Overlap
from training.causal.trial import FOLDS, Trial, folds
from training.regressor import Regressor

LEARNERS = ("s", "t", "x", "dr")

SECOND_STAGE: Mapping[str, Any] = {"num_iterations": 60, "min_data_in_leaf": 200, "lambda_l2": 20.0}
"""Pseudo-outcomes are mostly noise, so the second stage of X and DR is more cautious still."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Rows to learn an effect from, ``(m,)`` each: ``weight`` is one over the chance of what was received."""

    matrix: Numbers
    categorical: tuple[int, ...]
    treated: Flags
    outcome: Numbers
    weight: Numbers
    customer: Array

    def take(self, rows: Array) -> "Sample":
        """Pick rows by position or mask."""
        return Sample(
            self.matrix[rows],
            self.categorical,
            self.treated[rows],
            self.outcome[rows],
            self.weight[rows],
            self.customer[rows],
        )


@dataclass(frozen=True, slots=True, eq=False)
class CrossFitted:
    """Effects and outcomes of every row, by models that had not seen its customer.

    ``effect`` by learner; ``untreated`` and ``treated`` are expected outcomes; all ``(n,)`` over the whole trial.
    """

    effect: Mapping[str, Numbers]
    untreated: Numbers
    treated: Numbers


def sample(trial: Trial, arm: str, overlap: Overlap) -> Sample:
    """Lay out one comparison of a trial, without the rows that lack support."""
    rows = np.flatnonzero(trial.rows_of(arm))[overlap.kept]
    return Sample(
        trial.facts.matrix[rows],
        trial.facts.categorical,
        trial.treatment[rows] == arm,
        trial.outcome[rows],
        overlap.weight[overlap.kept],
        trial.customer[rows],
    )


def cross_fit(
    trial: Trial,
    arm: str,
    overlap: Overlap,
    *,
    learners: Sequence[str] = LEARNERS,
    seed: int,
    threads: int = 1,
    params: Mapping[str, Any] | None = None,
) -> CrossFitted:
    """Learn the effects of one treatment and tell them for all rows of the trial, fold by fold.

    Parameters
    ----------
    overlap
        Of the same arm.
    params
        LightGBM parameters that differ from the cautious ones.
    """
    usable = np.zeros(len(trial), bool)
    usable[np.flatnonzero(trial.rows_of(arm))[overlap.kept]] = True
    everything = sample(trial, arm, overlap)
    fold = trial.folds(seed)
    effect = {name: np.zeros(len(trial)) for name in learners}
    untreated, treated = np.zeros(len(trial)), np.zeros(len(trial))
    for one in range(FOLDS):
        here = fold == one
        if not here.any():
            continue
        learned = everything.take(~here[usable])
        control, given = outcomes(learned, params=params, threads=threads)
        asked = trial.facts.matrix[here]
        untreated[here], treated[here] = control.predict(asked, threads=threads), given.predict(asked, threads=threads)
        for name in learners:
            effect[name][here] = _effect(name, learned, (control, given), asked, seed, threads, params)
    return CrossFitted(effect, untreated, treated)


def outcomes(
    learned: Sample, *, params: Mapping[str, Any] | None = None, threads: int = 1
) -> tuple[Regressor, Regressor]:
    """Learn what to expect without and with treatment, from either group alone."""
    control, given = (
        regressor.fit(
            learned.matrix[rows], learned.outcome[rows], categorical=learned.categorical, params=params, threads=threads
        )
        for rows in (~learned.treated, learned.treated)
    )
    return control, given


def pseudo_outcome(learned: Sample, untreated: Numbers, treated: Numbers) -> Numbers:
    """Return ``(m,)`` doubly robust pseudo-outcomes, whose weighted mean at ``x`` is the effect at ``x``.

    ``m1 - m0 ± 2 (y - m)``: right when either the chances or the expected outcomes are (Kennedy 2023, eq. 1, with
    an even coin).
    """
    residual = learned.outcome - np.where(learned.treated, treated, untreated)
    return treated - untreated + np.where(learned.treated, 2.0, -2.0) * residual


def doubly_robust(
    learned: Sample,
    *,
    seed: int,
    threads: int = 1,
    params: Mapping[str, Any] | None = None,
) -> Regressor:
    """Learn the effect itself: one regression on pseudo-outcomes whose outcome models had not seen the customer."""
    half = folds(learned.customer, seed, "nuisance", 2)
    target = np.empty(len(half))
    for one in (0, 1):
        here = half == one
        models = outcomes(learned.take(~here), params=params, threads=threads)
        untreated, treated = (model.predict(learned.matrix[here], threads=threads) for model in models)
        target[here] = pseudo_outcome(learned.take(here), untreated, treated)
    settings = {**(params or {}), **SECOND_STAGE}
    return regressor.fit(
        learned.matrix,
        target,
        weight=learned.weight,
        categorical=learned.categorical,
        params=settings,
        threads=threads,
    )


def _effect(
    name: str,
    learned: Sample,
    models: tuple[Regressor, Regressor],
    asked: Numbers,
    seed: int,
    threads: int,
    params: Mapping[str, Any] | None,
) -> Numbers:
    if name == "s":
        return single(learned, asked, threads, params)
    if name == "t":
        return models[1].predict(asked, threads=threads) - models[0].predict(asked, threads=threads)
    if name == "x":
        return _crossed(learned, models, asked, threads, params)
    return doubly_robust(learned, seed=seed, threads=threads, params=params).predict(asked, threads=threads)


def single(learned: Sample, asked: Numbers, threads: int, params: Mapping[str, Any] | None) -> Numbers:
    """One model in which the treatment is a fact among others; the effect is what changing it changes."""
    model = regressor.fit(
        np.column_stack([learned.matrix, learned.treated]),
        learned.outcome,
        categorical=learned.categorical,
        params=params,
        threads=threads,
    )
    without, given = (
        model.predict(np.column_stack([asked, np.full(len(asked), value)]), threads=threads) for value in (0.0, 1.0)
    )
    return given - without


def _crossed(
    learned: Sample,
    models: tuple[Regressor, Regressor],
    asked: Numbers,
    threads: int,
    params: Mapping[str, Any] | None,
) -> Numbers:
    """Impute each group's effects with the other group's model, learn both, and weigh them by who was treated."""
    control, given = models
    settings = {**(params or {}), **SECOND_STAGE}
    share = float(learned.treated.mean())
    told = []
    for rows, imputed in (
        (learned.treated, learned.outcome - control.predict(learned.matrix, threads=threads)),
        (~learned.treated, given.predict(learned.matrix, threads=threads) - learned.outcome),
    ):
        model = regressor.fit(
            learned.matrix[rows],
            imputed[rows],
            categorical=learned.categorical,
            params=settings,
            threads=threads,
        )
        told.append(model.predict(asked, threads=threads))
    return (1 - share) * told[0] + share * told[1]
