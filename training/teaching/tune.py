"""Search a few settings of the booster, and keep the defaults unless what was found is better beyond doubt.

Customers are divided in three: a part learns, a part judges the trials, and a part that the search never saw says what
was gained. A search that tries fifty settings on a small set finds one that looks better by luck; nobody tunes for that.
"""  # noqa: E501

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from models.base import ModelSpec
from models.encode import Encoder
from models.resample import Estimate, weighted_mean
from regua.clock import Clock, SystemClock
from regua.columns import Numbers
from regua.dice import draw, identity
from regua.records import canonical, digest
from training.examples import Examples, drawn_by_customer
from training.teaching import trials as tried
from training.teaching.fit import LAYOUT, lightgbm_dataset
from training.teaching.trials import Effort, Search, Tried

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
_JUDGES, _PROVES = 0.2, 0.2
_LEAST_OF_EACH = 5


@dataclass(frozen=True, slots=True)
class Tuned:
    """Settings to learn with, and what the search for them came to.

    Parameters
    ----------
    params
        LightGBM parameters with ``num_iterations``: the best found, or the defaults where that is no better.
    log_loss
        The best loss on the judging customers; None where nothing was searched.
    trials
        Loss by trial, the defaults first; a trial that was given up counts with its loss by then.
    pruned
        How many trials were given up before their end.
    importance
        How much each setting mattered, shares that sum to one; empty below four trials.
    gain
        Log loss saved over the defaults, a case, on customers the search never saw.
    kept_defaults
        The interval of the gain includes zero, or the defaults were best: they are kept.
    """

    params: dict[str, Any]
    log_loss: float | None
    trials: tuple[float, ...]
    pruned: int = 0
    importance: Mapping[str, float] = field(default_factory=dict)
    gain: Estimate | None = None
    kept_defaults: bool = True


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
    minutes: float | None = None,
    storage: Path | None = None,
    clock: Clock | None = None,
    progress: Callable[[str], None] | None = None,
) -> Tuned:
    """Find settings by log loss on a fifth of the learning customers, and prove them on another fifth.

    Parameters
    ----------
    train
        Learning cases; at most ``rows`` of them, drawn by customer, enter the search.
    trials
        How many settings to try; the first are the defaults, then Optuna's tree-structured Parzen estimator. A trial
        that is worse than the median of the others at the same round is given up.
    trees
        Most trees; fewer where the judging customers gain nothing for twenty rounds.
    seed, threads
        Key of chance; threads of LightGBM. The same data, seed and threads give the same settings.
    minutes
        Search until they have passed, instead of by trials: no longer the same on every machine.
    storage
        File of lines to go on from, under the folder of the run; in memory when None.
    clock
        What minutes are read from.
    """
    sample = train.take(drawn_by_customer(train.customer, rows, f"tune/{spec.name}", seed))
    luck = draw(identity(sample.customer), "tune/held_back", 0, seed)
    learn, judge, prove = (
        sample.take(mask)
        for mask in (luck >= _JUDGES + _PROVES, luck < _JUDGES, (luck >= _JUDGES) & (luck < _JUDGES + _PROVES))
    )
    if min(min(part.positives, len(part) - part.positives) for part in (learn, judge, prove)) < _LEAST_OF_EACH:
        return untuned(seed=seed, threads=threads)
    threads = worth_having(threads, len(learn))
    fixed = {**_EVERY_BOOSTER, "seed": seed, "num_threads": threads}
    directions = [spec.monotone.get(name, 0) for name in encoder.features]
    bench = _Bench(encoder, learn, judge, {**fixed, "monotone_constraints": directions}, trees)
    found = tried.run(
        f"{spec.name} {bench.digest()}",
        Effort(trials, minutes, storage, clock or SystemClock()),
        _FIRST,
        _suggest,
        bench.loss,
        seed=seed,
        progress=lambda done: progress(f"{spec.name}: trial {done} of {trials}") if progress else None,
    )
    gain = bench.gain(found, prove)
    better = gain is not None and gain.low > 0
    chosen = found.best if better else found.first
    return Tuned(
        {**fixed, **chosen.settings, "num_iterations": chosen.trees},
        found.best.loss,
        tuple(one.loss for one in found.tried),
        sum(one.is_pruned for one in found.tried),
        found.importance,
        gain,
        not better,
    )


def worth_having(threads: int, rows: int) -> int:
    """Return how many of LightGBM's threads so many rows keep busy; more would only wait for one another.

    Examples
    --------
    >>> worth_having(4, 15_000), worth_having(4, 45_000)
    (1, 3)
    """
    return min(threads, 1 + rows // _ROWS_WORTH_A_THREAD)


class _Bench:
    """Where settings are tried: the same learning and judging cases for all of them."""

    def __init__(
        self, encoder: Encoder, learn: Examples, judge: Examples, fixed: Mapping[str, Any], trees: int
    ) -> None:
        self.encoder, self.learn, self.judge = encoder, learn, judge
        self.fixed, self.trees = fixed, trees
        self.learning = lightgbm_dataset(encoder, learn).construct()
        self.judging = lightgbm_dataset(encoder, judge, reference=self.learning).construct()

    def digest(self) -> str:
        """Name what is searched on: other cases or other fixed settings are another search."""
        settings = {key: value for key, value in self.fixed.items() if key != "num_threads"} | {"trees": self.trees}
        content = [canonical(settings)]
        for part in (self.learn, self.judge):
            content += [self.encoder.encode(part.columns).tobytes(), part.label.tobytes(), part.weight.tobytes()]
        return digest(b"".join(content))[:16]

    def loss(self, trial: Any, settings: Mapping[str, Any]) -> tuple[float, int]:
        """Learn with some settings; give up once they are worse than most."""
        import lightgbm
        import optuna

        def report(now: Any) -> None:
            if (now.iteration + 1) % tried.REPORT_EVERY == 0:
                trial.report(float(now.evaluation_result_list[0][2]), now.iteration + 1)
                if trial.should_prune():
                    raise optuna.TrialPruned

        booster = lightgbm.train(
            {**self.fixed, **settings, "metric": "binary_logloss"},
            self.learning,
            num_boost_round=self.trees,
            valid_sets=[self.judging],
            callbacks=[lightgbm.early_stopping(_PATIENCE, verbose=False), report],
        )
        return float(booster.best_score["valid_0"]["binary_logloss"]), max(int(booster.best_iteration), _LEAST_TREES)

    def gain(self, found: Search, prove: Examples) -> Estimate | None:
        """Estimate what the best settings save over the defaults; None where the defaults are the best."""
        if found.best == found.first:
            return None
        saved = self._losses(found.first, prove) - self._losses(found.best, prove)
        return weighted_mean(saved, prove.weight, prove.customer)

    def _losses(self, one: Tried, prove: Examples) -> Numbers:
        import lightgbm

        booster = lightgbm.train({**self.fixed, **one.settings}, self.learning, num_boost_round=one.trees)
        said = np.asarray(booster.predict(self.encoder.encode(prove.columns), num_threads=1), np.float64)
        said = np.clip(said, 1e-6, 1 - 1e-6)
        return np.asarray(-np.where(prove.label > 0, np.log(said), np.log1p(-said)), np.float64)


def _suggest(trial: Any) -> dict[str, Any]:
    return {
        "num_leaves": trial.suggest_int("num_leaves", 4, 31),
        "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 20, 300, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 0.04, 0.15, log=True),
        "feature_fraction": trial.suggest_float("feature_fraction", 0.3, 1.0),
        "lambda_l2": trial.suggest_float("lambda_l2", 0.1, 50.0, log=True),
    }
