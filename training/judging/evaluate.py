"""Judge an artifact on cases that are later and belong to other people, beside the plainest rival there is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models.artifact import Artifact
from models.families import TEXT_FEATURES
from models.measure import Figure, by_bucket
from regua.columns import Numbers
from training.examples import Examples, drawn_by_customer

_RIVAL_ROWS = 6_000


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """Figures by bucket (``pooled`` first), and the log-odds scorecard's on the same cases where one was fitted."""

    figures: Mapping[str, Figure]
    scorecard: Figure | None
    scorecard_by_bucket: Mapping[str, Figure] = field(default_factory=dict)


def judge(artifact: Artifact, test: Examples, *, rival_learns_from: Examples | None = None) -> Verdict:
    """Measure an artifact out of time.

    Parameters
    ----------
    test
        Cases of the test fold; measured pooled and by arrears bucket, weighted as they were learned.
    rival_learns_from
        Learning cases for a logistic scorecard to stand beside the booster; None fits none.
    """
    if not len(test):
        return Verdict({}, None)
    rival: Mapping[str, Figure] = {}
    if rival_learns_from is not None and artifact.booster is not None:
        rival = figures(test, scorecard(artifact, rival_learns_from, test))
    return Verdict(figures(test, artifact.predict(test.columns)), rival.get("pooled"), rival)


def figures(cases: Examples, said: Numbers) -> Mapping[str, Figure]:
    """Measure ``(n,)`` chances on cases, weighted: figures by arrears bucket, ``pooled`` first."""
    late = cases.columns.get("days_past_due", np.full(len(cases), np.nan))
    return by_bucket(cases.label, said, cases.weight, cases.customer, late)


def scorecard(artifact: Artifact, train: Examples, test: Examples) -> Numbers:
    """Fit a logistic regression on quantile bins of the same facts and return ``(n,)`` test probabilities.

    NULL is a bin of its own, as on a printed scorecard; words are left out.
    """
    from scipy.sparse import hstack
    from sklearn.linear_model import LogisticRegression

    train = train.take(drawn_by_customer(train.customer, _RIVAL_ROWS, "scorecard", 0))
    names = [name for name in artifact.features if name not in TEXT_FEATURES and name in train.columns]
    parts = [_binned(train.columns[name], test.columns[name]) for name in names]
    learn, ask = (hstack([part[side] for part in parts], format="csr") for side in (0, 1))
    model = LogisticRegression(C=0.05, max_iter=200, tol=1e-3)
    model.fit(learn, train.label, sample_weight=train.weight / train.weight.mean())
    return np.clip(np.asarray(model.predict_proba(ask)[:, 1], np.float64), 1e-4, 1 - 1e-4)


def _binned(learn: Numbers, ask: Numbers) -> tuple[Any, Any]:
    """Return one column for each bin but the first, mostly nought: only where a case falls is kept."""
    from scipy.sparse import csr_array

    known = learn[~np.isnan(learn)]
    edges = np.unique(np.quantile(known, (0.2, 0.4, 0.6, 0.8))) if len(known) else np.empty(0)

    def place(column: Numbers) -> Any:
        bins = np.where(np.isnan(column), len(edges) + 1, np.searchsorted(edges, column, side="left"))
        rows = np.flatnonzero(bins)
        shape = (len(column), len(edges) + 1)
        return csr_array((np.ones(len(rows)), (rows, bins[rows] - 1)), shape=shape)

    return place(learn), place(ask)
