"""Chance of the simulated world: each draw is named by who, what for and which day, and by nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regua import dice
from regua.columns import Numbers

Keys = NDArray[np.uint64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Luck:
    """The draws of one world; the same seed is the same luck whatever is done to the customers.

    Every method takes ``(n,)`` identities and returns ``(n,)`` draws that depend on no neighbour.
    """

    seed: int

    def uniform(self, who: Keys, purpose: str, day: int = 0) -> Numbers:
        """Draw uniformly from [0, 1)."""
        return dice.draw(who, purpose, day, self.seed)

    def normal(self, who: Keys, purpose: str, day: int = 0) -> Numbers:
        """Draw from the standard normal distribution (Box and Muller 1958)."""
        radius = np.sqrt(-2.0 * np.log1p(-self.uniform(who, purpose + "/radius", day)))
        return np.asarray(radius * np.cos(2.0 * np.pi * self.uniform(who, purpose + "/angle", day)))

    def pick(self, who: Keys, purpose: str, shares: Sequence[float] | Numbers, day: int = 0) -> Whole:
        """Draw a position with the given shares, which need not sum to one."""
        edges = np.cumsum(np.asarray(shares, dtype=np.float64))
        return np.searchsorted(edges / edges[-1], self.uniform(who, purpose, day), side="right").astype(np.int64)

    def whole(self, who: Keys, purpose: str, low: int, high: int, day: int = 0) -> Whole:
        """Draw a whole number from ``low`` to ``high``, both included."""
        return low + (self.uniform(who, purpose, day) * (high - low + 1)).astype(np.int64)


def log_odds(share: Numbers | float) -> Numbers:
    """Return the log odds of a share, held away from 0 and 1."""
    held = np.clip(share, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(held / (1 - held)))


def chance(odds: Numbers) -> Numbers:
    """Return the probability of log odds."""
    return np.asarray(1.0 / (1.0 + np.exp(-odds)))
