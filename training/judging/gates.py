"""What must a model hold before it goes to work? Each gate says what it found, what is allowed, and what to do."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models import reliability, stability
from models.artifact import Artifact
from models.base import ModelSpec
from models.measure import Figure, bucket
from regua.columns import Columns, Numbers
from regua.vocabulary import ARREARS_BUCKETS
from training.examples import Examples
from training.judging import agreement, fairness, leaks
from training.judging.fairness import Group, People
from training.judging.results import GateResult, Severity, result
from training.judging.split import Folds
from training.learned import Learned

LEAST_TESTED = 20
"""Answers of the rarer kind, below which a figure is not held against anything."""

_LEAST_ROWS = 200
_SHUFFLED = 0.05
_BY_CHANCE = 1.5
"""Of a hundred perfect models, all but two or three show an error below this many noise floors."""

_WIDTH = 2 * 1.96


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """Everything the gates of one artifact may look at."""

    learned: Learned
    spec: ModelSpec
    champion: Artifact | None
    train: Examples | None
    golden: Columns | None
    people: People | None
    siblings: Sequence[Learned]
    seed: int
    periods: tuple[Examples, Examples] | None

    @property
    def test(self) -> Examples:
        return self.learned.test


def check(
    learned: Learned,
    spec: ModelSpec,
    *,
    champion: Artifact | None = None,
    train: Examples | None = None,
    golden: Columns | None = None,
    people: People | None = None,
    siblings: Sequence[Learned] = (),
    periods: tuple[Examples, Examples] | None = None,
    seed: int = 7,
) -> tuple[GateResult, ...]:
    """Hold one artifact to every gate it can be held to.

    Parameters
    ----------
    champion
        The champion's artifact of the same name; None where there is none.
    train
        Cases it learned from, for the probes of leakage.
    golden
        Profile columns of the customers both are asked about; None: the test cases.
    people
        Sex and year of birth by customer, for the fairness report alone.
    siblings
        All arms of the model, itself among them: arms that share a booster show together that it ranks.
    periods
        Everybody's cases of the learning and of the test period (see :func:`periods_of`), to see whether scores moved;
        None: ``train`` and the test cases, which the division of customers makes less alike than the periods are.
    seed
        Key of all chance.

    Returns
    -------
    One result a gate, failed ones included; nothing for a prior. What answers with no probability is held to
    stability and agreement alone; its teacher judges the rest.
    """
    if learned.artifact.kind == "prior":
        return ()
    asked = _Asked(learned, spec, champion, train, golden, people, siblings or (learned,), seed, periods)
    gates: list[Callable[[_Asked], Iterator[GateResult]]] = [_stability, _agreement]
    if spec.answers == "probability":
        gates = [_evidence, _discrimination, _calibration, _stability, _leaks, _fairness, _champion, _agreement]
    return tuple(found for gate in gates for found in gate(asked))


def periods_of(examples: Examples, folds: Folds) -> tuple[Examples, Examples] | None:
    """Return everybody's cases of the learning and of the test period; None where time was not cut."""
    if folds.calibrate_from is None or folds.test_from is None:
        return None
    begins, ends = (np.datetime64(edge.replace(tzinfo=None), "us") for edge in (folds.calibrate_from, folds.test_from))
    return examples.take(examples.moment < begins), examples.take(examples.moment >= ends)


def _evidence(asked: _Asked) -> Iterator[GateResult]:
    rarer = sum(min(one.test.positives, len(one.test) - one.test.positives) for one in asked.siblings)
    yield result("evidence", rarer >= LEAST_TESTED, rarer, LEAST_TESTED, "stands_in")


def _discrimination(asked: _Asked) -> Iterator[GateResult]:
    """Hold the ranking within buckets to chance: all arms together, each bucket alone as a warning."""
    floor = asked.spec.gates.auc_floor
    low = _ranks_within([figure for one in asked.siblings for figure in _buckets(one).values()])
    if low is not None:
        yield result("discrimination", low > floor, low, floor, "stands_in")
    for name, figure in _buckets(asked.learned).items():
        if _tells(figure) and name != "pooled":
            found = figure["auc_low"]
            yield result("discrimination", (found or 0.0) > floor, found, floor, "warns", where=name)


