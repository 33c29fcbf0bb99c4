"""What would each action bring in each round? A reward model that has not seen the customer."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from regua.columns import Numbers
from training import regressor
from training.offpolicy.log import BanditLog

FOLDS = 3
_OWN_MODEL_ROWS = 1_000
_SHRINK_ROWS = 100.0


def expected(log: BanditLog, *, seed: int, threads: int = 1, params: Mapping[str, Any] | None = None) -> Numbers:
    """Return ``(n, actions)`` expected rewards, cross-fitted by customer.

    One model learns from all actions what to expect of the round. An action then adds its own mean residual, drawn
    towards none by the weight of 100 rounds, and where it was taken often enough a model of its own residuals.
    """
    fold = log.folds(seed, FOLDS)
    told = np.zeros((len(log), len(log.actions)))
    for one in range(FOLDS):
        here = fold == one
        if here.any() and not here.all():
            told[here] = _told(log, ~here, here, threads, params)
    return told


def _told(
    log: BanditLog,
    learns: np.ndarray[Any, Any],
    asks: np.ndarray[Any, Any],
    threads: int,
    params: Mapping[str, Any] | None,
) -> Numbers:
    matrix, kinds = log.facts.matrix, log.facts.categorical
    together = regressor.fit(matrix[learns], log.reward[learns], categorical=kinds, params=params, threads=threads)
    base = together.predict(matrix[asks], threads=threads)
    residual = log.reward[learns] - together.predict(matrix[learns], threads=threads)
    told = np.empty((int(asks.sum()), len(log.actions)))
    for action in range(len(log.actions)):
        mine = log.taken[learns] == action
        own = float(residual[mine].sum() / (mine.sum() + _SHRINK_ROWS))
        told[:, action] = base + own
        if mine.sum() >= _OWN_MODEL_ROWS and matrix.shape[1]:
            further = {**(params or {}), "min_data_in_leaf": 100, "lambda_l2": 50.0}
            model = regressor.fit(
                matrix[learns][mine], residual[mine] - own, categorical=kinds, params=further, threads=threads
            )
            told[:, action] += model.predict(matrix[asks], threads=threads)
    return told
