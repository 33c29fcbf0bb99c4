"""Does a new model see customers as the champion does, and does it rank them no worse?"""

from dataclasses import dataclass

import numpy as np

from models.measure import ranking
from models.resample import Estimate, times_drawn
from regua.columns import Array, Numbers
from training.examples import Examples

_BANDS = (1 / 3, 2 / 3)
_REPLICATES = 100
_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Agreement:
    """Rank correlation (Spearman) of two models' scores, and the share of customers who change their third."""

    correlation: float
    moved: float


def between(champion: Numbers, challenger: Numbers) -> Agreement | None:
    """Compare ``(n,)`` scores of the same customers; None where either says the same of everybody.

    Examples
    --------
    >>> between(np.arange(9.0), np.arange(9.0) ** 2)
    Agreement(correlation=1.0, moved=0.0)
    """
    known = ~(np.isnan(champion) | np.isnan(challenger))
    first, second = champion[known], challenger[known]
    if len(first) < 3 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    from scipy.stats import spearmanr

    return Agreement(float(spearmanr(first, second).statistic), float(np.mean(_third(first) != _third(second))))


def auc_gain(champion: Numbers, challenger: Numbers, test: Examples) -> Estimate | None:
    """Estimate how much better the challenger ranks the test cases; paired, by customer. None with one class."""
    if not 0 < test.label.sum() < len(test):
        return None
    rows = slice(0, _ROWS)
    label, customer = test.label[rows], test.customer[rows]
    weights = times_drawn(customer, _REPLICATES, "agreement") * test.weight[rows]
    weights = np.vstack(
        [test.weight[rows], weights[((weights * label).sum(1) > 0) & ((weights * (1 - label)).sum(1) > 0)]]
    )
    gain = ranking(label, challenger[rows], weights)[0] - ranking(label, champion[rows], weights)[0]
    low, high = np.quantile(gain, [0.025, 0.975])
    return Estimate(float(gain[0]), float(low), float(high))


def _third(score: Numbers) -> Array:
    return np.searchsorted(np.quantile(score, _BANDS), score, side="right")
