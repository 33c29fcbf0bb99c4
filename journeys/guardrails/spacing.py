"""A channel rests for a while after any contact, and after people have spoken."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import isnan

import numpy as np

from journeys.rulebook.policies import Policy, by_channel
from journeys.rulebook.row import NOWHERE, Row, known
from journeys.rulebook.spacing import SINCE, SpacingRule
from regua.columns import Columns, Flags, number
from regua.vocabulary import CHANNELS

BIT = 1 << 8
LASTING = False
SOURCE = "CDC art. 42 (no harassment); Regulation F, 12 CFR 1006.14(b)(2)(i)(B), where it applies"
WORDS = {
    "pt-BR": "O último contato, ou a última conversa, é recente demais.",
    "en": "The last contact, or the last conversation, is too recent.",
}


def stops(columns: Columns, policy: Policy, moment: datetime) -> Flags:  # noqa: ARG001
    """Stop a channel until its rest after the last contact, and after the last conversation, is over.

    Parameters
    ----------
    columns
        ``hours_since_last_contact`` and ``hours_since_last_conversation``; NULL is never where ``attempts_90d`` says
        that contacts are known (for a contact: that there was none), and otherwise unknown, which stops.
    policy
        The hours each channel rests.
    moment
        Not used: the hours are as of it already.

    Returns
    -------
    ``(n, channels)``.
    """
    codes = policy.codes(columns)
    stopped = np.zeros((len(CHANNELS), len(codes)), np.bool_)
    for after, table in policy.spaces.items():
        since, attempts = number(columns, SINCE[after]), number(columns, "attempts_90d")
        never = (since != since) & ((attempts == 0) if after == "contact" else (attempts >= 0))
        for channels, needed in by_channel(table, codes):
            if np.ndim(needed) or needed > 0:
                resting = (needed > 0) & ~((since >= needed) | never)
                for channel in channels:
                    stopped[channel] |= resting
    return stopped.T


def stops_alone(row: Row, policy: Policy, moment: datetime) -> Sequence[bool]:  # noqa: ARG001
    """Say the same of one customer."""
    stopped, attempts = list(NOWHERE), known(row, "attempts_90d")
    for column, is_of_contacts, spaces in policy.here(row).spaces:
        since = known(row, column)
        if isnan(since) and (attempts == 0 if is_of_contacts else attempts >= 0):
            continue
        for channel, needed in enumerate(spaces):
            if needed > 0 and not since >= needed:
                stopped[channel] = True
    return stopped


def rules(row: Row, channel: int, policy: Policy, moment: datetime) -> tuple[str, ...]:  # noqa: ARG001
    """Name the rules whose rest is not over."""
    return tuple(rule.id for rule, _ in _resting(row, channel, policy))


def earliest(row: Row, channel: int, policy: Policy, moment: datetime) -> datetime | None:
    """Return the instant at which the longest rest is over; unknown hours wait for fresh figures."""
    ends = []
    for rule, since in _resting(row, channel, policy):
        if isnan(since):
            return None
        ends.append(moment + rule.at_least - timedelta(hours=since))
    return max(ends, default=moment)


def _resting(row: Row, channel: int, policy: Policy) -> list[tuple[SpacingRule, float]]:
    found, attempts = [], known(row, "attempts_90d")
    for rule in policy.of("spacing", SpacingRule, policy.code(row)):
        since = known(row, SINCE[rule.after])
        never = isnan(since) and (attempts == 0 if rule.after == "contact" else attempts >= 0)
        if CHANNELS[channel] in rule.channels and not since >= rule.hours and not never:
            found.append((rule, since))
    return found
