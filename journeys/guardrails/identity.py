"""Whoever is not the customer is not contacted again: a point that reached somebody else stays closed for good."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from journeys.rulebook.policies import Policy
from journeys.rulebook.row import Row, known
from regua.columns import Columns, Flags, number
from regua.vocabulary import CHANNELS, HOLD_BIT, HoldKind

BIT = 1 << 7
LASTING = True
SOURCE = "BR-LGPD-ACC: LGPD (Lei 13.709/2018) art. 6 V; contact with the wrong person is a breach of data quality"
WORDS = {
    "pt-BR": "O contato alcançou outra pessoa: este ponto de contato está em quarentena para este cliente.",
    "en": "The contact reached somebody else: this contact point is in quarantine for this customer.",
}

_HOLD = HOLD_BIT[HoldKind.WRONG_PARTY]
_POINTS = tuple((f"has_wrong_point_{channel}", f"has_point_{channel}") for channel in CHANNELS)


def stops(columns: Columns, policy: Policy, moment: datetime) -> Flags:  # noqa: ARG001
    """Stop what a wrong party stops: a channel all of whose points reached somebody else, and all under its hold.

    Parameters
    ----------
    columns
        ``hold_bits``; ``has_wrong_point_<channel>``: points of the channel that reached somebody else (NULL or no such
        column: none known), and ``has_point_<channel>``: whether another one is left; ``purpose``.
    policy
        What the hold stops.
    moment
        Not used: a quarantine has no end.

    Returns
    -------
    ``(n, channels)``.
    """
    codes = policy.codes(columns)
    entered = number(columns, "hold_bits")
    bits = np.where(entered > 0, entered, 0.0).astype(np.int64) & _HOLD
    stopped = policy.stopped_by(bits, columns.get("purpose"), codes)
    for index, (wrong, point) in enumerate(_POINTS):
        reached_another = columns.get(wrong)
        if reached_another is not None and (reached_another > 0).any():
            stopped[index] |= (reached_another > 0) & ~(number(columns, point) > 0)
    return stopped.T


def stops_alone(row: Row, policy: Policy, moment: datetime) -> Sequence[bool]:  # noqa: ARG001
    """Say the same of one customer."""
    held = policy.stopped_alone(_bits(row), row)
    return [stop or _is_closed(row, channel) for channel, stop in enumerate(held)]


def rules(row: Row, channel: int, policy: Policy, moment: datetime) -> tuple[str, ...]:  # noqa: ARG001
    """Name the rules of the hold, and the law that closes the point."""
    named = policy.rules_of_holds(_bits(row), channel, int(row.get("purpose") or 0), policy.code(row))
    return (*named, "BR-LGPD-ACC") if _is_closed(row, channel) else named


def earliest(row: Row, channel: int, policy: Policy, moment: datetime) -> None:  # noqa: ARG001
    """Wait for another point, or for who may lift the hold: a quarantine never ends by itself."""
    return


def _bits(row: Row) -> int:
    entered = known(row, "hold_bits")
    return int(entered) & _HOLD if entered > 0 else 0


def _is_closed(row: Row, channel: int) -> bool:
    wrong, point = _POINTS[channel]
    reached = row.get(wrong)
    return reached is not None and reached > 0 and not known(row, point) > 0
