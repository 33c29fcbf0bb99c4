"""How much more is won by treating first those who are said to gain most? Qini, AUUC and uplift at k.

Which Qini: Radcliffe's incremental outcome (2007, "Using control groups to target on predicted lift"), **per head of
the treated**, without any further scaling. With the people ordered by predicted effect,

    Q(φ) = (R_t(φ) - R_c(φ) N_t(φ) / N_c(φ)) / N_t

where R are sums of outcomes and N counts (both weighted by inverse propensities) among the first share φ. Q(1) is the
average effect. The **Qini coefficient** is the area between Q and the straight line to Q(1): outcomes per head that
targeting wins over treating at random, averaged over all budgets. The **AUUC** is the area under Q itself. Dividing by
the best curve possible, as some packages do, would need outcomes nobody has seen for amounts and for weak effects.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.resample import draws
from regua.columns import Array, Numbers
from regua.dice import draw, identity

STEPS = 100
SHARES = (0.1, 0.2, 0.3, 0.5)


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """What a curve is made from, ``(m,)`` each: outcomes of treated and control with their weights."""

    treated: Array
    outcome: Numbers
    weight: Numbers
    customer: Array

    def sums(self, place: Array, times: Numbers | None = None, order: Array | None = None) -> Numbers:
        """Return ``(4, STEPS)`` sums by place: weight and outcome of the treated, weight and outcome of the control."""
        rows = slice(None) if order is None else order
        weight = self.weight[rows] if times is None else self.weight[rows] * times
        treated, outcome = self.treated[rows], self.outcome[rows]
        mine = np.where(treated, weight, 0.0)
        parts = (mine, mine * outcome, weight - mine, (weight - mine) * outcome)
        return np.stack([np.bincount(place, part, STEPS) for part in parts])


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Points of a Qini curve, from nobody to everybody: ``share`` treated and ``gain`` per head."""

    share: Numbers
    gain: Numbers

    @property
    def qini(self) -> float:
        """Area between the curve and the straight line to its end."""
        return float(np.trapezoid(self.gain - self.share * self.gain[-1], self.share))

    @property
    def auuc(self) -> float:
        """Area under the curve."""
        return float(np.trapezoid(self.gain, self.share))

    def uplift_at(self, share: float) -> float:
        """Return the average effect among the first share of people."""
        return float(np.interp(share, self.share, self.gain)) / share


def places(score: Numbers) -> Array:
    """Cut people into at most :data:`STEPS` groups by falling score, those of equal score together; ``(m,)`` from 0."""
    order = np.argsort(-score, kind="stable")
    cut = np.minimum((np.arange(len(score)) * STEPS) // max(len(score), 1), STEPS - 1)
    fresh = np.append(True, np.diff(score[order]) < 0)
    # Those of equal score go where the first of them goes.
    first = np.maximum.accumulate(np.where(fresh, np.arange(len(score)), 0))
    place = np.empty(len(score), np.int64)
    place[order] = cut[first]
    return place


def curve(sums: Numbers) -> Curve:
    """Draw the curve of ``(4, STEPS)`` sums."""
    n_treated, r_treated, n_control, r_control = np.cumsum(sums, axis=1)
    seen = (n_treated > 0) & (n_control > 0)
    ratio = np.divide(n_treated, n_control, out=np.zeros(len(seen)), where=seen)
    gain = (r_treated - r_control * ratio)[seen] / n_treated[-1]
    share = ((n_treated + n_control) / (n_treated[-1] + n_control[-1]))[seen]
    share, gain = np.append(0.0, share), np.append(0.0, gain)
    fresh = np.append(True, np.diff(share) > 0)
    return Curve(share[fresh], gain[fresh])


def figures(found: Curve) -> dict[str, float]:
    """Return what is measured of a curve: Qini, AUUC, the average effect and uplift at the usual shares."""
    told = {"ate": float(found.gain[-1]), "qini": found.qini, "auuc": found.auuc}
    return told | {f"uplift_at_{round(100 * share)}": found.uplift_at(share) for share in SHARES}


def replicates(customer: Array, number: int, seed: int) -> Iterator[Numbers]:
    """Give ``(m,)`` counts of how often a bootstrap draws each row, one replicate after the other."""
    return draws(customer, number, "causal/bootstrap", seed)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, value: float, drawn: Sequence[float] | Numbers) -> "Estimate":
        """Make an estimate of a figure and its bootstrap replicates."""
        low, high = np.quantile(np.asarray(drawn, np.float64), (0.025, 0.975))
        return cls(float(value), float(low), float(high))

    def to_json(self) -> dict[str, float]:
        """Return the estimate as plain data."""
        return {"value": self.value, "low": self.low, "high": self.high}


def measured(
    compared: Compared, scores: Mapping[str, Numbers], number: int, seed: int
) -> dict[str, dict[str, Estimate]]:
    """Measure rankings: each figure with its 95 % interval, the ranking taken as given.

    Parameters
    ----------
    scores
        ``(m,)`` predicted effects by learner, of models that had not seen these customers.
    number
        Bootstrap replicates.
    """
    place = {name: places(score) for name, score in scores.items()}
    found = {name: figures(curve(compared.sums(at))) for name, at in place.items()}
    drawn: dict[str, list[dict[str, float]]] = {name: [] for name in scores}
    for times in replicates(compared.customer, number, seed):
        for name, at in place.items():
            drawn[name].append(figures(curve(compared.sums(at, times))))
    return {
        name: {what: Estimate.of(value, [one[what] for one in drawn[name]]) for what, value in told.items()}
        for name, told in found.items()
    }


@dataclass(frozen=True, slots=True, eq=False)
class Permuted:
    """What chance alone would do: ``p_value`` and the 95 % of Qini by learner, and of the best of them."""

    p_value: Mapping[str, float]
    chance_95: Mapping[str, float]
    best_p_value: float
    best_chance_95: float


def permuted(compared: Compared, scores: Mapping[str, Numbers], number: int, seed: int) -> Permuted:
    """Test whether rankings find more than chance: outcomes are dealt anew to scores, whole customers side by side.

    The best of several rankings is tested as such, against the best of as many under the same dealing (Westfall &
    Young 1993), so that trying four learners wins nothing. One-sided; ``p = (1 + as good) / (1 + dealt)``.
    """
    who = identity(compared.customer)
    place = {name: places(score) for name, score in scores.items()}
    seen = {name: curve(compared.sums(at)).qini for name, at in place.items()}
    dealt = np.empty((number, len(scores)))
    for one in range(number):
        order = np.argsort(draw(who, "causal/permutation", one, seed), kind="stable")
        dealt[one] = [curve(compared.sums(at, order=order)).qini for at in place.values()]
    best, best_dealt = max(seen.values()), dealt.max(axis=1)
    return Permuted(
        {name: _p(dealt[:, at], seen[name]) for at, name in enumerate(scores)},
        {name: float(np.quantile(dealt[:, at], 0.95)) for at, name in enumerate(scores)},
        _p(best_dealt, best),
        float(np.quantile(best_dealt, 0.95)),
    )


def _p(dealt: Numbers, seen: float) -> float:
    return float((1 + (dealt >= seen).sum()) / (1 + len(dealt)))
