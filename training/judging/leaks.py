"""Find the fact that gives the answer away before a model does."""

import numpy as np

from models.base import ModelSpec
from models.families import TEXT_FEATURES
from regua.columns import Array, Numbers
from regua.errors import DataError
from training.examples import Examples, drawn_by_customer

_ROWS = 8_000


def refuse(spec: ModelSpec, examples: Examples, *, seed: int) -> None:
    """Refuse examples in which one feature alone ranks the target almost without fault.

    No honest fact about tomorrow does. It is then a status written after the event, a balance refreshed later, or a
    count that ran on past the observation.

    Raises
    ------
    DataError
        A single feature has an AUC above ``spec.gates.leak_auc``, or its absence has.
    """
    from sklearn.metrics import roc_auc_score

    sample = examples.take(drawn_by_customer(examples.customer, _ROWS, f"leaks/{spec.name}", seed))
    if min(sample.positives, len(sample) - sample.positives) < spec.gates.minimum_positives:
        return
    for name in spec.features:
        column = sample.columns.get(name)
        if column is None or name in TEXT_FEATURES:
            continue
        for ranking in _rankings(column):
            auc = float(roc_auc_score(sample.label, ranking))
            if max(auc, 1 - auc) > spec.gates.leak_auc:
                raise DataError(
                    f"{name} alone ranks the target of {spec.name} with an AUC of {max(auc, 1 - auc):.3f}",
                    expected=f"at most {spec.gates.leak_auc} from any one fact known at the observation",
                    remedy=f"look at when {name} becomes known; it seems to be written after the outcome",
                )


def _rankings(column: Array) -> list[Numbers]:
    """List the ways a feature may rank: NULL below all, and NULL above all."""
    missing = np.isnan(column)
    known = column[~missing]
    if not len(known) or not missing.any():
        return [column] if len(known) and np.ptp(known) > 0 else []
    return [np.where(missing, known.min() - 1, column), np.where(missing, known.max() + 1, column)]
