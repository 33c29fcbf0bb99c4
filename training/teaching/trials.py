"""Try settings one after another, the same ones on every machine, and go on where an earlier search was cut short.

The sampler is made anew for each trial from the seed and the number of trials finished before it, so what is tried
next depends on what was learned and on nothing a killed process took with it. A trial that was cut short counts as
failed and is tried again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regua.clock import Clock, SystemClock
from regua.dice import draw, identity

if TYPE_CHECKING:
    import optuna

REPORT_EVERY = 10
"""Rounds of boosting between two looks at whether a trial is worth going on with."""

_RANDOM_TRIALS = 3
_WARM_UP_ROUNDS = 20
_ENOUGH_TO_COMPARE = 4


@dataclass(frozen=True, slots=True)
class Tried:
    """One trial: its settings, its loss (at the round it was given up, where it was), and how many trees were best."""

    settings: dict[str, Any]
    loss: float
    trees: int
    is_pruned: bool


@dataclass(frozen=True, slots=True)
class Search:
    """All trials in their order, and how much each setting mattered: shares that sum to one, empty where too few."""

    tried: tuple[Tried, ...]
    importance: Mapping[str, float] = field(default_factory=dict)

    @property
    def first(self) -> Tried:
        """The defaults."""
        return self.tried[0]

    @property
    def best(self) -> Tried:
        """The trial with the least loss among those that ran to their end; the earlier of two alike."""
        return min((one for one in self.tried if not one.is_pruned), key=lambda one: one.loss)


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to search: by trials, which gives the same result anywhere, or until minutes have passed.

    ``storage`` is a file of lines that outlives the process; in memory when None.
    """

    trials: int
    minutes: float | None = None
    storage: Path | None = None
    clock: Clock = field(default_factory=SystemClock)


def run(
    name: str,
    effort: Effort,
    defaults: Mapping[str, Any],
    suggest: "Callable[[optuna.Trial], dict[str, Any]]",
    loss: "Callable[[optuna.Trial, dict[str, Any]], tuple[float, int]]",
    *,
    seed: int,
    progress: Callable[[int], None] | None = None,
) -> Search:
    """Search.

    Parameters
    ----------
    name
        Names the search in the storage; another name, such as one with another digest of the data, starts anew.
    defaults
        What is tried first.
    suggest, loss
        Settings of a trial; and what they come to, with the number of trees. May raise ``optuna.TrialPruned``.
    progress
        Told how many trials are finished.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        study_name=name,
        storage=_storage(effort.storage),
        load_if_exists=True,
        pruner=optuna.pruners.MedianPruner(n_startup_trials=_RANDOM_TRIALS, n_warmup_steps=_WARM_UP_ROUNDS),
    )
    for cut_short in study.get_trials(states=(optuna.trial.TrialState.RUNNING,)):
        study.tell(cut_short.number, state=optuna.trial.TrialState.FAIL)
    until = None if effort.minutes is None else effort.clock.now() + timedelta(minutes=effort.minutes)
    while not _is_over(study, effort, until):
        done = len(_finished(study))
        study.sampler = optuna.samplers.TPESampler(seed=_key(seed, done), n_startup_trials=_RANDOM_TRIALS)
        if not done and not study.get_trials(states=(optuna.trial.TrialState.WAITING,)):
            study.enqueue_trial(dict(defaults))
        _one(study, suggest, loss)
        if progress:
            progress(done + 1)
    finished = _finished(study)
    return Search(
        tuple(_tried(trial) for trial in (finished if effort.minutes else finished[: effort.trials])),
        _importance(study, seed),
    )


def _one(study: Any, suggest: Any, loss: Any) -> None:
    import optuna

    trial = study.ask()
    settings = suggest(trial)
    try:
        value, trees = loss(trial, settings)
    except optuna.TrialPruned:
        study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        return
    trial.set_user_attr("trees", trees)
    study.tell(trial, value)


def _is_over(study: Any, effort: Effort, until: Any) -> bool:
    done = len(_finished(study))
    if until is None:
        return done >= effort.trials
    return done > 0 and effort.clock.now() >= until


def _finished(study: Any) -> list[Any]:
    from optuna.trial import TrialState

    return list(study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED)))


def _tried(trial: Any) -> Tried:
    from optuna.trial import TrialState

    return Tried(
        dict(trial.params),
        float(trial.value),
        int(trial.user_attrs.get("trees", 0)),
        trial.state == TrialState.PRUNED,
    )


def _importance(study: Any, seed: int) -> dict[str, float]:
    import optuna

    finished = study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,))
    if len(finished) < _ENOUGH_TO_COMPARE or len({trial.value for trial in finished}) < _ENOUGH_TO_COMPARE:
        return {}
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=_key(seed, 0))
    found = optuna.importance.get_param_importances(study, evaluator=evaluator)
    return {name: round(float(share), 6) for name, share in found.items()}


def _storage(path: Path | None) -> Any:
    import optuna

    if path is None:
        return None
    from training.teaching.journal import Journal

    return optuna.storages.JournalStorage(Journal(path))


def _key(seed: int, number: int) -> int:
    """Return the seed of one trial, alike on every machine."""
    return int(draw(identity([f"trial {number}"]), "tune", number, seed)[0] * 2**31)
