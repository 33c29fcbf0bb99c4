"""How much of a debt will have come in by a month: one booster asked once for each stretch of the year.

The booster gives the log-odds of the share of what is still left that is paid in a month (a discrete-time hazard).
What has come in after ``m`` months is ``1 - prod(1 - h)`` over the months until then, so a curve can neither fall nor
leave ``[0, 1]``, whatever the booster says.

A booster knows the people it learned from: who of them did not pay for months it tells from the others by sight. Of new
people it says the hazard of their later months too high, since among those who are left it cannot tell the same ones.
What it says is moved by as much as it was found wrong on people it had not seen, a stretch at a time (``levels``).
"""

from typing import TYPE_CHECKING

import numpy as np

from regua.columns import Array, Numbers

if TYPE_CHECKING:
    from models.artifact import Artifact

MONTHS = 12
STRETCHES: tuple[int, ...] = (1, 2, 3, 4, 4, 4, 7, 7, 7, 7, 7, 7)
"""The stretch each month belongs to, named by its first month: the hazard is steady within one."""

ASKED = tuple(dict.fromkeys(STRETCHES))
"""The stretches a booster is asked about, by their first months."""

_STRETCH_OF_MONTH = np.searchsorted(ASKED, STRETCHES)
_STEPS, _WEIGHTS = (part / 2 for part in np.polynomial.legendre.leggauss(16))
_STEPS = _STEPS + 0.5
_FLOOR = 1e-9


def stretch(month: Array) -> Numbers:
    """Return the value of the booster's last column for months 1 to 12.

    Examples
    --------
    >>> stretch(np.array([1, 5, 12])).tolist()
    [1.0, 4.0, 7.0]
    """
    return np.asarray(STRETCHES, np.float64)[np.asarray(month, np.int64) - 1]


def asked(matrix: Numbers) -> Numbers:
    """Ask each row once a stretch: ``(n, features)`` becomes ``(n · stretches, features + 1)``, side by side."""
    many = np.repeat(matrix, len(ASKED), axis=0)
    return np.column_stack([many, np.tile(np.asarray(ASKED, np.float64), len(matrix))])


def hazards(artifact: "Artifact", matrix: Numbers, month: Array, *, threads: int = 1) -> Numbers:
    """Return ``(n,)`` the share of what is left that is expected to be paid in each row's own month, calibrated."""
    raw = said(artifact, matrix, month, threads=threads)
    return artifact.calibration.apply(raw + _levels(artifact)[np.searchsorted(ASKED, stretch(month))])


def said(artifact: "Artifact", matrix: Numbers, month: Array, *, threads: int = 1, trees: int = -1) -> Numbers:
    """Return ``(n,)`` the log-odds that the first trees give each row's own month, before levels and calibration."""
    booster = artifact.booster
    assert booster is not None  # noqa: S101 - a prior has no curve
    rows = in_month(matrix, month)
    if not len(rows):
        return np.empty(0)
    raw = booster.predict(rows, raw_score=True, num_threads=threads, num_iteration=trees)
    return np.asarray(raw, np.float64)


def levelled(artifact: "Artifact", raw: Numbers) -> Numbers:
    """Move what the booster said, in the order of :func:`asked`, by the level of each stretch; the shape is kept."""
    return np.asarray((raw.reshape(-1, len(ASKED)) + _levels(artifact)).reshape(raw.shape))


def _levels(artifact: "Artifact") -> Numbers:
    levels = np.asarray(artifact.body["levels"], np.float64)
    if levels.shape != (len(ASKED),) or not np.isfinite(levels).all():
        raise ValueError(f"levels are {levels.tolist()}, where {len(ASKED)} finite numbers are expected")
    return levels


def in_month(matrix: Numbers, month: Array) -> Numbers:
    """Put each row's month beside it, as the booster's last column."""
    return np.column_stack([matrix, stretch(month)])


def recovered(hazard: Numbers) -> Numbers:
    """Add up a year of hazards.

    Parameters
    ----------
    hazard
        ``(n · stretches,)`` shares in [0, 1], in the order of :func:`asked`.

    Returns
    -------
    ``(n, 12)``: what has come in by the end of each month.

    Examples
    --------
    >>> recovered(np.full(5, 0.5))[0, :3].tolist()
    [0.5, 0.75, 0.875]
    """
    by_month = hazard.reshape(-1, len(ASKED))[:, _STRETCH_OF_MONTH]
    return np.asarray(1.0 - np.cumprod(1.0 - by_month, axis=1))


def explained(artifact: "Artifact", parts: Numbers) -> Numbers:
    """Return ``(n, features + 1)`` contributions to the log-odds of what has come in after a year.

    ``parts`` are the booster's own, of the rows of :func:`asked`: ``(n · stretches, features + 2)``.

    TreeSHAP tells what each feature adds to each stretch; the year is a curved function of the stretches, so its
    slope is taken along the straight way from what would be said of anybody to what is said of this row, and a row
    sums to the log-odds before calibration (Aumann & Shapley 1974; Sundararajan et al. 2017, arXiv:1703.01365).
    The part of the month itself is common to all.
    """
    parts = parts.reshape(-1, len(ASKED), parts.shape[1])
    own, base = parts[:, :, :-2], parts[:, :, -1] + parts[:, :, -2] + _levels(artifact)
    way = own.sum(axis=2)
    slope = np.zeros_like(base)
    for step, weight in zip(_STEPS, _WEIGHTS, strict=True):
        slope += weight * _slope(base + step * way)
    told = np.einsum("nsf,ns->nf", own, slope)
    total = year(base + way)
    return np.column_stack([told, total - told.sum(axis=1)])


def year(raw: Numbers) -> Numbers:
    """Return the log-odds of what has come in after a year, of ``(n, stretches)`` log-odds of hazards."""
    left = _left(raw)
    share = np.clip(1.0 - left, _FLOOR, 1 - _FLOOR)
    return np.asarray(np.log(share) - np.log1p(-share))


def _left(raw: Numbers) -> Numbers:
    kept = -np.logaddexp(0.0, raw)
    return np.asarray(np.exp(kept @ np.bincount(_STRETCH_OF_MONTH).astype(np.float64)))


def _slope(raw: Numbers) -> Numbers:
    """Return how the log-odds of the year move with the log-odds of each stretch, ``(n, stretches)``."""
    months = np.bincount(_STRETCH_OF_MONTH).astype(np.float64)
    hazard = 1.0 / (1.0 + np.exp(-raw))
    return np.asarray(hazard * months / np.clip(1.0 - _left(raw), _FLOOR, 1.0)[:, None])
