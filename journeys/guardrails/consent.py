"""A channel that needs a yes is used only after one; a no is honoured on every channel."""

from datetime import datetime

import numpy as np

from journeys.rulebook.policies import Policy
from regua.columns import Columns, Flags, number
from regua.vocabulary import CHANNELS

BIT = 1 << 2
LASTING = True
SOURCE = "LGPD (Lei 13.709/2018) art. 7 and 18; WhatsApp Business policy on opt-in"
WORDS = {
    "pt-BR": "Falta autorização para o canal, ou o cliente pediu para não ser contatado por ele.",
    "en": "There is no consent for the channel, or the customer has opted out of it.",
}


def stops(columns: Columns, policy: Policy, moment: datetime) -> Flags:  # noqa: ARG001
    """Stop a channel that was refused, and one that needs a yes and has none.

    Parameters
    ----------
    columns
        ``consent_<channel>``: 1 granted, 0 refused, NULL never asked.
    policy
        Which channels need a yes.
    moment
        Not used: consent is as of it already.

    Returns
    -------
    ``(n, channels)``.
    """
    given = np.array([number(columns, f"consent_{channel}") for channel in CHANNELS])
    # NaN is neither: it stops a channel that needs a yes and no other.
    stopped: Flags = (given <= 0) | (policy.needs_opt_in[:, None] & ~(given > 0))
    return stopped.T
