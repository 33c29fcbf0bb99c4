"""A channel that needs a yes is used only after one; a no is honoured on every channel."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from journeys.rulebook.consent import ConsentRule
from journeys.rulebook.policies import Policy, by_channel
from journeys.rulebook.row import Row, known
from regua.columns import Columns, Flags, number
from regua.vocabulary import CHANNELS

BIT = 1 << 2
LASTING = True
SOURCE = "LGPD (Lei 13.709/2018) art. 7 and 18; WhatsApp Business policy on opt-in"
WORDS = {
    "pt-BR": "Falta autorização para o canal, ou o cliente pediu para não ser contatado por ele.",
    "en": "There is no consent for the channel, or the customer has opted out of it.",
}

_GIVEN = tuple(f"consent_{channel}" for channel in CHANNELS)


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
    codes = policy.codes(columns)
    stopped = np.zeros((len(CHANNELS), len(codes)), np.bool_)
    for channels, needs_yes in by_channel(policy.needs_opt_in, codes):
        for channel in channels:
            said = number(columns, _GIVEN[channel])
            # NaN is neither: it stops a channel that needs a yes and no other.
            stopped[channel] = ~(said > 0) if needs_yes is True else (said <= 0) | (needs_yes & ~(said > 0))
    return stopped.T


def stops_alone(row: Row, policy: Policy, moment: datetime) -> Sequence[bool]:  # noqa: ARG001
    """Say the same of one customer."""
    needed, said = policy.here(row).needs_opt_in, map(row.get, _GIVEN)
    return [
        needs if yes is None else yes <= 0 or (needs and not yes > 0) for yes, needs in zip(said, needed, strict=True)
    ]


def rules(row: Row, channel: int, policy: Policy, moment: datetime) -> tuple[str, ...]:  # noqa: ARG001
    """Name the rules on consent that the channel breaks: any after a no, those that need a yes without one."""
    refused = known(row, f"consent_{CHANNELS[channel]}") <= 0
    spoken = (
        rule for rule in policy.of("consent", ConsentRule, policy.code(row)) if CHANNELS[channel] in rule.channels
    )
    return tuple(rule.id for rule in spoken if refused or rule.needs == "opt_in")


def earliest(row: Row, channel: int, policy: Policy, moment: datetime) -> None:  # noqa: ARG001
    """Wait for the customer's yes: time alone brings none."""
    return
