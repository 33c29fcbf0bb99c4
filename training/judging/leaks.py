"""Find what gives the answer away before a model does: a fact, a customer on both sides, a case seen twice."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from models.artifact import Artifact
from models.base import ModelSpec
from models.families import TEXT_FEATURES
from models.measure import measure
from regua.columns import Array, Flags, Numbers
from regua.dice import draw, identity
from regua.errors import DataError
from training.examples import Examples, drawn_by_customer

_ROWS = 8_000
_PROBE_ROWS, _PROBE_TREES, _PROBE_RATE = 3_000, 20, 0.4


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
