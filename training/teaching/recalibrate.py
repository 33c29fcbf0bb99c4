"""Make a trained model say true probabilities again when the world's level has moved and its order has not.

Only the calibration changes: a level and a slope on the log-odds it said, learned from recent cases whose answer is
known. The booster keeps every byte, so what the model learned, its reasons and its constraints stay as they were.
"""

from dataclasses import dataclass

import numpy as np

from models import calibrate
from models.artifact import Artifact
from models.resample import Estimate, weighted_mean
from regua.columns import Array, Numbers
from regua.dice import draw, identity
from regua.errors import DataError
from training.examples import Examples
from training.teaching import fit

MINIMUM_ROWS = 200
MINIMUM_OF_EACH = 20
_JUDGES = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Recalibrated:
    """What recalibrating came to.

    ``artifact`` is the new one, or the old where nothing was gained beyond chance; ``gain`` the log loss saved a case
    on recent customers the new calibration had not seen; ``level`` and ``slope`` what was put upon the old log-odds.
    ``proved`` is the calibration of half the customers and ``unseen`` the cases of the others, to judge it by.
    """

    artifact: Artifact
    changed: bool
    gain: Estimate
    level: float
    slope: float
    proved: Artifact
    unseen: Examples


def recalibrate(artifact: Artifact, recent: Examples, *, seed: int = 7) -> Recalibrated:
    """Fit level and slope on recent cases, prove them on others, and keep the booster.

    Parameters
    ----------
    artifact
        A calibrated booster that answers with a probability.
    recent
        Cases since it was trained, their windows closed. Customers are divided: half teach, half judge; where that
        gains beyond chance, all of them teach.
    seed
        Key of the division.

    Raises
    ------
    DataError
        A prior, another kind of answer, or too few recent cases to tell.
    """
    if artifact.booster is None or artifact.answers != "probability":
        raise DataError(
            f"{artifact.name} has no calibration to renew",
            expected="a booster that answers with a probability",
            remedy="train again: regua learn",
        )
    rarer = min(recent.positives, len(recent) - recent.positives)
    if len(recent) < MINIMUM_ROWS or rarer < MINIMUM_OF_EACH:
        raise DataError(
            f"{len(recent)} recent cases of {artifact.name}, {rarer} of the rarer answer",
            expected=f"at least {MINIMUM_ROWS}, {MINIMUM_OF_EACH} of the rarer answer",
            remedy="wait until more windows have closed",
        )
    raw = artifact.raw(artifact.encoder.encode(recent.columns))
    teach = draw(identity(recent.customer), "recalibrate", 0, seed) >= _JUDGES
    judge = ~teach
    tried, _, _ = _moved(artifact, raw, recent, teach)
    saved = _losses(artifact, raw[judge], recent.label[judge]) - _losses(tried, raw[judge], recent.label[judge])
    gain = weighted_mean(saved, recent.weight[judge], recent.customer[judge], seed=seed)
    unseen = recent.take(judge)
    if not gain.low > 0:
        return Recalibrated(artifact, changed=False, gain=gain, level=0.0, slope=1.0, proved=tried, unseen=unseen)
    renewed, level, slope = _moved(artifact, raw, recent, np.ones(len(recent), bool))
    return Recalibrated(renewed, changed=True, gain=gain, level=level, slope=slope, proved=tried, unseen=unseen)


def _moved(artifact: Artifact, raw: Numbers, recent: Examples, rows: Array) -> tuple[Artifact, float, float]:
    said = np.interp(raw[rows], artifact.calibration.raw, artifact.calibration.logit)
    level, slope = calibrate.drift(said, recent.label[rows], recent.weight[rows])
    made = fit.with_calibration(artifact, calibrate.moved(artifact.calibration, level, slope))
    # Golden rows prove what is served, and what is served has changed.
    return _proved(made, recent), level, slope


def _proved(artifact: Artifact, recent: Examples) -> Artifact:
    return artifact.proving(recent.take(slice(0, fit.GOLDEN_ROWS)).columns)


def _losses(artifact: Artifact, raw: Numbers, label: Numbers) -> Numbers:
    said = artifact.calibration.apply(raw)
    return np.asarray(-np.where(label > 0, np.log(said), np.log1p(-said)), np.float64)
