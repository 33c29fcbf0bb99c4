"""Nobody is contacted on figures that are missing or too old."""

from collections.abc import Sequence
from datetime import datetime
from math import isnan

from journeys.rulebook.critical import CriticalRule
from journeys.rulebook.policies import Policy, on_every_channel, spread
from journeys.rulebook.row import EVERYWHERE, NOWHERE, Row, known
from regua.columns import Columns, Flags, number

BIT = 1 << 6
LASTING = False
SOURCE = "LGPD (Lei 13.709/2018) art. 6 V: data used for a decision is accurate and current"
WORDS = {
    "pt-BR": "Um dado crítico está ausente ou velho demais.",
    "en": "A critical figure is missing or too old.",
}


def stops(columns: Columns, policy: Policy, moment: datetime) -> Flags:  # noqa: ARG001
    """Stop every channel while the profile or one of its critical figures is not known.

    Parameters
    ----------
    columns
        ``has_profile`` (0: none) and the critical figures. A figure older than its own limit arrives as NULL.
    policy
        Which figures are critical.
    moment
        Not used: figures are as of it already.

    Returns
    -------
    ``(n, channels)``.
    """
    codes = policy.codes(columns)
    unknown = number(columns, "has_profile") == 0
    needed = spread(policy.critical_in, codes).T
    for name, here in zip(policy.critical, needed, strict=True):
        figure = number(columns, name)
        unknown |= (figure != figure) & here
    return on_every_channel(unknown)


def stops_alone(row: Row, policy: Policy, moment: datetime) -> Sequence[bool]:  # noqa: ARG001
    """Say the same of one customer."""
    lacks_all = known(row, "has_profile") == 0
    return EVERYWHERE if lacks_all or any(isnan(known(row, name)) for name in policy.here(row).critical) else NOWHERE


def rules(row: Row, channel: int, policy: Policy, moment: datetime) -> tuple[str, ...]:  # noqa: ARG001
    """Name the rules whose figures are missing; all of them without a profile."""
    lacks_all = known(row, "has_profile") == 0
    spoken = policy.of("critical", CriticalRule, policy.code(row))
    return tuple(rule.id for rule in spoken if lacks_all or any(isnan(known(row, name)) for name in rule.fields))


def earliest(row: Row, channel: int, policy: Policy, moment: datetime) -> None:  # noqa: ARG001
    """Wait for fresh figures."""
    return
