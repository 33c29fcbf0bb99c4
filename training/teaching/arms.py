"""Arms that share what they know: one booster of all choices together, and from it a short way on for each arm.

Effects of a contact are small beside the differences between people. Boosters of separate arms each guess those
differences anew, and whoever picks the best of eight guesses picks the luckiest. So what is common is learned once,
from all arms, and cancels out of every comparison. An arm adds a few cautious trees of its own where it has cases
enough, and a level: partial pooling, as far as the arms are found to stray (:mod:`training.teaching.levels`). Shape is
calibrated once, on all arms together.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from models import calibrate
from models.artifact import Artifact
from models.base import ModelSpec
from models.calibrate import Calibration
from models.encode import Encoder
from regua.columns import Array, Flags, Numbers
from training.examples import Examples
from training.judging.split import Folds
from training.teaching import fit, levels, own_facts

if TYPE_CHECKING:
    import lightgbm

TREE_WEIGHT_MAXIMUM = 5.0
"""Heavier cases shape no tree: a few of them would be learned by heart. Levels are estimated with full weights."""

BELIEVED_SPREAD = 0.3
"""Standard deviation of arms around their common level, in log-odds, where too few arms tell: a guess."""

WIDE_SPREAD: Mapping[str, float] = {"contactability": 1.0, "offer_response": 1.0}
"""The same for models whose arms differ by kind and not by a nuance: a letter is noticed otherwise than a message."""

OWN_TREES: Mapping[str, Any] = {
    "num_iterations": 15,
    "learning_rate": 0.03,
    "num_leaves": 4,
    "min_data_in_leaf": 300,
    "lambda_l2": 100.0,
}


@dataclass(frozen=True, slots=True, eq=False)
class Arms:
    """Artifacts by arm, and the calibration they share but for their levels."""

    artifacts: Mapping[str, Artifact]
    shape: Calibration


def fit_all(
    spec: ModelSpec,
    encoder: Encoder,
    examples: Examples,
    arm: Array,
    folds: Folds,
    params: Mapping[str, Any],
    *,
    threads: int,
    shape: Calibration | None = None,
) -> Arms:
    """Learn every arm of a model that has cases; the same cases and parameters give the same bytes.

    Parameters
    ----------
    examples, arm
        Cases and the arm of each, ``(n,)``; weights are inverse propensities.
    folds
        Trees are learned on ``train``, levels on ``train`` and ``calibrate``, the shape on ``calibrate``.
    params
        LightGBM parameters of the common booster.
    shape
        The calibration of an earlier fit, kept where no unseen cases are left to find one on.
    """
    examples = own_facts.in_one_place(spec, examples, arm)
    taught = examples.take(folds.train)
    start = _start(spec, taught, arm[folds.train])
    # Told to set out from nothing, trees would have to find the average first; told nothing, they begin there.
    each = np.array([start[str(one)] for one in arm[folds.train]]) if start else None
    common = fit.booster(spec, "", encoder, light(taught), _none(examples), params, start=each)
    with ThreadPoolExecutor(threads) as pool:
        # Small boosters gain nothing from threads; side by side they do, and no bit depends on it.
        alone = {**params, **OWN_TREES, "num_threads": 1}
        made = pool.map(
            lambda one: _arm(
                spec,
                one,
                encoder,
                examples.take(folds.train & (arm == one)),
                _lifted(common, start.get(one, 0.0)),
                alone,
            ),
            spec.arms,
        )
    found = {one: artifact for one, artifact in zip(spec.arms, made, strict=True) if artifact is not None}
    raw, shift = _levelled(spec, common, found, examples, arm, folds.train | folds.calibrate)
    if shape is None:
        late = np.flatnonzero(folds.calibrate & np.isin(arm.astype(str), list(found)))
        shape = calibrate.fit_line(raw[late], examples.label[late], examples.weight[late])
    sealed = {
        one: fit.with_calibration(own_facts.at_home(artifact, spec, one), calibrate.shifted(shape, shift[one]))
        for one, artifact in found.items()
    }
    return Arms(sealed, shape)


def fit_on_everything(
    spec: ModelSpec,
    encoder: Encoder,
    examples: Examples,
    arm: Array,
    params: Mapping[str, Any],
    judged: Arms,
    *,
    threads: int,
) -> dict[str, Artifact]:
    """Learn the arms again from every case there is, once their like has been judged on cases it had not seen.

    The figures stay those of the judged, which learned from fewer cases; so does the shape of the calibration.
    """
    everything, nothing = np.ones(len(examples), bool), np.zeros(len(examples), bool)
    folds = Folds(everything, nothing, nothing, "everything", None, None)
    return dict(fit_all(spec, encoder, examples, arm, folds, params, threads=threads, shape=judged.shape).artifacts)


def light(examples: Examples) -> Examples:
    """Cut the weights for learning trees."""
    return replace(examples, weight=np.minimum(examples.weight, TREE_WEIGHT_MAXIMUM))


def _arm(
    spec: ModelSpec, arm: str, encoder: Encoder, train: Examples, start: "lightgbm.Booster", params: Mapping[str, Any]
) -> Artifact | None:
    if not len(train):
        return None
    trees = params["num_iterations"] if fit.refusal(spec, train) is None else 0
    return fit.booster(
        spec, arm, encoder, light(train), _none(train), {**params, "num_iterations": trees}, goes_on_from=start
    )


def _start(spec: ModelSpec, train: Examples, arm: Array) -> Mapping[str, float]:
    """Return from what log-odds each arm sets out, where arms differ by kind: how often it is answered by whomever.

    Told that, trees need not guess the arm by whom the old policy sent it to. Where cases weigh the more the more
    seldom their arm was chosen, there is nothing to guess.
    """
    if spec.name not in WIDE_SPREAD:
        return {}
    heard = {
        one: levels.Heard(np.zeros(len(mine)), mine.label, mine.weight)
        for one in spec.arms
        if len(mine := train.take(arm == one))
    }
    return levels.estimate(heard, believed=_believed(spec)).shift


def _lifted(common: Artifact, start: float) -> "lightgbm.Booster":
    """Return the common booster with an arm's start in it, for its own trees to go on from."""
    import lightgbm

    booster = lightgbm.Booster(model_str=common.booster_text)
    for leaf, value in enumerate(_leaves(booster)):
        booster.set_leaf_output(0, leaf, value + start)
    return booster


