"""Teach the effect of each medium in one booster, or leave the medium out where nobody was shown to differ.

From choices left to chance, treated against peace: the learner is chosen by its Qini out of fold and its effects are
drawn towards the average. Then it must find more than chance: among customers it had not seen while learning and among
later cases of other people, both weighed by what they could have shown, and the later ones must not speak against it.
One that does not is left out: an average alone ranks nobody.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from models.artifact import Artifact
from models.calibrate import Calibration
from regua.columns import Array, Numbers, take
from regua.vocabulary import NOTHING
from training import regressor
from training.cases.uplift import IS_LOGGED
from training.causal import groups, one_booster, power, ranking
from training.causal.learners import LEARNERS, Sample
from training.causal.propensities import EDGE
from training.causal.ranking import Compared, Estimate
from training.causal.shrinking import Shrunk, shrink
from training.causal.trial import folds
from training.regressor import Regressor
from training.teaching import fit
from training.teaching.lesson import Lesson, Taught

ALPHA = 0.05
_PERMUTATIONS = 300
_SURE = 1.645
"""Errors of the average by which an effect must lie below zero to be told as harm: 95 % of one side."""
_BOOTSTRAP = 100
_GOLDEN_ROWS = 4
_PROPENSITY_FOLDS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What was found of one medium: why it is left out (empty where it is not), and its figures."""

    why: str
    figures: Mapping[str, Any]


def teach(lesson: Lesson) -> Taught:
    """Teach every medium; one too poor in cases, or without shown heterogeneity, is absent.

    The judged learns from the folds of learning and calibrating, the final from every case.
    """
    # Dozens of small boosters gain nothing from threads of their own; arms side by side do, and no bit depends on it.
    alone = replace(lesson, threads=1)
    with ThreadPoolExecutor(lesson.threads) as pool:
        taught = pool.map(lambda arm: _taught(alone, arm), lesson.spec.arms)
        found = dict(zip(lesson.spec.arms, taught, strict=True))
    judged = {arm: made[0] for arm, (made, _) in found.items() if made is not None}
    final = {arm: made[1] for arm, (made, _) in found.items() if made is not None}
    return Taught(judged, final, {arm: told.why for arm, (_, told) in found.items() if told.why})


def _taught(lesson: Lesson, arm: str) -> tuple[tuple[Artifact, Artifact] | None, Told]:
    comparable = _comparable(lesson, arm)
    seen = np.flatnonzero(comparable & (lesson.folds.train | lesson.folds.calibrate))
    later = np.flatnonzero(comparable & lesson.folds.test)
    if why := too_few(lesson, seen):
        return None, Told(why, {})
    chance, everything = _chance(lesson, arm, comparable), np.flatnonzero(comparable)
    learns = _sample(lesson, seen, chance)
    by_learner = {
        name: one_booster.cross_fitted(name, learns, seed=lesson.seed, threads=lesson.threads) for name in LEARNERS
    }
    compared = _compared(learns)
    qini = {name: ranking.curve(compared.sums(ranking.places(told))).qini for name, told in by_learner.items()}
    dealt = ranking.permuted(compared, by_learner, _PERMUTATIONS, lesson.seed)
    chosen = max(qini, key=lambda name: qini[name])
    pseudo, untreated, treated = one_booster.residuals(learns, seed=lesson.seed, threads=lesson.threads)
    line = shrink(learns, by_learner[chosen], pseudo)
    model = one_booster.teach(chosen, learns, seed=lesson.seed, threads=lesson.threads)
    could, other = power.error(compared), power.error(_compared(_sample(lesson, later, chance)))
    judged = _judge(lesson, later, chance, model)
    # All cases together are surer than those learned from, by as much as their error is smaller.
    surer = (1 + (could / max(other, 1e-12)) ** 2) ** -0.5
    figures: dict[str, Any] = {
        "learner": chosen,
        "qini_by_learner": qini,
        "shrink": line.to_json(),
        "ate": _average(learns, untreated, treated, lesson.seed).to_json(),
        "cases": {"treated": int(learns.treated.sum()), "control": int((~learns.treated).sum())},
        "cross_fitted": {"p_value": dealt.best_p_value, "chance_95": dealt.best_chance_95},
        "out_of_time": judged,
        "p_value": power.together((dealt.best_p_value, judged["p_value"]), (could, other), _PERMUTATIONS),
        "power": power.power(_compared(_sample(lesson, everything, chance)), surer * dealt.best_chance_95).to_json(),
    }
    if why := _nothing_shown(figures, model, line):
        return None, Told(why, figures)
    whole = one_booster.teach(chosen, _sample(lesson, everything, chance), seed=lesson.seed, threads=lesson.threads)
    if whole.booster is None:
        return None, Told("nothing to learn from in all cases together", figures)
    made = tuple(_artifact(lesson, arm, rows, one, line, figures) for rows, one in ((seen, model), (everything, whole)))
    return (made[0], made[1]), Told("", figures)