def _calibration(asked: _Asked) -> Iterator[GateResult]:
    allowed = asked.spec.gates.calibration_excess
    for name, figure in {"pooled": asked.learned.verdict.figures.get("pooled", {}), **_buckets(asked.learned)}.items():
        error, noise = figure.get("ece"), figure.get("ece_floor")
        if error is None or noise is None or not _tells(figure):
            continue
        excess = max(error - _BY_CHANCE * noise, 0.0)
        where = "" if name == "pooled" else name
        # A noise floor found on a few heavy cases is itself noise: it replaces no model.
        effective = _effective(asked.test, where)
        if effective < _LEAST_ROWS and not where and len(asked.siblings) > 1:
            error, noise, effective = _arms_together(asked.siblings)
            excess = max(error - _BY_CHANCE * noise, 0.0)
        severity: Severity = "stands_in" if effective >= _LEAST_ROWS else "warns"
        yield result("calibration", excess <= allowed, excess, allowed, severity, where=where)
    pooled = asked.learned.verdict.figures.get("pooled", {})
    low, high = pooled.get("slope_low"), pooled.get("slope_high")
    if low is not None and high is not None and _tells(pooled):
        yield result("slope", low <= 1 <= high, pooled["slope"], 1.0, "warns")


def _stability(asked: _Asked) -> Iterator[GateResult]:
    both = asked.periods or (asked.train, asked.test)
    if both[0] is None or not len(both[0]) or not len(both[1]):
        return
    before, now = (_said(asked.learned.artifact, part.columns) for part in both if part is not None)
    shift, allowed = stability.between("score", before, now), asked.spec.gates.psi
    # One arm among many that moved gives way; a model of the whole population that moved lets nothing pass.
    severity: Severity = "stands_in" if len(asked.siblings) > 1 else "refuses"
    yield result("stability", not shift.exceeds(allowed), shift.index, max(allowed, shift.by_chance), severity)


def _leaks(asked: _Asked) -> Iterator[GateResult]:
    best = max((f["auc"] or 0.0 for f in asked.learned.verdict.figures.values() if _tells(f)), default=None)
    if best is not None:
        allowed = asked.spec.gates.leak_auc
        yield result("leak_too_good", best <= allowed, best, allowed, "refuses")
    if asked.train is None or not len(asked.train) or not len(asked.test):
        return
    shared = leaks.shared_customers(asked.train, asked.test)
    yield result("leak_customers", shared == 0, shared, 0.0, "refuses")
    if (
        asked.learned.artifact.booster is None
        or len(asked.test) < _LEAST_ROWS
        or asked.learned is not asked.siblings[0]
    ):
        return
    suspects = leaks.suspects(asked.spec, asked.train, seed=asked.seed)
    worst = max(suspects, key=lambda one: one.alone - one.others, default=None)
    excess = worst.alone - worst.others if worst else 0.0
    yield result("leak_suspect", worst is None, excess, leaks.MARGIN, "warns", group=worst.feature if worst else "")
    probe = leaks.shuffled(asked.learned.artifact, asked.train, asked.test, seed=asked.seed)
    low, high = probe.get("auc_low"), probe.get("auc_high")
    if low is not None and high is not None:
        away = max(low - 0.5, 0.5 - high, 0.0)
        yield result("leak_shuffled", away <= _SHUFFLED, away, _SHUFFLED, "refuses")


def _fairness(asked: _Asked) -> Iterator[GateResult]:
    if asked.people is None:
        return
    groups = fairness.report(asked.test, asked.learned.artifact.predict(asked.test.columns), asked.people)
    allowed = asked.spec.gates.fairness_gap
    kinds: tuple[Literal["calibration", "opportunity"], ...] = ("calibration", "opportunity")
    for kind in kinds:
        told = [group for group in groups if getattr(group, kind) is not None]
        if told:
            gross = [group for group in told if _is_gross(group, kind, allowed)]
            worst = max(gross or told, key=lambda group: abs(getattr(group, kind).point))
            found = getattr(worst, kind).point
            where = f"{worst.attribute} {worst.name}"
            yield result(f"fairness_{kind}", not gross, found, allowed, "refuses", group=where)