def _leaves(booster: "lightgbm.Booster") -> list[float]:
    """Return what the leaves of the first tree say."""
    text = booster.model_to_string(num_iteration=1)
    line = next(line for line in text.splitlines() if line.startswith("leaf_value="))
    return [float(value) for value in line.removeprefix("leaf_value=").split(" ")]


def _believed(spec: ModelSpec) -> float:
    return WIDE_SPREAD.get(spec.name, BELIEVED_SPREAD)


def _levelled(
    spec: ModelSpec, common: Artifact, found: Mapping[str, Artifact], examples: Examples, arm: Array, known: Flags
) -> tuple[Numbers, dict[str, float]]:
    """Return the levelled log-odds of the known cases, ``(n,)``, and what brings each arm to its level.

    How often an arm is answered is estimated on what all share; its own trees say who, and not how often.
    """
    raw, heard, rows = np.zeros(len(examples)), {}, {}
    for one in found:
        rows[one] = np.flatnonzero((arm == one) & known)
        mine = examples.take(rows[one])
        heard[one] = levels.Heard(common.raw(common.encoder.encode(mine.columns)), mine.label, mine.weight)
    level = levels.estimate(heard, believed=_believed(spec))
    shift = {}
    for one, artifact in found.items():
        mine, told = examples.take(rows[one]), heard[one]
        raw[rows[one]] = artifact.raw(artifact.encoder.encode(mine.columns))
        wanted = 1.0 / (1.0 + np.exp(-(told.raw + level.shift[one])))
        shift[one] = levels.meeting(raw[rows[one]], wanted, told.weight)
        raw[rows[one]] += shift[one]
    return raw, shift


def _none(examples: Examples) -> Examples:
    return examples.take(slice(0, 0))
