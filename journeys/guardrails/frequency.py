"""Nobody is contacted more often than permitted: by calendar day and over seven days, by channel and in total."""

from datetime import datetime

import numpy as np

from journeys.rulebook import Policy
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
    stopped = np.zeros((len(CHANNELS), height(columns)), np.bool_)
    for rule in policy.frequency:
        window = f"attempts_{rule.days}d"
        if rule.channels is None:
            stopped |= ~(number(columns, window) < rule.at_most)
            continue
        for channel in rule.channels:
            row = stopped[CHANNELS.index(channel)]
            # Written so that NaN stops: "not known to be below the limit".
            row |= ~(number(columns, f"{window}_{channel}") < rule.at_most)
    return stopped.T
