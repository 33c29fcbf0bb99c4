"""May a score be multiplied by money? How far what was said lies from what happened, and how much of that is chance.

The expected calibration error of a perfect model is not zero: thirty cases in a tenth miss their own rate by several
points. So the error stands beside its noise floor, the error a perfect model would show on as many cases of as many
customers, and only what exceeds it is held against a model. Level and slope are Cox's (1958, Biometrika 45): the
log-odds of what happened as ``level + slope × log-odds said``, level at slope 1; their errors are robust to a
customer's cases being alike (Liang & Zeger 1986, Biometrika 73).
"""

from collections.abc import Sequence

import numpy as np

from regua.columns import Array, Numbers

BINS = 10
_FOLDED = float(np.sqrt(2 / np.pi))
_NEWTON_STEPS = 30
_LEAST_OF_EACH = 10
_SURE = 1.96
_NO_LINE = ("slope", "slope_low", "slope_high", "level", "level_low", "level_high")


def tenths(probability: Numbers) -> Array:
    """Place ``(n,)`` probabilities in tenths of equal size: ``(n,)`` positions from 0 to 9."""
    edges = np.quantile(probability, np.linspace(0, 1, BINS + 1)[1:-1])
    return np.searchsorted(edges, probability, side="right")


def error(bins: Array, label: Numbers, probability: Numbers, weights: Numbers) -> Numbers:
    """Return the expected calibration error over tenths, under each row of ``(replicates, n)`` weights."""
    gap = np.zeros((len(label), BINS))
    gap[np.arange(len(label)), bins] = probability - label
    return np.asarray(np.abs(weights @ gap).sum(axis=1) / weights.sum(axis=1), np.float64)


def floor(label: Numbers, probability: Numbers, weight: Numbers, customer: Sequence[str] | Array) -> float:
    """Return the calibration error that a perfect model would show here by chance alone.

    Each tenth's mean is about normal, with the variance found between customers; the mean of its absolute value is
    0.8 of its standard deviation.

    Examples
    --------
    >>> few, many = np.tile([0.0, 1.0], 20), np.tile([0.0, 1.0], 2000)
    >>> of = lambda label: floor(label, np.full(len(label), 0.5), np.ones(len(label)), np.arange(len(label)))
    >>> round(of(few), 2), round(of(many), 3)
    (0.06, 0.006)
    """
    if not len(label):
        return 0.0
    return float(_FOLDED * np.sqrt(_variances(label, probability, weight, customer)).sum() / weight.sum())


def debiased(label: Numbers, probability: Numbers, weight: Numbers, customer: Sequence[str] | Array) -> float:
    """Return the root mean square calibration error with the part of chance taken out (Kumar et al. 2019, NeurIPS)."""
    if not len(label):
        return 0.0
    bins = tenths(probability)
    mass = np.bincount(bins, weights=weight, minlength=BINS)
    gap = np.bincount(bins, weights=weight * (probability - label), minlength=BINS)
    full = mass > 0
    squared = (gap[full] ** 2 - _variances(label, probability, weight, customer)[full]) / mass[full]
    return float(np.sqrt(max(squared.sum() / mass.sum(), 0.0)))


def line(
    label: Numbers, probability: Numbers, weight: Numbers, customer: Sequence[str] | Array
) -> dict[str, float | None]:
    """Fit slope and level of what happened on what was said, with 95 % intervals.

    Returns
    -------
    ``slope``, ``slope_low``, ``slope_high``, ``level`` …; a perfect model has slope 1 and level 0. All None with fewer
    than ten answers of each kind, or where everybody is told the same.
    """
    probability = np.clip(probability, 1e-6, 1 - 1e-6)
    said = np.log(probability) - np.log1p(-probability)
    if min(label.sum(), len(label) - label.sum()) < _LEAST_OF_EACH or np.ptp(said) < 1e-6:
        return dict.fromkeys(_NO_LINE)
    _, who = np.unique(np.asarray(customer).astype(str), return_inverse=True)
    ones = np.ones((len(said), 1))
    both, both_error = _newton(np.column_stack([ones, said]), np.zeros(len(said)), label, weight, who)
    level, level_error = _newton(ones, said, label, weight, who)
    return _interval("slope", both[1], both_error[1]) | _interval("level", level[0], level_error[0])


def table(label: Numbers, probability: Numbers, weight: Numbers) -> list[dict[str, float]]:
    """List tenths of the score: what was said, what happened, and how many cases that is."""
    rows, bins = [], tenths(probability)
    for place in np.unique(bins):
        mine = bins == place
        said, happened = (float(np.average(values[mine], weights=weight[mine])) for values in (probability, label))
        rows.append({"said": said, "happened": happened, "rows": float(mine.sum())})
    return rows


def _variances(label: Numbers, probability: Numbers, weight: Numbers, customer: Sequence[str] | Array) -> Numbers:
    """Return the variance of each tenth's sum of weighted misses, customers being independent."""
    bins = tenths(probability)
    _, who = np.unique(np.asarray(customer).astype(str), return_inverse=True)
    mass = np.bincount(bins, weights=weight, minlength=BINS)
    gap = np.bincount(bins, weights=weight * (probability - label), minlength=BINS) / np.maximum(mass, 1e-12)
    cell, place = np.unique(who * BINS + bins, return_inverse=True)
    spread = np.bincount(place, weights=weight * (probability - label - gap[bins]))
    return np.asarray(np.bincount(cell % BINS, weights=spread**2, minlength=BINS), np.float64)


def _newton(facts: Numbers, offset: Numbers, label: Numbers, weight: Numbers, who: Array) -> tuple[Numbers, Numbers]:
    """Fit a logistic regression; return its coefficients and their standard errors, robust by customer."""
    weight = weight / weight.mean()
    found = np.zeros(facts.shape[1])
    bend = np.eye(facts.shape[1])
    for _ in range(_NEWTON_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(offset + facts @ found, -30, 30)))
        bend = facts.T @ (facts * (weight * chance * (1 - chance))[:, None]) + 1e-9 * np.eye(facts.shape[1])
        step = np.linalg.solve(bend, facts.T @ (weight * (label - chance)))
        found = found + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-9:
            break
    chance = 1 / (1 + np.exp(-np.clip(offset + facts @ found, -30, 30)))
    scores = facts * (weight * (label - chance))[:, None]
    by_customer = np.column_stack([np.bincount(who, weights=column) for column in scores.T])
    inverse = np.linalg.inv(bend)
    return found, np.sqrt(np.diag(inverse @ (by_customer.T @ by_customer) @ inverse))


def _interval(name: str, point: float, wide: float) -> dict[str, float | None]:
    return {
        name: float(point),
        f"{name}_low": float(point - _SURE * wide),
        f"{name}_high": float(point + _SURE * wide),
    }
