"""Nobody is contacted outside the permitted hours and days of where they live."""

from datetime import datetime

import numpy as np

from journeys.rulebook.grammar import HoursRule
from journeys.rulebook.hours import NEVER
from journeys.rulebook.policies import Policy
from journeys.rulebook.row import Row, word
from regua.columns import Columns, Flags, text

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
    codes = columns.get("region_code")
    if codes is None:
        codes = policy.hours.codes(text(columns, "region"))
    closed: Flags = policy.hours.first_permitted(codes, moment) == NEVER
    return closed


def rules(row: Row, channel: int, policy: Policy, moment: datetime) -> tuple[str, ...]:  # noqa: ARG001
    """Name the hours of the region for the channel."""
    region = policy.hours.region(_code(row, policy))
    return tuple(rule.id for rule in policy.of("hours", HoursRule) if rule.speaks_of(channel, region))


def earliest(row: Row, channel: int, policy: Policy, moment: datetime) -> datetime | None:
    """Return the next permitted instant of the region."""
    return policy.hours.next_permitted(_code(row, policy), channel, moment)


def _code(row: Row, policy: Policy) -> int:
    code = row.get("region_code")
    return int(policy.hours.codes(np.array([word(row, "region")], dtype=object))[0]) if code is None else int(code)
