"""What to do about a model: leave it, recalibrate it, retrain it, or wait until more is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from models.measure import Figure
from models.stability import Shift
from training.watching.thresholds import Thresholds

Advice = Literal["leave", "recalibrate", "retrain", "wait"]

WORDS: Mapping[Advice, Mapping[str, str]] = {
    "leave": {"pt-BR": "deixar como está", "en": "leave"},
    "recalibrate": {"pt-BR": "recalibrar", "en": "recalibrate"},
    "retrain": {"pt-BR": "treinar de novo", "en": "retrain"},
    "wait": {"pt-BR": "esperar mais resultados", "en": "wait for more outcomes"},
}
"""The advice in both languages."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The advice on one model and every alarm behind it, by code, with what was found and what is allowed."""

    model: str
    advice: Advice
    alarms: tuple["Alarm", ...]


@dataclass(frozen=True, slots=True)
class Alarm:
    """One figure past its threshold; ``code`` names it in ``words.yaml``."""

    code: str
    subject: str
    found: float
    allowed: float


def of_model(model: str, then: Figure, now: Figure, score: Shift | None, given: Thresholds) -> Verdict:
    """Judge a model by what its cases came to since it was trained.

    Parameters
    ----------
    then, now
        Figures of the test at training and of the cases matured since, see :func:`models.measure.measure`.
    score
        How far its scores moved; None where there is nobody to ask.

    Returns
    -------
    ``retrain`` where it ranks worse than it did, by more than chance; ``recalibrate`` where it ranks as before but its
    chances are off; ``retrain`` where its scores moved far and too little is known to tell; ``wait`` where too little
    is known and nothing moved; ``leave`` otherwise.
    """
    alarms = []
    moved = score is not None and score.exceeds(given.shift_act)
    if score is not None and score.exceeds(given.shift_watch):
        alarms.append(Alarm("score_shift", score.name, score.index, given.shift_act if moved else given.shift_watch))
    if _thin(now, given):
        return Verdict(model, "retrain" if moved else "wait", tuple(alarms))
    advice: Advice = "leave"
    error, low = (now["ece"] or 0.0) - (now.get("ece_floor") or 0.0), now.get("ece_low") or 0.0
    if error > given.calibration_error and low > given.calibration_error:
        alarms.append(Alarm("calibration", model, error, given.calibration_error))
        advice = "recalibrate"
    if (auc := then.get("auc")) is not None and (high := now.get("auc_high")) is not None:
        least = auc - given.discrimination_loss
        if high < least:
            alarms.append(Alarm("discrimination", model, now["auc"] or 0.0, least))
            advice = "retrain"
    return Verdict(model, advice, tuple(alarms))


def _thin(now: Figure, given: Thresholds) -> bool:
    rows, yes = now["rows"] or 0, now["positives"] or 0
    return rows < given.least_cases or min(yes, rows - yes) < given.least_positives
