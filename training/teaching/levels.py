"""How far do arms stray from what they have in common? Asked of the cases, before any arm is believed.

Each arm's level is a shift of the log-odds all arms share, and its estimate carries noise. The spread that is left
between arms once that noise is taken off is the most probable one by marginal likelihood, the common shift integrated
out (Harville 1977, JASA 72), with the logarithm of the spread added: few arms would else often be found not to differ
at all, and whoever is told so can choose between none (Chung, Rabe-Hesketh, Dorie, Gelman & Liu 2013, Psychometrika
78). An arm's level is then drawn towards the common one by how noisy it is (Efron & Morris 1975, JASA 70).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models import calibrate
from regua.columns import Numbers

LEAST_ARMS = 4
"""With fewer arms that tell anything, how they differ is anybody's guess: the believed spread stands."""

LEAST_OF_EACH = 10
"""Answers of each kind (effective, when weights differ) from which on an arm has a say in how far arms stray."""

_GRID = np.geomspace(0.01, 3.0, 400)
_LOOSE = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """Cases of one arm, ``(n,)`` each: log-odds as all arms share them, what happened, weight."""

    raw: Numbers
    label: Numbers
    weight: Numbers


@dataclass(frozen=True, slots=True)
class Levels:
    """What to add to the shared log-odds, by arm; ``spread`` is their standard deviation around the common shift.

    ``is_estimated`` says whether the spread was found in the cases, or is the believed one.
    """

    shift: Mapping[str, float]
    common: float
    spread: float
    is_estimated: bool


def estimate(heard: Mapping[str, Heard], *, believed: float) -> Levels:
    """Estimate the spread of arms, and the level of each drawn towards the common one.

    Parameters
    ----------
    heard
        Cases by arm; none may be empty.
    believed
        The spread where fewer than four arms have ten answers of each kind.

    Examples
    --------
    >>> alike = {name: Heard(np.zeros(400), np.arange(400) % 2 * 1.0, np.ones(400)) for name in "abcde"}
    >>> levels = estimate(alike, believed=1.0)
    >>> levels.is_estimated, levels.spread < 0.1
    (True, True)
    """
    told = {name: _alone(cases) for name, cases in heard.items() if _tells(cases)}
    shifts, errors = (np.array([one[part] for one in told.values()]) for part in (0, 1))
    is_estimated = len(told) >= LEAST_ARMS
    spread = spread_of(shifts, errors) if is_estimated else believed
    trust = 1 / (errors**2 + spread**2)
    common = float(np.average(shifts, weights=trust)) if len(told) else 0.0
    drawn = {
        name: common + calibrate.level(cases.raw + common, cases.label, cases.weight, spread=spread)
        for name, cases in heard.items()
    }
    return Levels(drawn, common, spread, is_estimated)


def spread_of(shifts: Sequence[float] | Numbers, errors: Sequence[float] | Numbers) -> float:
    """Return the most probable standard deviation between arms, given ``(k,)`` estimates and their standard errors.

    Examples
    --------
    >>> wide = spread_of([-1.0, -0.5, 0.0, 0.5, 1.0], [0.05] * 5)
    >>> noise = spread_of([-1.0, -0.5, 0.0, 0.5, 1.0], [0.8] * 5)
    >>> 0.7 < wide < 1.2, noise < wide
    (True, True)
    """
    shift, variance = np.asarray(shifts, np.float64), np.asarray(errors, np.float64) ** 2
    total = variance[None, :] + _GRID[:, None] ** 2
    mass = (1 / total).sum(axis=1)
    mean = (shift / total).sum(axis=1) / mass
    fit = np.log(total).sum(axis=1) + np.log(mass) + ((shift - mean[:, None]) ** 2 / total).sum(axis=1)
    return float(_GRID[np.argmax(np.log(_GRID) - fit / 2)])


def meeting(raw: Numbers, wanted: Numbers, weight: Numbers) -> float:
    """Return what to add to log-odds so that on average they say as much as ``wanted`` chances, ``(n,)`` each."""
    return calibrate.level(raw, wanted, weight, spread=_LOOSE)


def _alone(cases: Heard) -> tuple[float, float]:
    """Return an arm's own shift and its standard error, by its own cases alone; weights count as Kish's number."""
    shift = calibrate.level(cases.raw, cases.label, cases.weight, spread=_LOOSE)
    weight = _effective(cases.weight)
    chance = 1.0 / (1.0 + np.exp(-(cases.raw + shift)))
    return shift, float(1 / np.sqrt(np.sum(weight * chance * (1 - chance))))


def _tells(cases: Heard) -> bool:
    weight = _effective(cases.weight)
    yes = float(weight @ cases.label)
    return min(yes, float(weight.sum()) - yes) >= LEAST_OF_EACH


def _effective(weight: Numbers) -> Numbers:
    return np.asarray(weight * (weight.sum() / max(float((weight**2).sum()), 1e-12)), np.float64)
