"""Persuadable, sure thing, lost cause, sleeping dog: which group is whose, said only where an interval says it.

People are ordered by effects that models predicted without having seen them, and cut into tenths. Of each tenth the
average effect and the outcome without treatment are estimated from the trial itself, doubly robust, with intervals that
hold for all tenths at once (bootstrap by customer, largest deviation; sorted group effects as in Chernozhukov, Demirer,
Duflo & Fernández-Val 2018, arXiv:1712.04802). The four groups are Radcliffe's (2007). A tenth is

- **persuadable** where the whole interval of its effect lies above zero,
- **sleeping dog** where it lies below: treatment does harm,
- **sure thing** or **lost cause** where the effect is shown to be smaller than the margin, by what comes without it,
- **undecided** where the interval does not say.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from regua.columns import Array, Numbers
from training.causal.learners import Sample
from training.causal.ranking import Estimate, replicates

Group = Literal["persuadable", "sure_thing", "lost_cause", "sleeping_dog", "undecided"]
GROUPS: tuple[Group, ...] = ("persuadable", "sure_thing", "lost_cause", "sleeping_dog", "undecided")
TENTHS = 10


@dataclass(frozen=True, slots=True)
class Tenth:
    """One tenth of the people, from those said to gain most to those said to gain least."""

    rows: int
    predicted: float
    effect: Estimate
    untreated: Estimate
    group: Group

    def to_json(self) -> dict[str, Any]:
        """Return the tenth as plain data."""
        return {
            "rows": self.rows,
            "predicted": self.predicted,
            "effect": self.effect.to_json(),
            "untreated": self.untreated.to_json(),
            "group": self.group,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """Tenths, the share of people in each group, and ``place``: the tenth of each compared row, ``(m,)``."""

    tenths: tuple[Tenth, ...]
    margin: float
    sure_from: float
    place: Array

    @property
    def shares(self) -> dict[Group, float]:
        """Share of people by group."""
        rows = sum(tenth.rows for tenth in self.tenths)
        return {name: sum(tenth.rows for tenth in self.tenths if tenth.group == name) / rows for name in GROUPS}


def group(
    sample: Sample,
    score: Numbers,
    untreated: Numbers,
    treated: Numbers,
    *,
    margin: float,
    sure_from: float,
    number: int,
    seed: int,
) -> Grouped:
    """Sort people into groups.

    Parameters
    ----------
    score, untreated, treated
        ``(m,)`` predicted effect and expected outcomes, cross-fitted.
    margin
        An effect within ± this is as good as none.
    sure_from
        Outcome without treatment from which somebody is a sure thing rather than a lost cause.
    """
    place = tenths(score)
    found = effects(sample, place, untreated, treated)
    drawn = np.array(
        [effects(sample, place, untreated, treated, times) for times in replicates(sample.customer, number, seed)]
    )
    error = drawn.std(axis=0)
    deviation = np.abs(drawn - found) / np.maximum(error, 1e-12)
    # Largest deviation among the tenths: an interval for all of them at once, not for one picked afterwards.
    wide = np.quantile(deviation.max(axis=2), 0.95, axis=0)
    told = []
    for one in range(found.shape[1]):
        rows = place == one
        effect, base = (
            Estimate(
                float(found[which, one]),
                float(found[which, one] - wide[which] * error[which, one]),
                float(found[which, one] + wide[which] * error[which, one]),
            )
            for which in (0, 1)
        )
        mine = _group(effect, base, margin, sure_from)
        told.append(Tenth(int(rows.sum()), float(score[rows].mean()), effect, base, mine))
    return Grouped(tuple(told), margin, sure_from, place)


def tenths(score: Numbers) -> Array:
    """Cut people by falling score, those of equal score together, into at most ten groups without gaps; ``(m,)``."""
    order = np.argsort(-score, kind="stable")
    fresh = np.append(True, np.diff(score[order]) < 0)
    first = np.maximum.accumulate(np.where(fresh, np.arange(len(score)), 0))
    place = np.empty(len(score), np.int64)
    place[order] = first * TENTHS // max(len(score), 1)
    return np.unique(place, return_inverse=True)[1]


def effects(
    sample: Sample, place: Array, untreated: Numbers, treated: Numbers, times: Numbers | None = None
) -> Numbers:
    """Return ``(2, places)`` doubly robust averages: the effect, and the outcome without treatment.

    Expected outcomes averaged with weights, corrected by the weighted mean residual of each group.
    """
    weight = sample.weight if times is None else sample.weight * times
    given = np.where(sample.treated, weight, 0.0)
    alone = weight - given
    size = int(place.max(initial=0)) + 1

    def mean(values: Numbers, mass: Numbers) -> Numbers:
        below = np.bincount(place, mass, size)
        return np.divide(np.bincount(place, mass * values, size), below, out=np.zeros(size), where=below > 0)

    base = mean(untreated, weight) + mean(sample.outcome - untreated, alone)
    with_it = mean(treated, weight) + mean(sample.outcome - treated, given)
    return np.stack([with_it - base, base])


def _group(effect: Estimate, untreated: Estimate, margin: float, sure_from: float) -> Group:
    if effect.low > 0:
        return "persuadable"
    if effect.high < 0:
        return "sleeping_dog"
    if -margin < effect.low and effect.high < margin:
        if untreated.low >= sure_from:
            return "sure_thing"
        if untreated.high < sure_from:
            return "lost_cause"
    return "undecided"
