"""Are these cases what they claim? Nothing from the future, no impossible answer, no weight that drowns the others."""

from datetime import datetime

import numpy as np

from models.base import ModelSpec
from regua.columns import Flags
from regua.errors import DataError
from regua.vocabulary import NOTHING
from training.cases.case import Cases
from training.cases.labels import instant


def check(spec: ModelSpec, cases: Cases, as_of: datetime, *, has_gaps: bool) -> None:
    """Refuse cases that no honest history can hold.

    Parameters
    ----------
    as_of
        The moment of training.
    has_gaps
        Some labels are still to be filled in once the profile is known, and NaN until then.

    Raises
    ------
    DataError
        A profile later than its question, a question later than the moment of training, an answer outside 0 to 1, a
        weight that is not positive and finite, or an arm the model does not have.
    """
    # Peace is nobody's arm and the control of every effect.
    arms = (*spec.each_arm, *((NOTHING,) if spec.answers == "effect" else ()))
    wrong: tuple[tuple[Flags, str, str, str], ...] = (
        (
            cases.known > cases.moment,
            "reads the profile after the question was asked",
            "a profile known by then",
            "let `known` be the dawn before, or the moment itself",
        ),
        (
            cases.moment > instant(as_of),
            "asks a question after the moment of training",
            "cases whose window had closed",
            "count them as window_open",
        ),
        (
            ~((cases.label >= 0) & (cases.label <= 1) | (np.isnan(cases.label) & has_gaps)),
            "has an answer that is no chance and no share",
            "from 0 to 1",
            "leave out cases without an answer, and count them",
        ),
        (
            ~(np.isfinite(cases.weight) & (cases.weight > 0)),
            "has a weight that is not positive and finite",
            "1, or the inverse of a propensity above 0",
            "leave out cases that could not have been chosen, and count them",
        ),
        (
            ~np.isin(cases.arm.astype(str), arms),
            "is of an arm the model does not have",
            f"one of {', '.join(arms) or 'no arms'}",
            "leave it out, and count it",
        ),
    )
    for where, found, expected, remedy in wrong:
        if where.any():
            row = int(np.flatnonzero(where)[0])
            raise DataError(
                f"{spec.name}: {int(where.sum())} of {len(cases)} cases; the first, of customer {cases.customer[row]} "
                f"at {cases.moment[row]}, {found}",
                expected=expected,
                remedy=remedy,
            )
