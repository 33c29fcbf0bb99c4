"""What to do after a trial: whom to treat with what, or the best single treatment where nobody differs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from regua.columns import Numbers
from training.causal.ranking import Estimate, replicates
from training.causal.trial import Trial
from training.causal.words import say

if TYPE_CHECKING:
    from training.causal.study import ArmStudy

FEW_EFFECTIVE = 0.3
UNSTABLE = 0.5
TARGETED = "by predicted effect"


def policies(trial: Trial, arms: Mapping[str, "ArmStudy"], *, draws: int, seed: int) -> dict[str, Estimate]:
    """Value policies per head by self-normalised inverse propensity, with 95 % intervals.

    Each row counts where the policy would have done what was done. ``by predicted effect`` gives everyone the
    treatment with the largest predicted effect among those shown to differ between people (the others count at their
    average), where it is above zero.
    """
    chance = received(trial)
    kinds = {trial.control: np.full(len(trial), trial.control, object)}
    kinds |= {arm: np.full(len(trial), arm, object) for arm in arms}
    if any(arm.is_heterogeneous for arm in arms.values()):
        kinds[TARGETED] = targeted(trial, arms)
    weights = {name: np.where(trial.treatment == chosen, 1.0 / chance, 0.0) for name, chosen in kinds.items()}
    below = np.column_stack(list(weights.values()))
    above = below * trial.outcome[:, None]
    drawn = np.array(
        [(times @ above) / np.maximum(times @ below, 1e-300) for times in replicates(trial.customer, draws, seed)]
    )
    low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
    value = above.sum(axis=0) / np.maximum(below.sum(axis=0), 1e-300)
    return {name: Estimate(float(value[at]), float(low[at]), float(high[at])) for at, name in enumerate(weights)}


def received(trial: Trial) -> Numbers:
    """Return ``(n,)`` the chance of what each row received: as logged, or the plain share of that treatment."""
    if trial.propensity is not None:
        return trial.propensity
    names, place, counts = np.unique(trial.treatment.astype(str), return_inverse=True, return_counts=True)
    del names
    return np.asarray(counts[place] / len(trial), np.float64)


def targeted(trial: Trial, arms: Mapping[str, "ArmStudy"]) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """Choose for everyone the treatment that is predicted to do most, or the control; ``(n,)`` names."""
    effect = [
        arm.effect if arm.is_heterogeneous else np.full(len(trial), arm.ate.value if arm.ate.low > 0 else 0.0)
        for arm in arms.values()
    ]
    table = np.column_stack([np.zeros(len(trial)), *effect])
    names = np.array([trial.control, *arms], object)
    return np.asarray(names[np.argmax(table, axis=1)], object)


def recommend(
    control: str, arms: Mapping[str, "ArmStudy"], values: Mapping[str, Estimate], language: str = "en"
) -> tuple[str, tuple[str, ...]]:
    """Name what to do, and say why in sentences."""
    words = [_of_arm(arm, control, language) for arm in arms.values()]
    best = max(arms.values(), key=lambda arm: arm.ate.value)
    shown = f"{best.ate.value:+.4g} [{best.ate.low:+.4g}, {best.ate.high:+.4g}]"
    single = best.arm if best.ate.low > 0 else control
    told = {"best": best.arm, "control": control, "shown": shown, "single": single}
    if not any(arm.is_heterogeneous for arm in arms.values()):
        words.append(say("nothing_helps" if single == control else "best_single", language, **told))
        return single, tuple(words)
    gain = values[TARGETED].value - values[single].value
    if gain <= 0:
        return single, (*words, say("no_more", language, **told))
    return TARGETED, (*words, say("earns", language, gain=gain, **told))


def warnings(trial: Trial, arms: Mapping[str, "ArmStudy"], language: str = "en") -> tuple[str, ...]:
    """Say what a reader should know before believing the figures."""
    told = []
    for name, arm in arms.items():
        seen = arm.overlap
        if seen["propensity"] == "estimated":
            told.append(say("not_randomised", language, arm=name, auc=seen["auc_of_treatment"]))
        if seen["share_without_support"] > 0.01:
            told.append(say("no_support", language, arm=name, share=100 * seen["share_without_support"]))
        if seen["effective_of_rows"] < FEW_EFFECTIVE:
            told.append(say("uneven", language, arm=name, rows=seen["effective_rows"]))
        if arm.is_heterogeneous and arm.stability is not None and arm.stability.agreement < UNSTABLE:
            told.append(say("unstable", language, arm=name, agreement=arm.stability.agreement))
    if trial.facts.left_out:
        told.append(say("left_out", language, names=", ".join(trial.facts.left_out)))
    return tuple(told)


def _of_arm(arm: "ArmStudy", control: str, language: str) -> str:
    reached = {"chance": arm.permuted.best_chance_95, "p": arm.permuted.best_p_value}
    test = say("test", language, qini=arm.measured[arm.chosen]["qini"].value, **reached)
    told = {"arm": arm.arm, "control": control, "test": test}
    if arm.is_heterogeneous:
        return say("differs", language, **told)
    return say("none_differs", language, cases=f"{arm.power.cases:,}", spread=arm.power.spread, **told)
