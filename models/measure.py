"""How good is a model, bucket by bucket, and how sure may we be of that?

Point values are scikit-learn's, found faster; intervals come from a bootstrap that draws whole customers, because two
cases of one customer are not two pieces of evidence. A draw is keyed by customer: the same data, the same interval.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from models import reliability
from models.resample import times_drawn
from regua.columns import Array, Flags, Numbers
from regua.dice import draw, identity
from regua.vocabulary import ARREARS_BUCKETS, BUCKET_FLOORS

MEASURES = ("auc", "ks", "brier", "ece", "log_loss")
_ROWS = 20_000
_LOGGED_BY_BUCKET = ("rows", "auc", "ks", "ece", "ece_floor", "slope")

Figure = dict[str, float | None]


def bucket(days_past_due: Numbers) -> Array:
    """Place days past due in arrears buckets: ``(n,)`` positions in :data:`ARREARS_BUCKETS`, -1 for NULL.

    Examples
    --------
    >>> bucket(np.array([-3.0, 1.0, 30.0, 31.0, 500.0, np.nan])).tolist()
    [0, 1, 1, 2, 5, -1]
    """
    placed = np.searchsorted(np.asarray(BUCKET_FLOORS, np.float64), days_past_due, side="right") - 1
    return np.where(np.isnan(days_past_due), -1, placed)


def by_bucket(
    label: Numbers,
    probability: Numbers,
    weight: Numbers,
    customer: Sequence[str] | Array,
    days_past_due: Numbers,
    *,
    replicates: int = 60,
) -> dict[str, Figure]:
    """Measure all cases as ``pooled``, and each arrears bucket that has cases.

    Pooled ranking is flattered by the buckets' different rates; read the buckets first.

    Returns
    -------
    ``{"pooled" | bucket: figures}``; see :func:`measure`.
    """
    figures = {"pooled": measure(label, probability, weight, customer, replicates=replicates)}
    placed = bucket(days_past_due)
    who = np.asarray(customer, object)
    for position, name in enumerate(ARREARS_BUCKETS):
        rows = placed == position
        if rows.any():
            figures[str(name)] = measure(label[rows], probability[rows], weight[rows], who[rows], replicates=replicates)
    return figures


def measure(
    label: Numbers, probability: Numbers, weight: Numbers, customer: Sequence[str] | Array, *, replicates: int = 60
) -> Figure:
    """Measure ranking (AUC, KS) and probabilities (Brier, ECE, log loss), with 95 % bootstrap intervals.

    Parameters
    ----------
    label
        ``(n,)`` outcomes, 0 or 1.
    probability
        ``(n,)`` calibrated probabilities.
    weight
        ``(n,)`` positive weights; inverse propensities where the cases were chosen by a policy.
    customer
        ``(n,)`` whose case it is.
    replicates
        Bootstrap draws; at most 20,000 cases enter them.

    Returns
    -------
    ``rows``, ``positives``, ``rate`` (weighted), and for each of :data:`MEASURES` its value, ``_low`` and ``_high``;
    ``ece_floor``, ``ece_debiased``, ``slope`` and ``level`` with their intervals as :mod:`models.reliability` has them.
    Ranking is None where there is one class only; everything is None where there are no cases.
    """
    figures: Figure = {"rows": len(label), "positives": float(label.sum())}
    figures["rate"] = float(np.average(label, weights=weight)) if len(label) else None
    figures |= _points(label, probability, weight)
    figures |= _intervals(label, probability, weight, customer, replicates)
    if len(label):
        figures["ece_floor"] = reliability.floor(label, probability, weight, customer)
        figures["ece_debiased"] = reliability.debiased(label, probability, weight, customer)
        figures |= reliability.line(label, probability, weight, customer)
    return figures


def _points(label: Numbers, probability: Numbers, weight: Numbers) -> Figure:
    if not len(label):
        return dict.fromkeys(MEASURES)
    points: Figure = {"auc": None, "ks": None}
    if 0 < label.sum() < len(label):
        auc, ks = ranking(label, probability, weight[None, :])
        points["auc"], points["ks"] = float(auc[0]), float(ks[0])
    points["brier"] = float(np.average((probability - label) ** 2, weights=weight))
    points["ece"] = float(reliability.error(reliability.tenths(probability), label, probability, weight[None, :])[0])
    points["log_loss"] = float(np.average(_surprise(label, probability), weights=weight))
    return points


def _surprise(label: Numbers, probability: Numbers) -> Numbers:
    sure = np.finfo(np.float64).eps
    probability = np.clip(probability, sure, 1 - sure)
    return np.asarray(-np.where(label > 0, np.log(probability), np.log1p(-probability)), np.float64)


def _intervals(
    label: Numbers, probability: Numbers, weight: Numbers, customer: Sequence[str] | Array, replicates: int
) -> Figure:
    if replicates < 2 or len(label) < 2:
        return {}
    who = np.asarray(customer, object)
    if len(label) > _ROWS:
        kept = np.argsort(draw(identity(who), "bootstrap/rows", 0), kind="stable")[:_ROWS]
        label, probability, weight, who = label[kept], probability[kept], weight[kept], who[kept]
    weights = times_drawn(who, replicates) * weight[None, :]
    mass = weights.sum(axis=1)
    weights, mass = weights[mass > 0], mass[mass > 0]
    if len(weights) < 2:
        return {}
    per_case = -np.where(label > 0, np.log(probability), np.log1p(-probability))
    samples = {
        "brier": weights @ (probability - label) ** 2 / mass,
        "ece": reliability.error(reliability.tenths(probability), label, probability, weights),
        "log_loss": weights @ per_case / mass,
    }
    samples["auc"], samples["ks"] = ranking(label, probability, weights)
    return {
        f"{name}_{side}": float(np.quantile(values, share))
        for name, values in samples.items()
        if len(values)
        for side, share in (("low", 0.025), ("high", 0.975))
    }


def ranking(label: Numbers, probability: Numbers, weights: Numbers) -> tuple[Numbers, Numbers]:
    """Return AUC and KS under each row of ``(replicates, n)`` weights; ties count half."""
    order = np.argsort(-probability, kind="stable")
    falls = np.diff(probability[order], append=-np.inf) < 0
    true = np.cumsum((weights * label)[:, order], axis=1)[:, falls]
    false = np.cumsum((weights * (1 - label))[:, order], axis=1)[:, falls]
    both: Flags = (true[:, -1] > 0) & (false[:, -1] > 0)
    start = np.zeros((int(both.sum()), 1))
    true = np.hstack([start, true[both] / true[both][:, -1:]])
    false = np.hstack([start, false[both] / false[both][:, -1:]])
    auc = np.sum(np.diff(false, axis=1) * (true[:, 1:] + true[:, :-1]) / 2, axis=1)
    return auc, np.max(true - false, axis=1, initial=0.0)


def flat(figures: Mapping[str, Figure]) -> dict[str, float]:
    """Flatten figures by bucket into the names an experiment log takes: ``auc``, ``auc/31-60`` …, known ones only.

    Examples
    --------
    >>> flat({"pooled": {"auc": 0.7, "auc_low": 0.6}, "31-60": {"auc": 0.6, "ks": None}})
    {'auc': 0.7, 'auc_low': 0.6, 'auc/31-60': 0.6}
    """
    named = {}
    for group, values in figures.items():
        for name, value in values.items():
            if value is not None and (group == "pooled" or (name in _LOGGED_BY_BUCKET)):
                named[name if group == "pooled" else f"{name}/{group}"] = float(value)
    return named