def _champion(asked: _Asked) -> Iterator[GateResult]:
    if asked.champion is None or asked.champion.kind == "prior" or not len(asked.test):
        return
    before, now = (one.predict(asked.test.columns) for one in (asked.champion, asked.learned.artifact))
    gain, allowed = agreement.auc_gain(before, now, asked.test), asked.spec.gates.worse_than_champion
    if gain is not None:
        worse = gain.point < -allowed and gain.high < 0
        yield result("champion", not worse, gain.point, allowed, "stands_in")


def _agreement(asked: _Asked) -> Iterator[GateResult]:
    columns = asked.golden if asked.golden is not None else asked.test.columns
    if asked.champion is None or asked.champion.kind == "prior" or not columns:
        return
    found = agreement.between(_said(asked.champion, columns), _said(asked.learned.artifact, columns))
    if found is not None:
        least = asked.spec.gates.agreement
        moved = f"{found.moved:.0%}"
        yield result("agreement", found.correlation >= least, found.correlation, least, "refuses", group=moved)


def _said(artifact: Artifact, columns: Columns) -> Numbers:
    """Return what an artifact answers, in one column."""
    answered = getattr(artifact, "scores", None)
    if answered is None or getattr(artifact, "answers", "probability") == "probability":
        return artifact.predict(columns)
    return np.asarray(next(iter(answered(columns).values())), np.float64)


def _effective(test: Examples, where: str) -> float:
    """Return the effective number of test cases (Kish 1965, Survey Sampling), of a bucket or of all."""
    weight = test.weight
    if where:
        weight = weight[bucket(test.columns["days_past_due"]) == [str(one) for one in ARREARS_BUCKETS].index(where)]
    return float(weight.sum() ** 2 / (weight**2).sum()) if len(weight) else 0.0


def _arms_together(arms: Sequence[Learned]) -> tuple[float, float, float]:
    """Return the calibration error of all arms that learned, its noise floor, and the effective number of cases."""
    told = [one for one in arms if one.artifact.kind != "prior" and len(one.test)]
    label, weight, who = (
        np.concatenate([getattr(one.test, name) for one in told]) for name in ("label", "weight", "customer")
    )
    said = np.concatenate([one.artifact.predict(one.test.columns) for one in told])
    error = float(reliability.error(reliability.tenths(said), label, said, weight[None, :])[0])
    return error, reliability.floor(label, said, weight, who), float(weight.sum() ** 2 / (weight**2).sum())


def _buckets(learned: Learned) -> dict[str, Figure]:
    """Return figures by bucket, or the pooled ones where there is no bucket."""
    figures = learned.verdict.figures
    return {name: figure for name, figure in figures.items() if name != "pooled"} or dict(figures)


def _tells(figure: Figure) -> bool:
    """Say whether there are cases enough for a figure to be held against a model."""
    rows, positives = figure.get("rows") or 0.0, figure.get("positives") or 0.0
    return rows >= _LEAST_ROWS and min(positives, rows - positives) >= LEAST_TESTED and figure.get("auc") is not None


def _ranks_within(figures: Sequence[Figure]) -> float | None:
    """Return the lower bound of the AUC within buckets and arms, averaged by their rarer answers."""
    told = [
        (
            min(f["positives"] or 0.0, (f["rows"] or 0.0) - (f["positives"] or 0.0)),
            f["auc"],
            f["auc_low"],
            f["auc_high"],
        )
        for f in figures
        if f.get("auc") is not None and f.get("auc_low") is not None
    ]
    if not told:
        return None
    weight, auc, low, high = (np.array(column, np.float64) for column in zip(*told, strict=True))
    wide = np.sqrt(np.sum((weight * (high - low) / _WIDTH) ** 2)) / weight.sum()
    return float(np.average(auc, weights=weight) - _WIDTH / 2 * wide)


def _is_gross(group: Group, kind: Literal["calibration", "opportunity"], allowed: float) -> bool:
    estimate = getattr(group, kind)
    return bool(estimate.low > allowed or estimate.high < -allowed)


__all__ = ["GateResult", "check", "periods_of"]
