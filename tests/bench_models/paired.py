"""How much better is one answer than another on the same cases? A difference, and the interval chance gives it."""

from dataclasses import dataclass

import numpy as np

from models.resample import times_drawn
from regua.columns import Numbers
from regua.dice import draw, identity
from training.examples import Examples

REPLICATES = 200
_ROWS = 30_000


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and what holds it with 95 % confidence."""

    point: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """Ours less the rival's AUC (above 0 is better) and log loss (below 0 is better)."""

    auc: Interval
    log_loss: Interval

    @property
    def verdict(self) -> str:
        """Say in words whether we are better, and in what."""
        return f"{_said(self.auc, 1)} ranking, {_said(self.log_loss, -1)} chances"


def _said(difference: Interval, sign: int) -> str:
    low, high = sorted((difference.low * sign, difference.high * sign))
    return "better" if low > 0 else "worse" if high < 0 else "equal"


def compare(test: Examples, ours: Numbers, rival: Numbers) -> Difference:
    """Measure both on the same cases, and on the same draws of customers for the interval."""
    kept = np.argsort(draw(identity(test.customer), "bootstrap/rows", 0), kind="stable")[:_ROWS]
    times = times_drawn(test.customer[kept], REPLICATES)
    weights = times * test.weight[kept]
    label = test.label[kept]
    losses = [_loss(label, said[kept]) for said in (ours, rival)]
    drawn_loss = weights @ (losses[0] - losses[1]) / weights.sum(axis=1)
    drawn_auc = _auc(label, ours[kept], weights) - _auc(label, rival[kept], weights)
    whole = test.weight[None, :]
    auc = (_auc(test.label, ours, whole) - _auc(test.label, rival, whole))[0]
    loss = np.average(_loss(test.label, ours) - _loss(test.label, rival), weights=test.weight)
    return Difference(_interval(float(auc), drawn_auc), _interval(float(loss), drawn_loss))


def _interval(point: float, drawn: Numbers) -> Interval:
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return Interval(point, float(low), float(high))


def _loss(label: Numbers, said: Numbers) -> Numbers:
    return np.asarray(-np.where(label > 0, np.log(said), np.log1p(-said)), np.float64)


def _auc(label: Numbers, said: Numbers, weights: Numbers) -> Numbers:
    """Return the AUC under each row of ``(replicates, n)`` weights; ties count half."""
    order = np.argsort(said, kind="stable")
    ends = np.flatnonzero(np.diff(said[order], append=np.inf) > 0)
    true = np.cumsum((weights * label)[:, order], axis=1)[:, ends]
    false = np.cumsum((weights * (1 - label))[:, order], axis=1)[:, ends]
    before = np.hstack([np.zeros((len(weights), 1)), false[:, :-1]])
    gained = np.diff(true, axis=1, prepend=0.0)
    return np.asarray((gained * (before + false) / 2).sum(axis=1) / (true[:, -1] * false[:, -1]), np.float64)
