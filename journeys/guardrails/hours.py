"""Nobody is contacted outside the permitted hours and days of where they live."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from journeys.rulebook.hours import NEVER
from journeys.rulebook.policies import Policy, by_channel
from journeys.rulebook.row import Row
from journeys.rulebook.week import HoursRule
from regua.columns import Columns, Flags
from regua.vocabulary import CHANNELS

BIT = 1 << 0
LASTING = False
SOURCE = "Lei estadual 15.426/2014 (SP) and the policy of each state (BR-DEFAULT where one is silent)"
WORDS = {"pt-BR": "Hoje não resta horário permitido.", "en": "No permitted hour is left today."}


def stops(columns: Columns, policy: Policy, moment: datetime) -> Flags:
    """Stop a channel for which the business day has no permitted instant left.

    Parameters
    ----------
    columns
        ``region`` (text), or ``region_code`` where a stage has numbered it already.
    policy
        Windows of local time; a region that spans several zones, or is unknown, must be within all of them.
    moment
        The instant of the decision.

    Returns
    -------
    ``(n, channels)``.
    """
    codes = policy.codes(columns)
    stopped = np.zeros((len(CHANNELS), len(codes)), np.bool_)
    for channels, first in by_channel(policy.hours.first_by_region(codes, moment), codes):
        stopped[channels] = first == NEVER
    return stopped.T


def stops_alone(row: Row, policy: Policy, moment: datetime) -> Sequence[bool]:
    """Say the same of one customer."""
    return [first == NEVER for first in policy.hours.first_alone(policy.code(row), moment)]


def rules(row: Row, channel: int, policy: Policy, moment: datetime) -> tuple[str, ...]:  # noqa: ARG001
    """Name the hours of the region for the channel."""
    spoken = policy.of("hours", HoursRule, policy.code(row))
    return tuple(rule.id for rule in spoken if CHANNELS[channel] in rule.channels)


def earliest(row: Row, channel: int, policy: Policy, moment: datetime) -> datetime | None:
    """Return the next permitted instant of the region."""
    return policy.hours.next_permitted(policy.code(row), channel, moment)
