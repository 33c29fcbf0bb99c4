"""Study a trial: what each treatment does on average, whether it does it to some more than to others, and to whom."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from regua.columns import Array, Numbers
from training.causal import groups, learners, propensities, ranking, stability
from training.causal.groups import Grouped
from training.causal.learners import LEARNERS, CrossFitted, Sample
from training.causal.power import Power, power
from training.causal.ranking import Compared, Curve, Estimate, Permuted
from training.causal.stability import Stability
from training.causal.trial import Trial
from training.offpolicy.estimators import effective

ALPHA = 0.05
"""A permutation test above this finds no heterogeneity."""

SURE_FROM = 0.5
_ONE_PLACE = 0


@dataclass(frozen=True, slots=True)
class Effort:
    """How much chance to compute: bootstrap and permutation replicates, and further seeds for stability."""

    bootstrap: int = 200
    permutations: int = 300
    seeds: int = 2


@dataclass(frozen=True, slots=True, eq=False)
class ArmStudy:
    """One treatment against the control.

    Parameters
    ----------
    ate
        Average effect, doubly robust, with its interval.
    difference
        Average effect as the plain (weighted) difference of means.
    measured
        By learner: ``qini``, ``auuc``, ``uplift_at_10`` … each an estimate.
    permuted
        What chance alone would do.
    chosen
        Learner with the largest Qini, tested as the best of those tried.
    effect
        ``(n,)`` predicted effects of the chosen learner for every row of the trial, cross-fitted.
    power
        What so many cases could have shown.
    """

    arm: str
    rows: Mapping[str, int]
    overlap: Mapping[str, Any]
    ate: Estimate
    difference: Estimate
    measured: Mapping[str, Mapping[str, Estimate]]
    permuted: Permuted
    chosen: str
    grouped: Grouped
    stability: Stability | None
    power: Power
    curve: Curve = field(repr=False)
    effect: Numbers = field(repr=False)

    @property
    def is_heterogeneous(self) -> bool:
        """Whether effects were shown to differ between people, beyond what trying several learners wins by luck."""
        return self.permuted.best_p_value < ALPHA and self.measured[self.chosen]["qini"].low > 0

    def to_json(self) -> dict[str, Any]:
        """Return the study of one treatment as plain data."""
        return {
            "arm": self.arm,
            "rows": dict(self.rows),
            "overlap": dict(self.overlap),
            "ate": self.ate.to_json(),
            "difference": self.difference.to_json(),
            "learners": {
                name: {what: one.to_json() for what, one in told.items()}
                | {"p_value": self.permuted.p_value[name], "chance_95": self.permuted.chance_95[name]}
                for name, told in self.measured.items()
            },
            "chosen": self.chosen,
            "p_value": self.permuted.best_p_value,
            "chance_95": self.permuted.best_chance_95,
            "is_heterogeneous": self.is_heterogeneous,
            "groups": {str(name): share for name, share in self.grouped.shares.items()},
            "tenths": [one.to_json() for one in self.grouped.tenths],
            "power": self.power.to_json(),
            "margin": self.grouped.margin,
            "sure_from": self.grouped.sure_from,
            "stability": None
            if self.stability is None
            else {"agreement": self.stability.agreement, "qini": list(self.stability.qini)},
            "curve": {"share": self.curve.share.tolist(), "gain": self.curve.gain.tolist()},
        }


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """What a trial showed.

    ``policies`` are values per head of treating nobody, everybody with one treatment, and by predicted effects.
    """

    control: str
    rows: int
    customers: int
    features: tuple[str, ...]
    left_out: tuple[str, ...]
    arms: Mapping[str, ArmStudy]
    policies: Mapping[str, Estimate]
    recommended: str
    advice: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def is_heterogeneous(self) -> bool:
        """Whether any treatment was shown to change some more than others."""
        return any(arm.is_heterogeneous for arm in self.arms.values())

    def to_json(self) -> dict[str, Any]:
        """Return the study as plain data."""
        return {
            "control": self.control,
            "rows": self.rows,
            "customers": self.customers,
            "features": list(self.features),
            "left_out": list(self.left_out),
            "arms": {name: arm.to_json() for name, arm in self.arms.items()},
            "policies": {name: one.to_json() for name, one in self.policies.items()},
            "is_heterogeneous": self.is_heterogeneous,
            "recommended": self.recommended,
            "advice": list(self.advice),
            "warnings": list(self.warnings),
        }


def study(
    trial: Trial,
    *,
    tried: Sequence[str] = LEARNERS,
    effort: Effort | None = None,
    margin: float | None = None,
    sure_from: float | None = None,
    seed: int = 7,
    threads: int = 1,
    params: Mapping[str, Any] | None = None,
    progress: Callable[[str], None] | None = None,
    language: str = "en",
) -> Study:
    """Study every treatment of a trial against its control.

    Parameters
    ----------
    tried
        Learners among s, t, x, dr.
    margin
        An effect within ± this is as good as none; a quarter of the largest average effect when None.
    sure_from
        Outcome without treatment from which somebody is a sure thing; one half for yes or no, the control's mean for
        amounts, when None.
    language
        Of the advice and the warnings.
    """
    from training.causal import advice

    effort, say = effort or Effort(), progress or _quiet
    arms = {}
    for arm in trial.arms:
        say(f"{arm} against {trial.control}: {', '.join(tried)}")
        arms[arm] = _studied(trial, arm, tried, effort, margin, sure_from, seed, threads, params)
    say("values of policies")
    policies = advice.policies(trial, arms, draws=effort.bootstrap, seed=seed)
    recommended, words = advice.recommend(trial.control, arms, policies, language)
    return Study(
        trial.control,
        len(trial),
        len(set(trial.customer.tolist())),
        trial.facts.names,
        trial.facts.left_out,
        arms,
        policies,
        recommended,
        words,
        advice.warnings(trial, arms, language),
    )


def _studied(
    trial: Trial,
    arm: str,
    tried: Sequence[str],
    effort: Effort,
    margin: float | None,
    sure_from: float | None,
    seed: int,
    threads: int,
    params: Mapping[str, Any] | None,
) -> ArmStudy:
    overlap = propensities.overlap(trial, arm, seed=seed, threads=threads, params=params)
    fitted = learners.cross_fit(trial, arm, overlap, learners=tried, seed=seed, threads=threads, params=params)
    mine = learners.sample(trial, arm, overlap)
    rows = np.flatnonzero(trial.rows_of(arm))[overlap.kept]
    compared = Compared(mine.treated, mine.outcome, mine.weight, mine.customer)
    scores = {name: effect[rows] for name, effect in fitted.effect.items()}
    measured = ranking.measured(compared, scores, effort.bootstrap, seed)
    chosen = max(scores, key=lambda name: measured[name]["qini"].value)
    found, drawn = _average(mine, fitted, rows, effort.bootstrap, seed)
    base = SURE_FROM if trial.is_binary else float(trial.outcome[trial.treatment == trial.control].mean())
    grouped = groups.group(
        mine,
        scores[chosen],
        fitted.untreated[rows],
        fitted.treated[rows],
        margin=abs(found) / 4 if margin is None else margin,
        sure_from=base if sure_from is None else sure_from,
        number=effort.bootstrap,
        seed=seed,
    )
    permuted = ranking.permuted(compared, scores, effort.permutations, seed)
    return ArmStudy(
        arm,
        {"treated": int(mine.treated.sum()), "control": int((~mine.treated).sum())},
        overlap.told() | {"effective_of_rows": effective(mine.weight) / max(len(mine.weight), 1)},
        Estimate.of(found, drawn),
        measured[chosen]["ate"],
        measured,
        permuted,
        chosen,
        grouped,
        stability.again(trial, arm, overlap, chosen, fitted, compared, rows, effort.seeds, seed, threads, params),
        power(compared, permuted.best_chance_95),
        ranking.curve(compared.sums(ranking.places(scores[chosen]))),
        fitted.effect[chosen],
    )


def _average(sample: Sample, fitted: CrossFitted, rows: Array, number: int, seed: int) -> tuple[float, list[float]]:
    everyone = np.full(len(rows), _ONE_PLACE)
    outcomes = fitted.untreated[rows], fitted.treated[rows]
    found = float(groups.effects(sample, everyone, *outcomes)[0, 0])
    return found, [
        float(groups.effects(sample, everyone, *outcomes, times)[0, 0])
        for times in ranking.replicates(sample.customer, number, seed)
    ]


def _quiet(_: str) -> None:
    return None
