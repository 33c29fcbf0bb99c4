"""Turn a booster's raw score into a probability that may be multiplied by money.

Four maps are tried on the calibration fold: the score as it is, Platt's line, a cubic spline and isotonic
regression. Each is fitted on the earlier part and judged by log loss on the later part, where a richer one must win
by more than chance would let it; the winner is fitted again on all of it. Whatever wins is stored in one form: knots
of a piecewise-linear, never falling line from raw score to log-odds, so that serving needs NumPy alone.

Sources: Platt 1999; Zadrozny & Elkan 2002 (isotonic); Sancarlos et al. 2023, arXiv:2311.06292 (splines over both,
by log score, for credit).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from regua.columns import Array, Numbers
from regua.errors import BundleError

LOGIT_LIMIT = 9.21
"""Log-odds are kept within this: probabilities within 0.0001 and 0.9999. Nobody knows a debtor better than that."""

_KNOTS = 33
_MINIMUM_ROWS = 200
_RICH_ROWS = 1_000
_WORTHWHILE = 5e-4
_NEWTON_STEPS = 25
_DRIFT_SPREAD = (1.0, 0.25)
_SLOPE_MINIMUM = 0.05
_LEAST_RISE = 1e-3
_RISE_WITHIN, _RISE_BEYOND = 2e-3, 5e-2


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """A never falling line from raw score to log-odds.

    ``raw`` and ``logit`` are ``(k,)``, k >= 2, ``raw`` strictly rising; beyond the ends the line is flat.

    Examples
    --------
    >>> IDENTITY.apply(np.array([0.0])).tolist()
    [0.5]
    """

    method: str
    raw: Numbers
    logit: Numbers

    def apply(self, raw: Numbers) -> Numbers:
        """Return ``(n,)`` probabilities strictly between 0 and 1 for ``(n,)`` raw scores."""
        return np.asarray(1.0 / (1.0 + np.exp(-np.interp(raw, self.raw, self.logit))), np.float64)

    def to_json(self) -> dict[str, Any]:
        """Return the knots as they are stored."""
        return {"method": self.method, "raw": self.raw.tolist(), "logit": self.logit.tolist()}

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> "Calibration":
        """Read stored knots; raise :class:`BundleError` when they are no rising line."""
        raw, logit = np.asarray(body["raw"], np.float64), np.asarray(body["logit"], np.float64)
        rising = raw.ndim == 1 and len(raw) >= 2 and raw.shape == logit.shape and bool(np.all(np.diff(raw) > 0))
        if not rising or not np.isfinite(logit).all() or np.any(np.diff(logit) < 0):
            raise BundleError("calibration knots do not rise", expected="two or more knots, raw strictly rising")
        return cls(str(body["method"]), raw, logit)


def line(method: str, raw: Numbers, logit: Numbers) -> Calibration:
    """Make a calibration from points of a curve: clipped, made to rise, without repeated raw scores."""
    raw, first = np.unique(np.asarray(raw, np.float64), return_index=True)
    logit = np.maximum.accumulate(np.clip(np.asarray(logit, np.float64)[first], -LOGIT_LIMIT, LOGIT_LIMIT))
    if len(raw) == 1:
        raw, logit = np.array([raw[0], raw[0] + 1.0]), np.repeat(logit, 2)
    return Calibration(method, raw, logit)


def never_flat(calibration: Calibration) -> Calibration:
    """Let a curve rise a little everywhere, beyond its ends too, so that it never calls two different scores equal.

    Where a curve is flat the cases it was fitted on did not differ; what ranks later cases apart is still the score.
    The rise is too small to matter for a chance: a tenth of a point within the ends, a few points far outside them.
    """
    raw, logit = calibration.raw, calibration.logit
    logit = logit + _RISE_WITHIN * (raw - raw.mean())
    ends = np.array([raw[0] - LOGIT_LIMIT, raw[-1] + LOGIT_LIMIT])
    beyond = logit[[0, -1]] + _RISE_BEYOND * np.array([-LOGIT_LIMIT, LOGIT_LIMIT])
    return line(
        calibration.method, np.concatenate([ends[:1], raw, ends[1:]]), np.concatenate([beyond[:1], logit, beyond[1:]])
    )


IDENTITY = line("identity", np.array([-LOGIT_LIMIT, LOGIT_LIMIT]), np.array([-LOGIT_LIMIT, LOGIT_LIMIT]))
"""The raw log-odds as they are."""


def fit(raw: Numbers, label: Numbers, weight: Numbers, order: Array) -> Calibration:
    """Choose and fit the calibration that would have served the later cases best.

    Parameters
    ----------
    raw
        ``(n,)`` raw scores (log-odds) of cases the booster has not seen.
    label
        ``(n,)`` outcomes, 0 or 1.
    weight
        ``(n,)`` positive weights.
    order
        ``(n,)`` anything that sorts by time, such as observation moments.

    Returns
    -------
    The calibration; the identity where fewer than 200 cases or one class make any fit a guess. Spline and isotonic
    need 1,000. A map must beat a simpler one by 0.0005 of log loss and by its standard error.
    """
    if len(raw) < _MINIMUM_ROWS or len(np.unique(label)) < 2:
        return IDENTITY
    ranked = np.argsort(order, kind="stable")
    early, late = ranked[: len(raw) // 2], ranked[len(raw) // 2 :]
    best, best_loss = _identity, _losses(IDENTITY, raw[late], label[late])
    if len(np.unique(label[early])) == 2:
        for method in (_platt, _spline, _isotonic)[: 3 if len(raw) >= _RICH_ROWS else 1]:
            loss = _losses(method(raw[early], label[early], weight[early]), raw[late], label[late])
            if _is_better(best_loss - loss, weight[late]):
                best, best_loss = method, loss
    return best(raw, label, weight)


def fit_line(raw: Numbers, label: Numbers, weight: Numbers) -> Calibration:
    """Fit Platt's line, or leave the score as it is where fewer than 200 cases or one class make it a guess."""
    if len(raw) < _MINIMUM_ROWS or len(np.unique(label)) < 2:
        return IDENTITY
    return _platt(raw, label, weight)