def too_few(lesson: Lesson, rows: Array) -> str:
    """Say why cases are too few to learn an effect from; empty where they are enough, treated and left in peace."""
    gates = lesson.spec.gates
    for is_treated, words in ((True, "treated"), (False, "left in peace")):
        mine = rows[(lesson.extras["is_treated"][rows] > 0) == is_treated]
        yes = int(lesson.examples.label[mine].sum())
        if len(mine) < gates.minimum_rows or min(yes, len(mine) - yes) < gates.minimum_positives:
            return (
                f"{len(mine)} cases {words} with {yes} payments; {gates.minimum_rows} cases and "
                f"{gates.minimum_positives} of each answer needed"
            )
    return ""


def _comparable(lesson: Lesson, arm: str) -> Array:
    """Find the cases of a medium and of peace in which that medium was open to the customer."""
    return np.isin(lesson.arm.astype(str), (arm, NOTHING)) & (lesson.extras[f"open_{arm}"] > 0)


def _chance(lesson: Lesson, arm: str, comparable: Array) -> Numbers:
    """Tell ``(n,)`` the chance of what was received, of the medium and peace.

    Where the log says what could be done it is known: the medium's candidates over them and peace. Elsewhere it is
    estimated out of fold from how many channels were open: a policy may have kept some of them back.
    """
    opened, treated_all = lesson.extras[f"open_{arm}"], lesson.extras["is_treated"] > 0
    known = np.where(treated_all, opened, 1.0) / (opened + 1.0)
    is_known = lesson.extras[IS_LOGGED] > 0
    rows = np.flatnonzero(comparable & ~is_known)
    if not len(rows):
        return known
    matrix = opened[rows][:, None]
    treated = treated_all[rows].astype(np.float64)
    fold = folds(lesson.examples.customer[rows], lesson.seed, "propensity", _PROPENSITY_FOLDS)
    told = np.where(is_known, known, np.nan)
    for one in range(_PROPENSITY_FOLDS):
        here = fold == one
        score = regressor.fit(matrix[~here], treated[~here]).predict(matrix[here])
        score = np.clip(score, EDGE, 1 - EDGE)
        told[rows[here]] = np.where(treated[here] > 0, score, 1 - score)
    return told


def _sample(lesson: Lesson, rows: Array, chance: Numbers) -> Sample:
    return Sample(
        lesson.encoder.encode(take(lesson.examples.columns, rows)),
        tuple(lesson.encoder.categorical),
        lesson.extras["is_treated"][rows] > 0,
        lesson.examples.label[rows],
        1.0 / chance[rows],
        lesson.examples.customer[rows],
    )


def _average(sample: Sample, untreated: Numbers, treated: Numbers, seed: int) -> Estimate:
    everyone = np.zeros(len(untreated), np.int64)
    drawn = [
        groups.effects(sample, everyone, untreated, treated, times)[0, 0]
        for times in ranking.replicates(sample.customer, _BOOTSTRAP, seed)
    ]
    return Estimate.of(groups.effects(sample, everyone, untreated, treated)[0, 0], drawn)


def _compared(sample: Sample) -> Compared:
    return Compared(sample.treated, sample.outcome, sample.weight, sample.customer)


