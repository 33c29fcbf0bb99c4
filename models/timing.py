"""How well does a model foretell when: at which hour a contact is noticed, in which month a debt comes in?

And how well does it find the few: a complaint in a hundred contacts makes nearly any ranking look good by its AUC, so
the seldom is measured by average precision. Intervals come from a bootstrap of whole customers, as everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.measure import Figure
from models.resample import times_drawn
from regua.columns import Array, Flags, Numbers

NEAREST = 3
"""Slots a contact may choose among in practice: half of the day."""

MONTH_DAYS = 30

_REPLICATES = 200
_LEAST_ROWS = 30


def hours(
    chances: Numbers, population: Numbers, slot: Array, noticed: Flags, customer: Array, *, best: int = NEAREST
) -> Figure:
    """Measure how often a contact that was noticed fell in one of a customer's best slots.

    Parameters
    ----------
    chances, population
        ``(n, slots)`` what the model expects of this customer, and what the book alone would say of anybody.
    slot, noticed
        ``(n,)`` the slot of each contact and whether it was noticed.
    customer
        ``(n,)`` whose contact it is.

    Returns
    -------
    ``hit`` of the model and ``population_hit`` of the book's best slots, ``gain`` of the one over the other, with
    intervals; ``rows`` contacts, ``positives`` noticed. None where nothing was noticed.
    """
    figures: Figure = {"rows": len(slot), "positives": float(noticed.sum()), "rate": _share(noticed)}
    ours, theirs = (_is_among(said[noticed], slot[noticed], best) for said in (chances, population))
    weights = times_drawn(customer[noticed], _REPLICATES) if noticed.any() else np.empty((0, 0))
    for name, values in (("hit", ours), ("population_hit", theirs), ("gain", ours - theirs)):
        figures |= _mean(name, values, weights)
    return figures


@dataclass(frozen=True, slots=True, eq=False)
class Months:
    """Months of curves, ``(n,)`` each.

    Parameters
    ----------
    month, followed
        Which month, 1 to 12, and of which contract at which moment.
    months_over
        How many months of that contract had passed when training began, paid up or not.
    moment, customer
        When it was asked, and whose contract it is.
    since
        Only what came in after this instant is measured: nobody could have learned from it. None: everything.
    """

    month: Array
    followed: Array
    months_over: Array
    moment: Array
    customer: Array
    since: np.datetime64 | None = None

    def is_late(self, month: Array | int) -> Flags:
        """Say whether a month of each row's contract ended after testing began."""
        if self.since is None:
            return np.ones(len(self.month), bool)
        return np.asarray(self.moment + (np.asarray(month) * MONTH_DAYS).astype("timedelta64[D]") > self.since)


def months(
    label: Numbers,
    hazard: Numbers,
    recovered: Mapping[int, Numbers],
    months_of: Months,
    weight: Numbers | None = None,
) -> dict[str, Figure]:
    """Measure a curve against the months that were seen.

    Parameters
    ----------
    label, hazard
        ``(n,)`` share of what was left that was paid in the month, as it was and as it was expected.
    recovered
        By horizon in months, ``(n,)``: what was expected to have come in by then.
    months_of
        Which months these are.
    weight
        ``(n,)`` the share of each debt that was left when its month began: what is said is of cents, not of contracts.
        None: every month counts as much.

    Returns
    -------
    ``pooled``: ``mae_3`` …, the mean absolute error of what had come in by then, over the ``curves_3`` … contracts seen
    so long, beside ``mean_mae_3`` of one curve for all, drawn with hindsight; ``ece_month`` and
    ``ece_vintage``. Then, for each ``month …`` and ``vintage …`` (month of observation), ``said`` and ``happened``.
    """
    if not len(label):
        return {"pooled": {"rows": 0, "positives": 0.0, "rate": None}}
    weight = np.ones(len(label)) if weight is None else weight
    month, usual = months_of.month.astype(np.int64), np.zeros(13)
    for one in np.unique(month):
        usual[one] = np.average(label[month == one], weights=weight[month == one])
    late = months_of.is_late(month)
    pooled: Figure = {"rows": int(late.sum()), "positives": float(label[late].sum()), "rate": _share(label[late])}
    figures: dict[str, Figure] = {"pooled": pooled}
    for horizon, said in recovered.items():
        hindsight = float(1.0 - np.prod(1.0 - usual[: horizon + 1]))
        figures["pooled"] |= _error_by(horizon, label, said, hindsight, months_of)
    if not late.any():
        return figures
    label, hazard, weight = label[late], hazard[late], weight[late]
    vintage = months_of.moment[late].astype("datetime64[M]")
    for kind, groups in (("month", month[late]), ("vintage", vintage)):
        found = {f"{kind} {one}": _agreement(label, hazard, weight, groups == one) for one in np.unique(groups)}
        figures |= {name: figure for name, figure in found.items() if (figure["rows"] or 0) >= _LEAST_ROWS}
        gaps = [abs((one["said"] or 0) - (one["happened"] or 0)) for one in found.values()]
        figures["pooled"][f"ece_{kind}"] = float(np.average(gaps, weights=[one["rows"] or 0 for one in found.values()]))
    return figures


