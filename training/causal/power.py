"""What could cases of this number have shown? The smallest effect and spread of effects, and how many more show less.

The plain difference of treated and control has an error ``s`` (by customer). Of a ranking that tells nothing, the Qini
coefficient is the area under a Brownian bridge of that variance, so its error is ``s / √12``. Of effects that spread
normally with standard deviation ``σ``, told with a correlation ``ρ`` to the truth, it is ``ρ σ / (2 √π)``. What is
detectable is what a one-sided test at 5 % finds four times in five; a plain average is tested on both sides. Errors
fall with the root of the number of cases, which is all that planning needs.
"""

from dataclasses import asdict, dataclass
from math import ceil, inf, pi, sqrt
from statistics import NormalDist

import numpy as np

from training.causal.one_booster import clustered
from training.causal.ranking import Compared

ALPHA, POWER = 0.05, 0.8
_FOUND = NormalDist().inv_cdf(POWER)
_ONE_SIDED, _TWO_SIDED = NormalDist().inv_cdf(1 - ALPHA), NormalDist().inv_cdf(1 - ALPHA / 2)
QINI_OF_SPREAD = 1 / (2 * sqrt(pi))
"""Qini of a perfect ranking where effects spread normally by 1."""


@dataclass(frozen=True, slots=True)
class Power:
    """What a number of cases could have shown.

    Parameters
    ----------
    cases
        Treated and control together.
    error
        Of the plain difference of their means.
    average
        Smallest average effect, up or down, that would have been found four times in five.
    qini
        Smallest Qini of a ranking that would have been.
    spread
        Smallest standard deviation of effects between people, had they been ranked without a mistake. A ranking that is
        half right (correlation 0.5) needs twice as much.
    """

    cases: int
    error: float
    average: float
    qini: float
    spread: float

    def cases_for(self, size: float, what: str = "spread") -> int | None:
        """Return how many cases, in the same shares, show an ``average`` or ``spread`` of a size; None: no number does.

        Examples
        --------
        >>> Power(1_000, 0.01, 0.028, 0.007, 0.025).cases_for(0.0125)
        4000
        """
        needed = self.cases * (getattr(self, what) / size) ** 2 if size > 0 else inf
        return ceil(needed - 1e-6) if np.isfinite(needed) else None

    def to_json(self) -> dict[str, float]:
        """Return the figures as plain data."""
        return asdict(self)


def power(compared: Compared, chance_95: float | None = None) -> Power:
    """Say what a comparison could have shown.

    Parameters
    ----------
    chance_95
        Qini that chance reaches in one of twenty dealings, where several rankings were tried: the best of them reaches
        more than one alone. From the error when None.
    """
    found = error(compared)
    noise = found / sqrt(12)
    qini = (_ONE_SIDED * noise if chance_95 is None else max(chance_95, _ONE_SIDED * noise)) + _FOUND * noise
    return Power(len(compared.outcome), found, (_TWO_SIDED + _FOUND) * found, qini, qini / QINI_OF_SPREAD)


def error(compared: Compared) -> float:
    """Return the standard error of the weighted difference of means, customers taken whole."""
    told = np.zeros(len(compared.outcome))
    for rows, sign in ((compared.treated, 1.0), (~compared.treated, -1.0)):
        weight = compared.weight[rows]
        share = weight / max(float(weight.sum()), 1e-300)
        told[rows] = sign * share * (compared.outcome[rows] - float(share @ compared.outcome[rows]))
    return float(np.sqrt((clustered(told, compared.customer) ** 2).sum()))


def together(p_values: tuple[float, float], errors: tuple[float, float], dealt: int) -> float:
    """Weigh two independent one-sided tests of the same thing by what each could see (Stouffer; Lipták 1958).

    Parameters
    ----------
    errors
        Of each, as told by :func:`error`.
    dealt
        Permutations behind each p-value: none is surer than these.

    Examples
    --------
    >>> round(together((0.1, 0.1), (1.0, 1.0), 999), 3), round(together((0.01, 0.99), (1.0, 100.0), 999), 3)
    (0.035, 0.011)
    """
    normal, least = NormalDist(), 1 / (dealt + 1)
    weight = [1 / max(one, 1e-12) for one in errors]
    z = [normal.inv_cdf(1 - min(max(p, least), 1 - least)) for p in p_values]
    whole = sum(w * one for w, one in zip(weight, z, strict=True)) / sqrt(sum(w * w for w in weight))
    return 1 - normal.cdf(whole)