def level(raw: Numbers, label: Numbers, weight: Numbers, *, spread: float, of: Array | None = None) -> float:
    """Return how much to add to raw scores so that they meet the outcomes, drawn towards zero.

    The most probable shift when shifts are normal around zero with standard deviation ``spread``: what many cases say
    is believed, what few say hardly moves it. Weights count as Kish's effective number of cases; or, where many cases
    are ``of`` one customer, of customers.

    Examples
    --------
    >>> raw, none = np.zeros(4), np.ones(4)
    >>> level(raw, np.ones(4), none, spread=0.3) < level(raw, np.ones(4), none, spread=3.0)
    True
    >>> level(np.empty(0), np.empty(0), np.empty(0), spread=0.3)
    0.0
    """
    mass = weight if of is None else np.bincount(np.unique(of, return_inverse=True)[1], weights=weight)
    weight = weight * (weight.sum() / max(float((mass**2).sum()), 1e-12))
    shift = 0.0
    for _ in range(_NEWTON_STEPS):
        probability = 1.0 / (1.0 + np.exp(-(raw + shift)))
        slope = float(np.sum(weight * (label - probability))) - shift / spread**2
        bend = float(np.sum(weight * probability * (1 - probability))) + 1 / spread**2
        shift += float(np.clip(slope / bend, -1.0, 1.0))
    return shift


def shifted(calibration: Calibration, shift: float) -> Calibration:
    """Return the calibration of ``raw + shift`` as one of ``raw``."""
    return Calibration(calibration.method, calibration.raw - shift, calibration.logit)


def drift(said: Numbers, label: Numbers, weight: Numbers) -> tuple[float, float]:
    """Return level and slope of what happened on ``(n,)`` log-odds said, drawn a little towards no change.

    The most probable ones when levels are normal around 0 with standard deviation 1, and slopes around 1 with 0.25:
    recent cases are few, and a slope is easily overdone. Weights count as Kish's effective number of cases.

    Examples
    --------
    >>> said = np.tile([-1.0, 0.0, 1.0], 400)
    >>> happened = (np.arange(1200) % 10 < 7).astype(float)
    >>> level, slope = drift(said, happened, np.ones(1200))
    >>> round(level, 1), slope < 0.5
    (0.8, True)
    """
    weight = weight * (weight.sum() / max(float((weight**2).sum()), 1e-12))
    facts = np.column_stack([np.ones(len(said)), said])
    centre, precision = np.array([0.0, 1.0]), np.diag(1 / np.array(_DRIFT_SPREAD) ** 2)
    found = centre.copy()
    for _ in range(_NEWTON_STEPS):
        chance = 1.0 / (1.0 + np.exp(-(facts @ found)))
        pull = facts.T @ (weight * (label - chance)) - precision @ (found - centre)
        bend = facts.T @ (facts * (weight * chance * (1 - chance))[:, None]) + precision
        found = found + np.clip(np.linalg.solve(bend, pull), -1.0, 1.0)
    return float(found[0]), max(float(found[1]), _SLOPE_MINIMUM)


