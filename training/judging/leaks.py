"""Find what gives the answer away before a model does: a fact, a customer on both sides, a case seen twice.

A fact that gives the answer away entirely is refused. One that gives away a part of it passes there: the length of a
call that is to be foretold says much about how it ended. What betrays it is its company: facts known before the
question share what they know, and one that stands far above all the rest was probably written down later. It may also
be an honest, strong fact, so it is told as a suspect; a person has to look at when it becomes known.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from models.artifact import Artifact
from models.base import ModelSpec
from models.encode import Encoder
from models.families import TEXT_FEATURES
from models.measure import measure
from regua.columns import Array, Flags, Numbers
from regua.dice import draw, identity
from regua.errors import DataError
from training.examples import Examples, drawn_by_customer

_ROWS = 8_000
_PROBE_ROWS, _PROBE_TREES, _PROBE_RATE = 3_000, 20, 0.4
MARGIN = 0.05
"""By how much the AUC of one fact may exceed that of all others together."""
_CANDIDATES = 2
_LEAST_AUC = 0.7
_LEAST_OF_EACH = 30


@dataclass(frozen=True, slots=True)
class Suspect:
    """A fact, how well it ranks alone, and how well all others rank together, on customers they had not seen."""

    feature: str
    alone: float
    others: float


def refuse(spec: ModelSpec, examples: Examples, *, seed: int) -> None:
    """Refuse examples in which one feature alone ranks the target almost without fault.

    No honest fact about tomorrow does. It is then a status written after the event, a balance refreshed later, or a
    count that ran on past the observation.

    Raises
    ------
    DataError
        A single feature has an AUC above ``spec.gates.leak_auc``, or its absence has.
    """
    sample = examples.take(drawn_by_customer(examples.customer, _ROWS, f"leaks/{spec.name}", seed))
    if min(sample.positives, len(sample) - sample.positives) < spec.gates.minimum_positives:
        return
    for name in spec.features:
        column = sample.columns.get(name)
        if column is None or name in TEXT_FEATURES:
            continue
        for ranking in rankings(column):
            auc = area(sample.label > 0, ranking)
            if max(auc, 1 - auc) > spec.gates.leak_auc:
                raise DataError(
                    f"{name} alone ranks the target of {spec.name} with an AUC of {max(auc, 1 - auc):.3f}",
                    expected=f"at most {spec.gates.leak_auc} from any one fact known at the observation",
                    remedy=f"look at when {name} becomes known; it seems to be written after the outcome",
                )


def suspects(spec: ModelSpec, examples: Examples, *, seed: int) -> tuple[Suspect, ...]:
    """Look among the facts that rank best alone for those that rank better than all others together.

    Parameters
    ----------
    examples
        Learning cases; at most 8,000 of them, drawn by customer, are looked at.

    Returns
    -------
    Facts with an AUC of 0.7 and more alone that is surely (by two standard errors) 0.05 and more above what a booster
    of all others reaches on customers held back; none where there are too few cases of either answer.
    """
    sample = examples.take(drawn_by_customer(examples.customer, _ROWS, f"suspects/{spec.name}", seed))
    held = draw(identity(sample.customer), "suspects", 0, seed) < 1 / 2
    learn, ask = sample.take(~held), sample.take(held)
    rarer = min(min(part.positives, len(part) - part.positives) for part in (learn, ask))
    if rarer < _LEAST_OF_EACH:
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
            by_chance = 2 * np.sqrt(alone[name] * (1 - alone[name]) / rarer)
            if alone[name] - by_chance >= others + MARGIN:
                found.append(Suspect(name, alone[name], others))
    return tuple(found)


def _without(name: str, spec: ModelSpec, learn: Examples, ask: Examples, seed: int) -> Numbers:
    import lightgbm

    from training.teaching import tune
    from training.teaching.fit import lightgbm_dataset

    encoder = Encoder.learn([one for one in spec.features if one != name], learn.columns)
    params = tune.untuned(seed=seed, threads=1).params
    booster = lightgbm.train(dict(params), lightgbm_dataset(encoder, learn))
    return np.asarray(booster.predict(encoder.encode(ask.columns), num_threads=1), np.float64)


def shared_customers(train: Examples, test: Examples) -> float:
    """Return the share of the customers tested on who were learned from; anything but 0 flatters."""
    tested = set(test.customer.tolist())
    return len(tested & set(train.customer.tolist())) / max(len(tested), 1)


def shuffled(artifact: Artifact, train: Examples, test: Examples, *, seed: int) -> Mapping[str, float | None]:
    """Learn answers drawn by lot and measure the ranking of others drawn by lot: an AUC away from a half is a leak.

    The lot of a case hangs on its customer and its moment, so a case that stands on both sides draws the same answer
    twice, and is found out.

    Returns
    -------
    ``auc``, ``auc_low``, ``auc_high``; see :func:`models.measure.measure`.
    """
    import lightgbm

    from training.teaching.fit import lightgbm_dataset

    learn = _by_lot(train.take(drawn_by_customer(train.customer, _PROBE_ROWS, "probe/train", seed)), seed)
    ask = _by_lot(test.take(drawn_by_customer(test.customer, _PROBE_ROWS, "probe/test", seed)), seed)
    params: dict[str, Any] = {
        **artifact.body.get("params", {}),
        "objective": "binary",
        "verbosity": -1,
        "num_threads": 1,
        "num_iterations": _PROBE_TREES,
        "min_data_in_leaf": 20,
    }
    booster = lightgbm.train(params, lightgbm_dataset(artifact.encoder, learn))
    said = np.asarray(booster.predict(artifact.encoder.encode(ask.columns), num_threads=1), np.float64)
    return measure(ask.label, np.clip(said, 1e-6, 1 - 1e-6), ask.weight, ask.customer)


def _by_lot(examples: Examples, seed: int) -> Examples:
    keys = [f"{who} {when}" for who, when in zip(examples.customer, examples.moment.astype(str), strict=True)]
    label = (draw(identity(keys), "probe", 0, seed) < _PROBE_RATE).astype(np.float64)
    return replace(examples, label=label, weight=np.ones(len(label)))


def area(is_yes: Flags, ranking: Array) -> float:
    """Return the area under the curve of one fact alone, ties counting half.

    Examples
    --------
    >>> area(np.array([False, True, True]), np.array([1.0, 1.0, 2.0]))
    0.75
    """
    values, place = np.unique(ranking, return_inverse=True)
    yes, all_of_them = np.bincount(place[is_yes], minlength=len(values)), np.bincount(place)
    no = all_of_them - yes
    below = np.cumsum(no) - no / 2
    return float(yes @ below / (yes.sum() * no.sum()))


def rankings(column: Array) -> list[Numbers]:
    """List the ways a feature may rank: NULL below all, and NULL above all."""
    missing = np.isnan(column)
    known = column[~missing]
    if not len(known) or not missing.any():
        return [column] if len(known) and np.ptp(known) > 0 else []
    return [np.where(missing, known.min() - 1, column), np.where(missing, known.max() + 1, column)]
