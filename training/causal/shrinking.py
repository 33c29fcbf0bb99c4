"""Draw predicted effects towards the average effect, as far as the trial itself asks for it.

Effects told by trees are spread too wide: part of what they say is luck. Out of fold, the doubly robust pseudo-outcomes
are regressed on what was told (the best linear predictor of the effect: Chernozhukov, Demirer, Duflo & Fernández-Val
2018, arXiv:1712.04802): the level is the average effect, the slope how much of a told difference is real. The slope is
drawn towards 0 by its own error (positive-part James & Stein 1961; Efron & Morris 1975), and never above 1.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from regua.columns import Numbers
from training.causal.learners import Sample
from training.causal.one_booster import clustered


@dataclass(frozen=True, slots=True)
class Shrunk:
    """A line from what a booster tells to what is believed: ``level + slope * (told - centre)``.

    ``slope_found`` and its ``error`` are those before drawing it towards 0; ``level_error`` is that of the average.
    """

    level: float
    level_error: float
    centre: float
    slope: float
    slope_found: float
    error: float

    def apply(self, told: Numbers) -> Numbers:
        """Return ``(n,)`` effects as believed."""
        return np.asarray(self.level + self.slope * (told - self.centre), np.float64)

    def to_json(self) -> dict[str, Any]:
        """Return the line as plain data."""
        return {
            "level": self.level,
            "level_error": self.level_error,
            "centre": self.centre,
            "slope": self.slope,
            "slope_found": self.slope_found,
            "slope_error": self.error,
        }


def shrink(sample: Sample, told: Numbers, pseudo: Numbers) -> Shrunk:
    """Fit the line.

    Parameters
    ----------
    told
        ``(m,)`` effects by boosters that had not seen the customer.
    pseudo
        ``(m,)`` doubly robust pseudo-outcomes, cross-fitted.
    """
    weight = sample.weight / sample.weight.sum()
    centre, level = float(weight @ told), float(weight @ pseudo)
    level_error = float(np.sqrt((clustered(weight * (pseudo - level), sample.customer) ** 2).sum()))
    aside = told - centre
    spread = float(weight @ aside**2)
    if spread <= 1e-12:
        return Shrunk(level, level_error, centre, 0.0, 0.0, 0.0)
    found = float(weight @ (aside * (pseudo - level))) / spread
    left = weight * aside * (pseudo - level - found * aside)
    error = float(np.sqrt((clustered(left, sample.customer) ** 2).sum())) / spread
    kept = found * max(0.0, 1.0 - (error / found) ** 2) if found > 0 else 0.0
    return Shrunk(level, level_error, centre, min(kept, 1.0), found, error)