def moved(calibration: Calibration, level: float, slope: float) -> Calibration:
    """Return the calibration whose log-odds are ``level + slope`` times those of another.

    Examples
    --------
    >>> float(moved(IDENTITY, 1.0, 1.0).apply(np.array([-1.0]))[0])
    0.5
    """
    if len(calibration.raw) == 2:
        # Two knots are one line, which clipping would bend: the ends move to where the limit is.
        rise = float(np.diff(calibration.logit)[0] / np.diff(calibration.raw)[0]) * slope
        start = level + slope * float(calibration.logit[0])
        if rise > 0:
            ends = calibration.raw[0] + (np.array([-LOGIT_LIMIT, LOGIT_LIMIT]) - start) / rise
            return Calibration(f"{calibration.method}, moved", ends, np.array([-LOGIT_LIMIT, LOGIT_LIMIT]))
    return line(f"{calibration.method}, moved", calibration.raw, level + slope * calibration.logit)


_Method = Callable[[Numbers, Numbers, Numbers], Calibration]


def _losses(calibration: Calibration, raw: Numbers, label: Numbers) -> Numbers:
    probability = calibration.apply(raw)
    return np.asarray(-np.where(label > 0, np.log(probability), np.log1p(-probability)), np.float64)


def _is_better(gain: Numbers, weight: Numbers) -> bool:
    mean = float(np.average(gain, weights=weight))
    error = float(np.sqrt(np.sum((weight * (gain - mean)) ** 2)) / weight.sum())
    return mean > max(_WORTHWHILE, error)


def _identity(raw: Numbers, label: Numbers, weight: Numbers) -> Calibration:  # noqa: ARG001
    return IDENTITY


def _platt(raw: Numbers, label: Numbers, weight: Numbers) -> Calibration:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1e6).fit(raw[:, None], label, sample_weight=weight / weight.mean())
    slope, shift = float(model.coef_[0, 0]), float(model.intercept_[0])
    if slope < _LEAST_RISE:
        # A score that ranks the wrong way round is made to say nearly nothing, and then its level is that of all.
        rate, middle = (float(np.average(values, weights=weight)) for values in (label, raw))
        slope, shift = _LEAST_RISE, float(np.log(rate) - np.log1p(-rate)) - _LEAST_RISE * middle
    ends = np.array([(-LOGIT_LIMIT - shift) / slope, (LOGIT_LIMIT - shift) / slope])
    return line("platt", ends, ends * slope + shift)


def _spline(raw: Numbers, label: Numbers, weight: Numbers) -> Calibration:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import SplineTransformer

    model = make_pipeline(
        SplineTransformer(n_knots=5, degree=3, knots="quantile", extrapolation="linear"),
        LogisticRegression(C=10.0, max_iter=500),
    )
    model.fit(raw[:, None], label, logisticregression__sample_weight=weight / weight.mean())
    grid = np.quantile(raw, np.linspace(0, 1, _KNOTS))
    return never_flat(line("spline", grid, model.decision_function(grid[:, None])))


def _isotonic(raw: Numbers, label: Numbers, weight: Numbers) -> Calibration:
    from sklearn.isotonic import IsotonicRegression

    # Steps at 0 and 1 would claim certainty from a handful of cases; half a case on each side prevents it.
    edge = 0.5 / len(raw)
    model = IsotonicRegression(y_min=edge, y_max=1 - edge).fit(raw, label, sample_weight=weight)
    rate = np.asarray(model.y_thresholds_, np.float64)
    return never_flat(line("isotonic", model.X_thresholds_, np.log(rate / (1 - rate))))