def _judge(lesson: Lesson, later: Array, chance: Numbers, model: Regressor) -> dict[str, Any]:
    """Measure the ranking among later cases of other people, beside what chance would reach."""
    if len(later) < lesson.spec.gates.minimum_positives:
        return {"rows": len(later), "p_value": 1.0}
    sample = _sample(lesson, later, chance)
    told = {"effect": model.predict(sample.matrix, threads=lesson.threads)}
    compared = _compared(sample)
    dealt = ranking.permuted(compared, told, _PERMUTATIONS, lesson.seed)
    figures = ranking.measured(compared, told, _BOOTSTRAP, lesson.seed)["effect"]
    return {
        "rows": len(later),
        "p_value": dealt.best_p_value,
        "chance_95": dealt.best_chance_95,
        **{name: one.to_json() for name, one in figures.items()},
    }


def _nothing_shown(figures: Mapping[str, Any], model: Regressor, line: Shrunk) -> str:
    judged, ate, seen = figures["out_of_time"], figures["ate"], figures["power"]
    why = "no detectable heterogeneity"
    average = f"average effect {ate['value']:+.3f} [{ate['low']:+.3f}, {ate['high']:+.3f}]"
    limits = (
        f"{average}; of {seen['cases']:,} choices left to chance a spread below {seen['spread']:.3f} cannot be seen"
    )
    if model.booster is None or line.slope <= 0:
        return f"{why}: told differences are none in cases not seen; {limits}"
    if figures["p_value"] >= ALPHA:
        return f"{why}, p = {figures['p_value']:.2f}; {limits}"
    if judged.get("qini", {"value": 0.0})["value"] <= 0:
        return f"{why}: {judged['rows']} later cases speak against what was learned; {limits}"
    return ""


def _artifact(
    lesson: Lesson, arm: str, rows: Array, model: Regressor, line: Shrunk, figures: Mapping[str, Any]
) -> Artifact:
    import lightgbm

    assert model.booster is not None  # noqa: S101 - asked before
    text = model.booster.model_to_string()
    # What is measured must be what is served, so the booster goes through its own text before anything else.
    served = lightgbm.Booster(model_str=text)
    train = lesson.examples.take(rows[lesson.extras["is_treated"][rows] > 0])
    matrix = lesson.encoder.encode(take(lesson.examples.columns, rows))
    calibration = _line(line, np.asarray(served.predict(matrix, raw_score=True, num_threads=1), np.float64))
    body = fit.body_of(lesson.spec, arm, train, calibration, lesson.encoder) | {
        "kind": "booster",
        "metrics": {"by_bucket": {"pooled": _pooled(figures)}, "effect": dict(figures)},
    }
    made = Artifact(lesson.spec.artifact_name(arm), body, lesson.encoder, calibration, served, text)
    return made.proving(take(lesson.examples.columns, rows[:_GOLDEN_ROWS]))


def _pooled(figures: Mapping[str, Any]) -> dict[str, float | None]:
    """Lay out what was measured out of time as a judge's figures."""
    judged = figures["out_of_time"]
    told: dict[str, float | None] = {
        "rows": judged["rows"],
        "p_value": figures["p_value"],
        "slope": figures["shrink"]["slope"],
    }
    for name in ("qini", "auuc", "uplift_at_10", "uplift_at_30"):
        told |= {name: judged[name]["value"], f"{name}_low": judged[name]["low"], f"{name}_high": judged[name]["high"]}
    ate = figures["ate"]
    return told | {"ate": ate["value"], "ate_low": ate["low"], "ate_high": ate["high"]}


def _line(line: Shrunk, told: Numbers) -> Calibration:
    """Write the line as knots, from the least to the most that was told; beyond them it is flat.

    It is centred on what this booster tells on average, which differs a little from one booster to the next. Below
    zero an effect is told only as far as the average's error leaves it there: a harm that chance may have made is 0,
    since a customer is not to be told that a contact would hurt where that was not shown.
    """
    ends = np.array([told.min(), max(told.max(), told.min() + 1e-9)])
    doubt, zero = _SURE * line.level_error, told.mean() - line.level / line.slope
    turns = [turn for turn in (zero - doubt / line.slope, zero) if ends[0] < turn < ends[1]]
    raw = np.unique(np.append(ends, turns))
    believed = line.level + line.slope * (raw - told.mean())
    return Calibration("shrunk", raw, np.where(believed >= 0, believed, np.minimum(believed + doubt, 0.0)))
