"""Nobody is contacted more often than permitted: by calendar day and over seven days, by channel and in total."""

from datetime import datetime

import numpy as np

from journeys.rulebook.policies import Policy
from regua.columns import Columns, Flags, height, number
from regua.vocabulary import CHANNELS

BIT = 1 << 1
LASTING = False
SOURCE = "BR-FREQ: no federal cap is known; courts punish excess under CDC art. 42, so the house sets its own"
WORDS = {"pt-BR": "O limite de contatos foi atingido.", "en": "The limit of contacts is reached."}


def stops(columns: Columns, policy: Policy, moment: datetime) -> Flags:  # noqa: ARG001
    """Stop a channel whose count has reached its limit; an unknown count is taken to have reached it.

    Parameters
    ----------
    columns
        ``attempts_1d``, ``attempts_7d`` and the same by channel: contacts sent on the business day and over the last
        seven days, in any journey.
    policy
        Limits; each applies.
    moment
        Not used: the counts are as of it already.

    Returns
    -------
    ``(n, channels)``.
    """
    below: Flags | None = None
    for window, (in_total, by_channel) in policy.caps.items():
        counts = np.array([number(columns, f"{window}_{channel}") for channel in CHANNELS])
        # Written so that NaN stops: whoever is not known to be below the limit is not contacted.
        one = (counts < by_channel[:, None]) & (number(columns, window) < in_total)
        below = one if below is None else below & one
    return np.zeros((height(columns), len(CHANNELS)), np.bool_) if below is None else ~below.T
