"""A channel is used only where a valid address or number is known."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from journeys.rulebook.policies import Policy
from journeys.rulebook.row import Row, known
from regua.columns import Columns, Flags, number
from regua.vocabulary import CHANNELS

BIT = 1 << 5
LASTING = True
SOURCE = "LGPD (Lei 13.709/2018) art. 6 V: contact through a wrong or unverified point reaches another person"
WORDS = {
    "pt-BR": "Não há ponto de contato válido conhecido para o canal.",
    "en": "No valid contact point is known for the channel.",
}

_POINTS = tuple(f"has_point_{channel}" for channel in CHANNELS)


def stops(columns: Columns, policy: Policy, moment: datetime) -> Flags:  # noqa: ARG001
    """Stop a channel without a valid point; an unknown one is none.

    Parameters
    ----------
    columns
        ``has_point_<channel>``: 1 where a point exists that is neither invalid nor somebody else's.
    policy
        Not used.
    moment
        Not used.

    Returns
    -------
    ``(n, channels)``.
    """
    reached = np.array([number(columns, name) > 0 for name in _POINTS])
    return np.asarray(np.logical_not(reached, reached).T)


def stops_alone(row: Row, policy: Policy, moment: datetime) -> Sequence[bool]:  # noqa: ARG001
    """Say the same of one customer."""
    return [has is None or not has > 0 for has in map(row.get, _POINTS)]


def rules(row: Row, channel: int, policy: Policy, moment: datetime) -> tuple[str, ...]:  # noqa: ARG001
    """Name the rule of the law: no policy makes it."""
    return () if known(row, f"has_point_{CHANNELS[channel]}") > 0 else ("BR-LGPD-ACC",)


def earliest(row: Row, channel: int, policy: Policy, moment: datetime) -> None:  # noqa: ARG001
    """Wait for a valid point: time alone brings none."""
    return
