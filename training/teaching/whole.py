"""Teach one booster from all that may be learned from, the latest cases too, and still calibrate it on unseen ones.

Cases held back to calibrate are the latest, and the latest tell most of tomorrow: a booster that never learns from them
ranks tomorrow worse than it could. So the calibration is found first, by a booster that learned from the earlier cases
alone and so stands to the held-back ones as the final one will stand to tomorrow's. Then the booster that is judged
learns from both, and the one that goes to work from the tested cases too.

Where the earlier cases do not rank the later ones at all, how that booster must be calibrated says nothing of the next.
The held-back cases are then scored in turns, each third of their customers by a booster that learned from all but them
(cross-fitting).
"""

import numpy as np

from models import calibrate
from models.artifact import Artifact
from models.calibrate import Calibration
from models.measure import measure
from regua.columns import Numbers
from regua.dice import draw, identity
from training.examples import Examples
from training.teaching import fit
from training.teaching.lesson import Lesson, Taught

TURNS = 3
RANKS_FROM = 0.55
"""Below this AUC, at the lower end of its interval, earlier cases are taken not to rank later ones."""


def teach(lesson: Lesson) -> Taught:
    """Teach a model without arms; nothing where there is too little to learn from."""
    train = lesson.examples.take(lesson.folds.train)
    if fit.refusal(lesson.spec, train) is not None:
        return Taught({}, {})
    calibration = _calibration(lesson)
    known = lesson.folds.weighted(lesson.examples).take(lesson.folds.train | lesson.folds.calibrate)
    judged = fit.with_calibration(_booster(lesson, known), calibration)
    final = fit.with_calibration(_booster(lesson, lesson.examples), calibration)
    return Taught({"": judged}, {"": final})


def _calibration(lesson: Lesson) -> Calibration:
    """Choose the calibration on scores of the held-back cases, by boosters that had not seen their customers."""
    weighted = lesson.folds.weighted(lesson.examples)
    held = weighted.take(lesson.folds.calibrate)
    if not len(held):
        return calibrate.IDENTITY
    raw = _scored(_booster(lesson, weighted.take(lesson.folds.train)), held)
    if lesson.folds.how != "customers" and not _ranks(raw, held):
        raw = _in_turns(lesson, held)
    return calibrate.fit(raw, held.label, held.weight, held.moment)


def _in_turns(lesson: Lesson, held: Examples) -> Numbers:
    """Score each third of the held-back customers by a booster of everything that may be learned from but them."""
    turn, mine = (
        np.floor(draw(identity(customer), "whole/turn", 0, lesson.seed) * TURNS)
        for customer in (lesson.examples.customer, held.customer)
    )
    raw = np.empty(len(held))
    for one in range(TURNS):
        learns = lesson.folds.train | (lesson.folds.calibrate & (turn != one))
        learned = lesson.folds.weighted(lesson.examples).take(learns)
        raw[mine == one] = _scored(_booster(lesson, learned), held.take(mine == one))
    return raw


def _ranks(raw: Numbers, held: Examples) -> bool:
    probability = calibrate.IDENTITY.apply(raw)
    low = measure(held.label, probability, held.weight, held.customer).get("auc_low")
    return low is not None and low >= RANKS_FROM


def _scored(booster: Artifact, cases: Examples) -> Numbers:
    return booster.raw(booster.encoder.encode(cases.columns))


def _booster(lesson: Lesson, learned: Examples) -> Artifact:
    nobody = learned.take(np.empty(0, np.int64))
    return fit.booster(lesson.spec, "", lesson.encoder, learned, nobody, lesson.params)
