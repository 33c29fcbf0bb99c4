"""A channel that fails, or that customers turn away from, is not used until it has recovered."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import isnan

import numpy as np

from journeys.rulebook.channel_health import ChannelHealthRule
from journeys.rulebook.policies import Policy, spread
from journeys.rulebook.row import Row, known
from regua.columns import Columns, Flags, number
from regua.vocabulary import CHANNELS

BIT = 1 << 11
LASTING = False
SOURCE = "WA-QUALITY: providers pause senders whom customers block; house rule for every other channel"
WORDS = {
    "pt-BR": "O canal está em pausa: entrega, descadastros ou bloqueios passaram do limite.",
    "en": "The channel is paused: delivery, opt-outs or blocks are beyond its limits.",
}

_SPOKEN = tuple(f"health_{channel}" for channel in CHANNELS)


def stops(columns: Columns, policy: Policy, moment: datetime) -> Flags:  # noqa: ARG001
    """Stop a channel whose breaker is open, and one of unknown health where the policy needs it known.

    Parameters
    ----------
    columns
        ``health_<channel>``: 1 the breaker is open, 0 fine, NULL not known.
    policy
        Which channels must be known to be fine.
    moment
        Not used: the state is as of it already.

    Returns
    -------
    ``(n, channels)``.
    """
    if policy.needs_health.any():
        state = np.array([number(columns, name) for name in _SPOKEN]).T
        stopped: Flags = (state > 0) | (spread(policy.needs_health, policy.codes(columns)) & (state != state))
        return stopped
    stopped = np.zeros((len(next(iter(columns.values()), ())), len(CHANNELS)), np.bool_)
    for index, name in enumerate(_SPOKEN):
        if name in columns:
            stopped[:, index] = columns[name] > 0
    return stopped


def stops_alone(row: Row, policy: Policy, moment: datetime) -> Sequence[bool]:  # noqa: ARG001
    """Say the same of one customer."""
    states = [row.get(name) for name in _SPOKEN]
    if not any(policy.here(row).needs_health):
        return [state is not None and state > 0 for state in states]
    needed = policy.here(row).needs_health
    return [must if state is None or state != state else state > 0 for state, must in zip(states, needed, strict=True)]


def rules(row: Row, channel: int, policy: Policy, moment: datetime) -> tuple[str, ...]:  # noqa: ARG001
    """Name the rules that stop the channel in its state; its own breaker where no policy speaks of it."""
    state = known(row, _SPOKEN[channel])
    spoken = [
        rule
        for rule in policy.of("channel_health", ChannelHealthRule, policy.code(row))
        if CHANNELS[channel] in rule.channels
    ]
    if state > 0:
        return tuple(rule.id for rule in spoken) or ("CHANNEL-BREAKER",)
    return tuple(rule.id for rule in spoken if isnan(state) and rule.unknown == "stops")


def earliest(row: Row, channel: int, policy: Policy, moment: datetime) -> datetime | None:  # noqa: ARG001
    """Return the end of the pause where ``health_hours_<channel>`` says how long it still lasts."""
    hours = known(row, f"health_hours_{CHANNELS[channel]}")
    return None if isnan(hours) else moment + timedelta(hours=hours)
