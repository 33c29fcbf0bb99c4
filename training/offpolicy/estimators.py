"""Six ways to value a policy that never ran, from rounds of one that did.

With ``w = π(a|x) / p`` the weight of a round (target's chance of the action taken, over the logged one), ``r`` its
reward and ``q(x, a)`` an expected reward:

=============  ====================================================================  ==========================
``ips``        mean of ``w r``                                                       Horvitz & Thompson 1952
``clipped``    the same with ``min(w, M)``; too low for rewards above 0              Ionides 2008
``snips``      sum of ``w r`` over sum of ``w``                                      Swaminathan & Joachims 2015
``dm``         mean of ``Σ π(a|x) q(x, a)``; right only when ``q`` is                –
``dr``         ``dm`` plus mean of ``w (r - q(x, a))``; right when ``q`` or ``p`` is  Dudík, Langford & Li 2011
``switch_dr``  ``dr``, but rounds with ``w > τ`` trust ``q`` alone                   Wang, Agarwal & Dudík 2017
=============  ====================================================================  ==========================

Each estimator returns one term a round, ``(n,)``, whose mean is the estimate; ``snips`` needs the weights besides.
"""

from dataclasses import dataclass

import numpy as np

from regua.columns import Numbers

ESTIMATORS = ("ips", "clipped", "snips", "dm", "dr", "switch_dr")


@dataclass(frozen=True, slots=True, eq=False)
class Rounds:
    """What estimators see, ``(n,)`` each; the last two are None without a reward model or all the target's chances.

    ``expected_taken`` is ``q(x, a)`` of the action taken, ``expected_target`` is ``Σ π(a|x) q(x, a)``.
    """

    weight: Numbers
    reward: Numbers
    expected_taken: Numbers | None = None
    expected_target: Numbers | None = None

    @property
    def has_model(self) -> bool:
        """Whether estimators with a reward model can answer."""
        return self.expected_taken is not None and self.expected_target is not None


def ips(rounds: Rounds) -> Numbers:
    """Weigh each reward by how much likelier the target was to earn it; ``(n,)`` terms, unbiased under support."""
    return rounds.weight * rounds.reward


def clipped(rounds: Rounds, maximum: float) -> Numbers:
    """Weigh rewards with weights cut at a maximum: less noise for some bias."""
    return np.minimum(rounds.weight, maximum) * rounds.reward


def dm(rounds: Rounds) -> Numbers:
    """Trust the reward model for every action."""
    assert rounds.expected_target is not None  # noqa: S101 - callers ask has_model
    return rounds.expected_target


def dr(rounds: Rounds) -> Numbers:
    """Trust the reward model, corrected by what the log says of its errors."""
    assert rounds.expected_taken is not None  # noqa: S101 - callers ask has_model
    return dm(rounds) + rounds.weight * (rounds.reward - rounds.expected_taken)


def switch_dr(rounds: Rounds, threshold: float) -> Numbers:
    """Correct the reward model only where the log weighs no more than a threshold."""
    assert rounds.expected_taken is not None  # noqa: S101 - callers ask has_model
    light = np.where(rounds.weight <= threshold, rounds.weight, 0.0)
    return dm(rounds) + light * (rounds.reward - rounds.expected_taken)


def effective(weight: Numbers) -> float:
    """Return Kish's effective sample size: of how many equal rounds these weights are worth.

    Examples
    --------
    >>> effective(np.array([1.0, 1.0, 0.0])), effective(np.array([3.0, 0.0, 0.0]))
    (2.0, 1.0)
    """
    total = float((weight**2).sum())
    return float(weight.sum()) ** 2 / total if total else 0.0


def clip_at(weight: Numbers) -> float:
    """Return where weights are cut: at the root of the number of rounds, so that the bias vanishes as rounds gather.

    Ionides 2008, "Truncated importance sampling".

    Examples
    --------
    >>> clip_at(np.ones(400))
    20.0
    """
    return float(np.sqrt(len(weight)))


def switch_at(rounds: Rounds) -> float:
    """Return the weight from which the reward model is trusted: where noise and the worst possible bias add to least.

    Wang, Agarwal & Dudík 2017, section 4: the variance of the terms, plus the square of a bound on the bias; here the
    bound is the mean weighted size of the residuals that would no longer be heard.
    """
    assert rounds.expected_taken is not None  # noqa: S101 - callers ask has_model
    size = rounds.weight * np.abs(rounds.reward - rounds.expected_taken)
    tried = np.unique(np.quantile(rounds.weight, (0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1.0)))
    loss = [
        float(switch_dr(rounds, at).var() / len(size) + (np.where(rounds.weight > at, size, 0.0).mean()) ** 2)
        for at in tried
    ]
    return float(tried[int(np.argmin(loss))])
