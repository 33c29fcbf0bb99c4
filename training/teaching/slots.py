"""Teach the hours of the day: how readily each slot is met, and how far one customer may stray from that.

Everything is fitted by marginal likelihood from the book itself: the rate of a slot is drawn towards that of its
medium, told apart by slot as all media together are, and of a weekday's slot towards that of the slot (Beta-Binomial);
the spread of customers' readiness by Laplace's approximation; the weight of the prior, one for all slots, by how well
it foretells a customer's count in one slot from all his others. Where customers all alike foretell nearly as well,
nobody has hours of his own.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from models.artifact import Artifact
from models.calibrate import IDENTITY
from models.encode import Encoder
from models.slots import WEEKDAYS, beside, logit, readiness, sigmoid
from regua.columns import Array, Columns, Numbers, take
from regua.dice import draw, identity
from regua.vocabulary import SLOT_HOURS
from training.judging import timing
from training.teaching import fit
from training.teaching.lesson import Lesson, Taught

_SLOTS = len(SLOT_HOURS)
_WEIGHTS = np.geomspace(0.5, 2_000.0, 34)
_BORROWED = (0.0, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0)
_SPREADS = np.geomspace(0.05, 3.0, 22)
_CREDIBLE = 2.394
"""Standard errors by which the best of six slots must beat the rest: one chance in twenty of any, one-sided."""
_SHUFFLES, _SHOWN = 12, 3.0
"""Hours of their own must foretell better, by this log evidence, than in any book whose hours were dealt anew."""
_GOLDEN_ROWS = 4


def teach(lesson: Lesson) -> Taught:
    """Teach the table of each medium; nothing for one with too few contacts.

    The judged learns from the folds of learning and calibrating, the final from every contact.
    """
    folds = lesson.folds
    seen, everything = folds.train | folds.calibrate, np.ones(len(lesson.examples), bool)
    judged = {arm: _measured(lesson, one) for arm in lesson.spec.arms if (one := _artifact(lesson, arm, seen))}
    final = {arm: one for arm in judged if (one := _artifact(lesson, arm, everything))}
    return Taught(judged, final)


def _artifact(lesson: Lesson, arm: str, rows: Array) -> Artifact | None:
    spec, mine = lesson.spec, rows & (lesson.arm == arm)
    train = lesson.examples.take(mine)
    no = len(train) - train.positives
    if len(train) < spec.gates.minimum_rows or min(train.positives, no) < spec.gates.minimum_positives:
        return None
    slot, weekday = (lesson.extras[name].astype(np.int64) for name in ("slot", "weekday"))
    label = lesson.examples.label > 0
    table = table_of(slot[rows], label[rows], lesson.examples.customer[rows])
    table |= rates_of(slot[mine], weekday[mine], label[mine], train.customer, table)
    body = fit.body_of(spec, arm, train, IDENTITY, Encoder((), ())) | {"kind": "slots", "table": table}
    return Artifact(spec.artifact_name(arm), body, Encoder((), ()), IDENTITY).proving(_sample(lesson, arm))


def _measured(lesson: Lesson, artifact: Artifact) -> Artifact:
    rows = np.flatnonzero(lesson.folds.test & (lesson.arm == artifact.body["arm"]))
    figures = timing.judge(artifact, lesson.examples.take(rows), take(lesson.extras, rows))
    return fit.with_metrics(artifact, {"by_bucket": figures})


def _sample(lesson: Lesson, arm: str) -> Columns:
    """Draw profiles to prove the table on, whose counts let every slot speak."""
    who = identity([f"{arm} {row}" for row in range(_GOLDEN_ROWS)])
    tries = {f"tries_180d_{hour:02}": np.floor(draw(who, f"tries {hour}", 0, lesson.seed) * 9) for hour in SLOT_HOURS}
    reached = {
        f"reached_180d_{hour:02}": np.floor(draw(who, f"reached {hour}", 0, lesson.seed) * (tries[name] + 1))
        for hour, name in zip(SLOT_HOURS, tries, strict=True)
    }
    return {"day_of_week": 1.0 + np.arange(_GOLDEN_ROWS) % WEEKDAYS, **tries, **reached}


def table_of(slot: Array, label: Array, customer: Array) -> dict[str, Any]:
    """Fit what holds for all media together.

    Returns
    -------
    ``usual`` (rate by slot), ``tells`` (whether its best slot beats the rest by more than chance), ``spread`` (of
    customers' readiness, in log-odds), ``weight`` (of a slot's prior, in tries) and ``borrowed`` (what a try beside a
    slot is worth in it). Where customers were not shown to have hours of their own, the weight is the greatest.
    """
    tries, reached = counts(slot, label, customer)
    made, met = tries.sum(axis=0), reached.sum(axis=0)
    usual = np.clip(_drawn(met, made, met.sum() / made.sum()), 1e-3, 1 - 1e-3)
    spread = float(_SPREADS[np.argmax([_evidence_of_spread(usual, tries, reached, one) for one in _SPREADS])])
    expected = _expected(usual, tries, reached, spread)
    evidence = np.array([[_foretold(tries, reached, expected, one, lent) for one in _WEIGHTS] for lent in _BORROWED])
    lent, weight = divmod(int(np.argmax(evidence)), len(_WEIGHTS))
    by_chance = _gained_by_chance(slot, label, customer, spread, (float(_WEIGHTS[weight]), _BORROWED[lent]))
    if evidence.max() - evidence[0, -1] <= by_chance + _SHOWN:
        lent, weight = 0, -1
    return {
        "usual": usual.tolist(),
        "tells": best_beats_rest(slot, label, customer),
        "spread": spread,
        "weight": float(_WEIGHTS[weight]),
        "borrowed": _BORROWED[lent],
    }


def _expected(usual: Numbers, tries: Numbers, reached: Numbers, spread: float) -> Numbers:
    """Return what each slot of a customer is expected to show from all his others, if he has no hours of his own."""
    expected = np.empty_like(tries)
    for place in range(_SLOTS):
        others = np.arange(_SLOTS) != place
        ready = readiness(usual[others], tries[:, others], reached[:, others], spread)
        expected[:, place] = sigmoid(logit(usual[place : place + 1]) + ready)
    return expected


def _gained_by_chance(slot: Array, label: Array, customer: Array, spread: float, fitted: tuple[float, float]) -> float:
    """Return the most log evidence that hours of their own gain where there are none.

    Each customer's successes are dealt anew among his own contacts: he stays as ready as he was, at no hour of his own.
    """
    who, most = identity([f"try {row}" for row in range(len(slot))]), 0.0
    mine = np.argsort(customer.astype(str), kind="stable")
    for turn in range(_SHUFFLES):
        dealt = np.empty_like(label)
        dealt[mine] = label[np.lexsort((draw(who, f"dealt {turn}", 0), customer.astype(str)))]
        tries, reached = counts(slot, dealt, customer)
        usual = np.clip(reached.sum(axis=0) / np.maximum(tries.sum(axis=0), 1.0), 1e-3, 1 - 1e-3)
        expected = _expected(usual, tries, reached, spread)
        alike = _foretold(tries, reached, expected, float(_WEIGHTS[-1]), 0.0)
        most = max(most, _foretold(tries, reached, expected, *fitted) - alike)
    return most


def _foretold(tries: Numbers, reached: Numbers, expected: Numbers, weight: float, borrowed: float) -> float:
    """Return the log evidence of a weight, and of what is borrowed from neighbours, over all slots."""
    rows = tries > 0
    near, near_met = borrowed * beside(tries), borrowed * beside(reached)
    yes, no = weight * expected + near_met, weight * (1 - expected) + near - near_met
    return _evidence(reached[rows], tries[rows], yes[rows], no[rows])


def rates_of(slot: Array, weekday: Array, label: Array, customer: Array, together: Mapping[str, Any]) -> dict[str, Any]:
    """Fit the rates of one medium, beside what holds for all media together (:func:`table_of`).

    Returns
    -------
    ``rate`` (7 weekdays × slots), and ``tells``: whether its best slot beats the rest by more than chance, in this
    medium, or in all media together where that slot is this medium's best too.
    """
    cell = weekday * _SLOTS + slot
    size, shape = WEEKDAYS * _SLOTS, (WEEKDAYS, _SLOTS)
    made: Numbers = np.bincount(cell, minlength=size).astype(np.float64).reshape(shape)
    met: Numbers = np.bincount(cell, weights=label, minlength=size).astype(np.float64).reshape(shape)
    usual = logit(np.asarray(together["usual"], np.float64))
    pattern = sigmoid(logit(np.asarray(met.sum() / made.sum())) + usual - usual.mean())
    by_slot = _drawn(met.sum(axis=0), made.sum(axis=0), pattern)
    rate = np.clip(_drawn(met.ravel(), made.ravel(), np.tile(by_slot, WEEKDAYS)), 1e-3, 1 - 1e-3)
    agrees = bool(together["tells"]) and int(np.argmax(by_slot)) == int(np.argmax(usual))
    tells = agrees or best_beats_rest(slot, label, customer)
    return {"rate": rate.reshape(WEEKDAYS, _SLOTS).tolist(), "tells": tells}


def best_beats_rest(slot: Array, label: Array, customer: Array) -> bool:
    """Say whether the slot of the best rate is better than the others together by more than chance.

    The error of the difference is taken over customers, since two contacts of one are not two pieces of evidence.
    """
    tries, reached = counts(slot, label, customer)
    made, met = tries.sum(axis=0), reached.sum(axis=0)
    if (made > 0).sum() < 2 or met.sum() <= 0:
        return False
    rate = np.where(made > 0, met / np.maximum(made, 1), -1.0)
    best = int(np.argmax(rate))
    rest, rest_met = made.sum() - made[best], met.sum() - met[best]
    if rest <= 0 or made[best] <= 0:
        return False
    gap = rate[best] - rest_met / rest
    strays = (reached[:, best] - rate[best] * tries[:, best]) / made[best]
    others = reached.sum(axis=1) - reached[:, best] - (rest_met / rest) * (tries.sum(axis=1) - tries[:, best])
    error = float(np.sqrt(np.sum((strays - others / rest) ** 2)))
    return bool(gap > _CREDIBLE * error)


def counts(slot: Array, label: Array, customer: Array) -> tuple[Numbers, Numbers]:
    """Count tries and successes, ``(customers, slots)`` each."""
    _, who = np.unique(customer.astype(str), return_inverse=True)
    shape = (int(who.max(initial=-1)) + 1, _SLOTS)
    tries, reached = np.zeros(shape), np.zeros(shape)
    np.add.at(tries, (who, slot), 1.0)
    np.add.at(reached, (who, slot), label.astype(np.float64))
    return tries, reached


def _drawn(met: Numbers, made: Numbers, towards: float | Numbers) -> Numbers:
    """Draw rates towards a mean by as much as their own scatter allows."""
    mean = np.clip(np.broadcast_to(np.asarray(towards, np.float64), met.shape), 1e-4, 1 - 1e-4)
    weight = _weight(met, made, mean)
    return np.asarray((met + weight * mean) / (made + weight))


def _weight(met: Numbers, made: Numbers, mean: Numbers) -> float:
    """Return the weight, in tries, under which Beta priors around given means foretell the counts best."""
    rows = made > 0
    met, made, mean = met[rows], made[rows], mean[rows]
    return float(_WEIGHTS[np.argmax([_evidence(met, made, mean * one, (1 - mean) * one) for one in _WEIGHTS])])


def _evidence(met: Numbers, made: Numbers, yes: Numbers, no: Numbers) -> float:
    """Return the log marginal likelihood of counts under Beta priors, but for what no prior changes."""
    from scipy.special import betaln

    return float(np.sum(betaln(met + yes, made - met + no) - betaln(yes, no)))


def _evidence_of_spread(usual: Numbers, tries: Numbers, reached: Numbers, spread: float) -> float:
    """Return Laplace's approximation of the log marginal likelihood of normal readiness in log-odds."""
    ready = readiness(usual, tries, reached, spread)
    chance = sigmoid(logit(usual) + ready[:, None])
    fitted = (reached * np.log(chance) + (tries - reached) * np.log1p(-chance)).sum(axis=1)
    bend = (tries * chance * (1 - chance)).sum(axis=1) + spread**-2
    return float(np.sum(fitted - ready**2 / (2 * spread**2) - np.log(spread) - 0.5 * np.log(bend)))
