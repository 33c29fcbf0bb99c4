"""Search a few settings of the booster, the same few on every machine: seeded, counted in trials, never in seconds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.base import ModelSpec
from models.encode import Encoder
from regua.dice import draw, identity
from training.examples import Examples, drawn_by_customer
from training.teaching.fit import LAYOUT, lightgbm_dataset

_EVERY_BOOSTER: Mapping[str, Any] = {
    "objective": "binary",
    **LAYOUT,
    "cat_smooth": 20,
    "min_data_per_group": 50,
}
_FIRST = {"num_leaves": 15, "min_data_in_leaf": 60, "learning_rate": 0.08, "feature_fraction": 0.7, "lambda_l2": 5.0}
_PATIENCE = 20
_LEAST_TREES = 10
_ROWS_WORTH_A_THREAD = 20_000


@dataclass(frozen=True, slots=True)
class Tuned:
    """The settings that did best on customers held back from the search, and how well: log loss by trial."""

    params: dict[str, Any]
    log_loss: float | None
    trials: tuple[float, ...]


def untuned(*, seed: int, threads: int, trees: int = 80) -> Tuned:
    """Return the settings every search starts from, for data too small to search on."""
    return Tuned({**_EVERY_BOOSTER, **_FIRST, "seed": seed, "num_threads": threads, "num_iterations": trees}, None, ())


def search(
    spec: ModelSpec,
    encoder: Encoder,
    train: Examples,
    *,
    trials: int,
    rows: int,
    trees: int,
    seed: int,
    threads: int,
    progress: Callable[[str], None] | None = None,
) -> Tuned:
    """Find settings by log loss on a quarter of the training customers.

    Parameters
    ----------
    train
        Learning cases; at most ``rows`` of them, drawn by customer, enter the search.
    trials
        How many settings to try; the first are the defaults, then Optuna's tree-structured Parzen estimator.
    trees
        Most trees; fewer where the held-back customers gain nothing for twenty rounds.
    seed, threads
        Key of chance; threads of LightGBM. The same data, seed and threads give the same settings.
    """
    import lightgbm
    import optuna

    sample = train.take(drawn_by_customer(train.customer, rows, f"tune/{spec.name}", seed))
    held_back = draw(identity(sample.customer), "tune/held_back", 0, seed) < 0.25
    learn, judge = sample.take(~held_back), sample.take(held_back)
    if min(learn.positives, judge.positives) < 5 or min(len(x) - x.positives for x in (learn, judge)) < 5:
        return untuned(seed=seed, threads=threads)
    threads = min(threads, 1 + len(learn) // _ROWS_WORTH_A_THREAD)
    fixed = {**_EVERY_BOOSTER, "seed": seed, "num_threads": threads, "metric": "binary_logloss"}
    fixed["monotone_constraints"] = [spec.monotone.get(name, 0) for name in encoder.features]
    learning = lightgbm_dataset(encoder, learn).construct()
    judging = lightgbm_dataset(encoder, judge, reference=learning).construct()

    def loss(trial: optuna.Trial) -> float:
        booster = lightgbm.train(
            {**fixed, **_suggest(trial)},
            learning,
            num_boost_round=trees,
            valid_sets=[judging],
            callbacks=[lightgbm.early_stopping(_PATIENCE, verbose=False)],
        )
        trial.set_user_attr("trees", max(int(booster.best_iteration), _LEAST_TREES))
        if progress:
            progress(f"{spec.name}: trial {trial.number + 1} of {trials}")
        return float(booster.best_score["valid_0"]["binary_logloss"])

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=3))
    study.enqueue_trial(dict(_FIRST))
    study.optimize(loss, n_trials=trials)
    params = {key: value for key, value in fixed.items() if key not in ("metric", "monotone_constraints")}
    best = {**params, **study.best_params, "num_iterations": study.best_trial.user_attrs["trees"]}
    return Tuned(best, float(study.best_value), tuple(float(np.float64(t.value)) for t in study.trials))


def _suggest(trial: Any) -> dict[str, Any]:
    return {
        "num_leaves": trial.suggest_int("num_leaves", 4, 31),
        "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 20, 300, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 0.04, 0.15, log=True),
        "feature_fraction": trial.suggest_float("feature_fraction", 0.3, 1.0),
        "lambda_l2": trial.suggest_float("lambda_l2", 0.1, 50.0, log=True),
    }
