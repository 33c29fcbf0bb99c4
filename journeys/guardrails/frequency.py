"""Nobody is contacted more often than permitted: by day, rolling hours and days, contract, channel and conversation."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from math import isnan
from typing import Any

import numpy as np

from journeys.rulebook.frequency import FrequencyRule
from journeys.rulebook.policies import Policy, by_channel
from journeys.rulebook.row import NOWHERE, Row, known
from regua.clock import local_date, start_of_day
from regua.columns import Columns, Flags, Numbers, number
from regua.vocabulary import CHANNELS

BIT = 1 << 1
LASTING = False
SOURCE = "BR-FREQ: no federal cap is known; courts punish excess under CDC art. 42, so the house sets its own"
WORDS = {"pt-BR": "O limite de contatos foi atingido.", "en": "The limit of contacts is reached."}

_NO_LIMIT = float("inf")
_ROLLING = {"24h": timedelta(hours=24), "7d": timedelta(days=7)}


def stops(columns: Columns, policy: Policy, moment: datetime) -> Flags:  # noqa: ARG001
    """Stop a channel whose count has reached its limit; an unknown count is taken to have reached it.

    Parameters
    ----------
    columns
        ``attempts_1d`` (the calendar day of the business zone), ``attempts_24h`` and ``attempts_7d`` (rolling) and the
        same by channel: contacts sent to the customer over all contracts, in any journey; ``contract_calls_7d``: calls
        about the lead contract; ``unanswered_in_a_row``: messages since the customer last answered or spoke.
    policy
        Limits; each applies.
    moment
        Not used: the counts are as of it already.

    Returns
    -------
    ``(n, channels)``.
    """
    codes = policy.codes(columns)
    stopped = np.zeros((len(CHANNELS), len(codes)), np.bool_)
    for column, is_by_channel, table in policy.caps:
        for channels, limits in by_channel(table, codes):
            if np.ndim(limits) == 0 and limits == _NO_LIMIT:
                continue
            if is_by_channel:
                for channel in channels:
                    stopped[channel] |= _reaches(number(columns, f"{column}_{CHANNELS[channel]}"), limits)
            else:
                reached = _reaches(number(columns, column), limits)
                for channel in channels:
                    stopped[channel] |= reached
    return stopped.T


def stops_alone(row: Row, policy: Policy, moment: datetime) -> Sequence[bool]:  # noqa: ARG001
    """Say the same of one customer."""
    stopped = list(NOWHERE)
    for column, limits in policy.here(row).caps:
        count = row.get(column)
        for channel, limit in limits:
            if count is None or not count < limit:
                stopped[channel] = True
    return stopped


def _reaches(counts: Numbers, limits: Any) -> Flags:
    # Written so that NaN stops: whoever is not known to be below a limit is not contacted.
    below: Flags = counts < limits
    if np.ndim(limits):
        below |= limits == _NO_LIMIT
    return np.asarray(np.logical_not(below, below))


def rules(row: Row, channel: int, policy: Policy, moment: datetime) -> tuple[str, ...]:  # noqa: ARG001
    """Name the limits that the channel has reached."""
    return tuple(rule.id for rule, _ in _reached(row, channel, policy))


def earliest(row: Row, channel: int, policy: Policy, moment: datetime) -> datetime | None:
    """Return the next day; for a rolling window the instant by which enough contacts have left it at the latest.

    Only an answer ends a row of unanswered messages, and only fresh figures an unknown count.
    """
    ends = []
    for rule, count in _reached(row, channel, policy):
        if isnan(count) or rule.window == "conversation" or rule.at_most == 0:
            return None
        today = local_date(moment, policy.zone)
        if rule.window == "day":
            ends.append(start_of_day(today + timedelta(days=1), policy.zone))
            continue
        length, since = _ROLLING[rule.window], known(row, "hours_since_last_contact")
        end = (moment if isnan(since) else moment - timedelta(hours=since)) + length
        of_today = known(row, "attempts_1d" + (f"_{CHANNELS[channel]}" if rule.by_channel else ""))
        if rule.counts == "customer" and count - of_today > count - rule.at_most:
            # Enough of them are from before today, and leave the window when the day's first instant does.
            end = min(end, start_of_day(today, policy.zone) + length)
        ends.append(max(end, moment))
    return max(ends, default=moment)


def _reached(row: Row, channel: int, policy: Policy) -> Iterator[tuple[FrequencyRule, float]]:
    for rule in policy.of("frequency", FrequencyRule, policy.code(row)):
        if rule.channels is None or CHANNELS[channel] in rule.channels:
            count = known(row, rule.column + (f"_{CHANNELS[channel]}" if rule.by_channel else ""))
            if not count < rule.at_most:
                yield rule, count
