"""Scores by the release where it can be asked, and by documented priors where it cannot: never a guess, never a 500."""

import numpy as np

from regua.columns import Array, Columns, take
from regua.errors import BundleError
from serving.deciding.inputs import CODES
from serving.degrading.codes import FEATURES_MISSING
from serving.scoring.scorer import NO_BUNDLE_CODE, Scorer

PRIORS = Scorer(None)
"""What speaks where no model is asked."""


class ModelFailedError(BundleError):
    """A model of the release at work could not score a row it was asked about."""


def scored(columns: Columns, scorer: Scorer) -> dict[str, Array]:
    """Score each row; rows of which too much is missing are scored by priors alone, as their codes say.

    Raises
    ------
    ModelFailedError
        A model failed: the rows are to be decided without any.
    """
    try:
        scores = scorer.score(columns)
    except Exception as problem:  # whatever a model's library raises, a decision can be made without it
        raise ModelFailedError(
            f"a model of release {scorer.release_id} failed: {type(problem).__name__}",
            remedy="regua models; roll the release back: until then documented priors speak",
        ) from problem
    apart = np.array([FEATURES_MISSING in (codes or ()) for codes in columns[CODES].tolist()], dtype=bool)
    places = apart.nonzero()[0]
    if not len(places) or scorer.bundle is None:
        return scores
    priors = PRIORS.score(take(columns, places))
    for name, values in priors.items():
        column = scores[name] = scores[name].copy()
        column[places] = values
    for place in places.tolist():
        scores["score_sources"][place] = tuple(
            code for code in scores["score_sources"][place] if code != NO_BUNDLE_CODE
        )
    return scores
