"""Find a fact that knows too much: alone it ranks better than all the others together.

A fact that gives the answer away entirely is refused (:mod:`training.judging.leaks`). One that gives away a part of it
passes there: the length of a call that is to be foretold says much about how it ended. What betrays it is its company:
facts known before the question share what they know, and one that stands far above all the rest was probably written
down later. It may also be an honest, strong fact; a person has to look at when it becomes known.
"""

from dataclasses import dataclass

import numpy as np

from models.base import ModelSpec
from models.encode import Encoder
from models.families import TEXT_FEATURES
from regua.columns import Numbers
from regua.dice import draw, identity
from training.examples import Examples, drawn_by_customer
from training.judging.leaks import area, rankings
from training.teaching import tune
from training.teaching.fit import lightgbm_dataset

_ROWS = 8_000
_CANDIDATES = 2
_LEAST_AUC = 0.7
_MARGIN = 0.05
_LEAST_OF_EACH = 30


@dataclass(frozen=True, slots=True)
class Suspect:
    """A fact, how well it ranks alone, and how well all others rank together, on customers they had not seen."""

    feature: str
    alone: float
    others: float


def find(spec: ModelSpec, examples: Examples, *, seed: int) -> tuple[Suspect, ...]:
    """Look among the facts that rank best alone for those that rank better than all others together.

    Parameters
    ----------
    examples
        Learning cases; at most 8,000 of them, drawn by customer, are looked at.

    Returns
    -------
    Facts with an AUC of 0.7 and more alone that is 0.05 and more above what a booster of all others reaches on
    customers held back; none where there are too few cases of either answer.
    """
    sample = examples.take(drawn_by_customer(examples.customer, _ROWS, f"suspects/{spec.name}", seed))
    held = draw(identity(sample.customer), "suspects", 0, seed) < 1 / 2
    learn, ask = sample.take(~held), sample.take(held)
    if min(min(part.positives, len(part) - part.positives) for part in (learn, ask)) < _LEAST_OF_EACH:
        return ()
    alone = {}
    for name in spec.features:
        if name in ask.columns and name not in TEXT_FEATURES:
            ranked = [area(ask.label > 0, way) for way in rankings(ask.columns[name])]
            alone[name] = max((max(auc, 1 - auc) for auc in ranked), default=0.5)
    strongest = sorted(alone, key=lambda name: -alone[name])[:_CANDIDATES]
    found = []
    for name in strongest:
        if alone[name] >= _LEAST_AUC:
            others = area(ask.label > 0, _without(name, spec, learn, ask, seed))
            if alone[name] >= others + _MARGIN:
                found.append(Suspect(name, alone[name], others))
    return tuple(found)


def _without(name: str, spec: ModelSpec, learn: Examples, ask: Examples, seed: int) -> Numbers:
    import lightgbm

    encoder = Encoder.learn([one for one in spec.features if one != name], learn.columns)
    params = tune.untuned(seed=seed, threads=1).params
    booster = lightgbm.train(dict(params), lightgbm_dataset(encoder, learn))
    return np.asarray(booster.predict(encoder.encode(ask.columns), num_threads=1), np.float64)
