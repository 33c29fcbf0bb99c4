"""Nobody is contacted more often than permitted: by calendar day and over seven days, by channel and in total."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import isnan

import numpy as np

from journeys.rulebook.frequency import FrequencyRule
from journeys.rulebook.policies import Policy
from journeys.rulebook.row import Row, known
from regua.clock import local_date, start_of_day
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
    below: Flags | None = None
    codes = policy.codes(columns)
    for window, (in_total, by_channel) in policy.caps.items():
        counts = np.array([number(columns, f"{window}_{channel}") for channel in CHANNELS])
        # Written so that NaN stops: whoever is not known to be below the limit is not contacted.
        one = (counts < by_channel[codes].T) & (number(columns, window) < in_total[codes])
        below = one if below is None else below & one
    return np.zeros((height(columns), len(CHANNELS)), np.bool_) if below is None else ~below.T


def rules(row: Row, channel: int, policy: Policy, moment: datetime) -> tuple[str, ...]:  # noqa: ARG001
    """Name the limits that the channel has reached."""
    return tuple(rule.id for rule, _ in _reached(row, channel, policy))


def earliest(row: Row, channel: int, policy: Policy, moment: datetime) -> datetime | None:
    """Return the next day, or for a rolling window the instant by which its last contact has left it."""
    ends = []
    for rule, count in _reached(row, channel, policy):
        if isnan(count):
            return None
        if rule.days == "1":
            ends.append(start_of_day(local_date(moment, policy.zone) + timedelta(days=1), policy.zone))
        else:
            since = known(row, "hours_since_last_contact")
            last = moment if isnan(since) else moment - timedelta(hours=since)
            ends.append(last + timedelta(days=int(rule.days)))
    return max(ends, default=moment)


def _reached(row: Row, channel: int, policy: Policy) -> Iterator[tuple[FrequencyRule, float]]:
    for rule in policy.of("frequency", FrequencyRule, policy.code(row)):
        if rule.channels is None or CHANNELS[channel] in rule.channels:
            column = f"attempts_{rule.days}d" + ("" if rule.channels is None else f"_{CHANNELS[channel]}")
            count = known(row, column)
            if not count < rule.at_most:
                yield rule, count
