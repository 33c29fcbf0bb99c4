"""What to do after a trial: whom to treat with what, or the best single treatment where nobody differs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from regua.columns import Numbers
from training.causal.ranking import Estimate, replicates
from training.causal.trial import Trial

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
    control: str, arms: Mapping[str, "ArmStudy"], values: Mapping[str, Estimate]
) -> tuple[str, tuple[str, ...]]:
    """Name what to do, and say why in sentences."""
    words = [_of_arm(arm, control) for arm in arms.values()]
    best = max(arms.values(), key=lambda arm: arm.ate.value)
    shown = f"{best.ate.value:+.4g} [{best.ate.low:+.4g}, {best.ate.high:+.4g}]"
    single = best.arm if best.ate.low > 0 else control
    if not any(arm.is_heterogeneous for arm in arms.values()):
        if single == control:
            words.append(f"No treatment was shown to help: the best single choice is {control} ({best.arm}: {shown}).")
        else:
            words.append(f"The best single treatment for everybody is {best.arm}: {shown} a head over {control}.")
        return single, tuple(words)
    if values[TARGETED].value <= values[single].value:
        words.append(f"Choosing by predicted effect earns no more than {single} for everybody: take that ({shown}).")
        return single, tuple(words)
    gain = values[TARGETED].value - values[single].value
    words.append(f"Choosing by predicted effect earns {gain:+.4g} a head over {single} for everybody.")
    return TARGETED, tuple(words)


def warnings(trial: Trial, arms: Mapping[str, "ArmStudy"]) -> tuple[str, ...]:
    """Say what a reader should know before believing the figures."""
    told = []
    for name, arm in arms.items():
        seen = arm.overlap
        if seen["propensity"] == "estimated":
            told.append(
                f"{name}: facts tell who was treated (AUC {seen['auc_of_treatment']:.2f}), so this is no randomised "
                "trial, or a column was written after the treatment; effects hold only if nothing else decided"
            )
        if seen["share_without_support"] > 0.01:
            told.append(
                f"{name}: {100 * seen['share_without_support']:.1f} % of rows have nobody to compare with; left out"
            )
        if seen["effective_of_rows"] < FEW_EFFECTIVE:
            told.append(f"{name}: propensities so uneven that {seen['effective_rows']:.0f} rows count")
        if arm.is_heterogeneous and arm.stability is not None and arm.stability.agreement < UNSTABLE:
            told.append(
                f"{name}: whom it would treat depends on how folds fell (rank correlation "
                f"{arm.stability.agreement:.2f}); average over seeds before using it"
            )
    if trial.facts.left_out:
        told.append(f"columns that tell nothing, or name rows: {', '.join(trial.facts.left_out)}")
    return tuple(told)


def _of_arm(arm: "ArmStudy", control: str) -> str:
    qini = arm.measured[arm.chosen]["qini"].value
    test = f"Qini {qini:.4f}, chance reaches {arm.permuted.best_chance_95:.4f}, p = {arm.permuted.best_p_value:.3f}"
    if not arm.is_heterogeneous:
        return (
            f"{arm.arm} against {control}: no detectable heterogeneity ({test}). "
            f"Of {arm.power.cases:,} cases a spread of effects (standard deviation) below {arm.power.spread:.3g} "
            "could not have been seen, even ranked without a mistake."
        )
    return f"{arm.arm} against {control}: changes some more than others ({test})."