def precision(label: Numbers, probability: Numbers, weight: Numbers, customer: Array) -> Figure:
    """Measure how many of those ranked high were right to be: average precision, beside the ``rate`` of chance.

    Average precision is the area under precision and recall without interpolation (Davis & Goadrich 2006).
    """
    figures: Figure = {"rows": len(label), "positives": float(label.sum()), "average_precision": None}
    if not 0 < label.sum() < len(label):
        return figures
    from sklearn.metrics import average_precision_score

    figures["rate"] = float(np.average(label, weights=weight))
    figures["average_precision"] = float(average_precision_score(label, probability, sample_weight=weight))
    drawn = [
        float(average_precision_score(label, probability, sample_weight=times * weight))
        for times in times_drawn(customer, _REPLICATES // 2)
        if (times * label).sum() > 0
    ]
    if len(drawn) > 1:
        low, high = np.quantile(drawn, [0.025, 0.975])
        figures |= {"average_precision_low": float(low), "average_precision_high": float(high)}
    return figures


def _share(values: Array) -> float | None:
    return float(np.mean(values)) if len(values) else None


def _is_among(chances: Numbers, slot: Array, best: int) -> Numbers:
    ranked = np.argsort(-chances, axis=1, kind="stable")[:, :best]
    return np.asarray((ranked == slot[:, None]).any(axis=1), np.float64)


def _error_by(horizon: int, label: Numbers, said: Numbers, hindsight: float, months_of: Months) -> Figure:
    month, late = months_of.month, months_of.is_late(horizon)
    # Of contracts too young for the horizon only those that paid up would be whole: they are left out with the rest.
    early = np.flatnonzero((month <= horizon) & (months_of.months_over >= horizon) & late)
    curves, first, place = np.unique(months_of.followed[early], return_index=True, return_inverse=True)
    is_whole, left = np.zeros(len(curves), bool), np.ones(len(curves))
    is_whole[place[(month[early] == horizon) | (label[early] >= 1)]] = True
    np.multiply.at(left, place, 1.0 - label[early])
    kept = np.flatnonzero(is_whole)
    figures: Figure = {f"curves_{horizon}": float(len(kept))}
    if not len(kept):
        return figures | {f"mae_{horizon}": None, f"mean_mae_{horizon}": None}
    rows, happened = early[first[kept]], 1.0 - left[kept]
    weights = times_drawn(months_of.customer[rows], _REPLICATES)
    figures |= _mean(f"mae_{horizon}", np.abs(said[rows] - happened), weights)
    return figures | {f"mean_mae_{horizon}": float(np.abs(hindsight - happened).mean())}


def _agreement(label: Numbers, hazard: Numbers, weight: Numbers, rows: Flags) -> Figure:
    happened, said = (float(np.average(values[rows], weights=weight[rows])) for values in (label, hazard))
    counted: Figure = {"rows": int(rows.sum()), "positives": float(label[rows].sum()), "rate": happened}
    return counted | {"said": said, "happened": happened}


def _mean(name: str, values: Numbers, weights: Numbers) -> Figure:
    if not len(values):
        return {name: None}
    found: Figure = {name: float(values.mean())}
    mass = weights.sum(axis=1)
    drawn = (weights @ values)[mass > 0] / mass[mass > 0]
    if len(drawn) > 1:
        low, high = np.quantile(drawn, [0.025, 0.975])
        found |= {f"{name}_low": float(low), f"{name}_high": float(high)}
    return found
