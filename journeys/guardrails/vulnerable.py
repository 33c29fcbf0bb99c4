"""A vulnerable customer is reached by a person or a letter only, and seldom."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import isnan

import numpy as np

from journeys.rulebook.policies import Policy
from journeys.rulebook.row import NOWHERE, Row, known
from journeys.rulebook.vulnerable import VulnerableRule
from regua.columns import Columns, Flags, number
from regua.vocabulary import CHANNELS, HOLD_BIT, HoldKind

BIT = 1 << 9
LASTING = False
SOURCE = "CDC art. 54-C IV (Lei 14.181/2021): no pressure on consumers who are old, ill or in a vulnerable state"
WORDS = {
    "pt-BR": "Cliente em situação vulnerável: só uma pessoa ou uma carta, e com bastante intervalo.",
    "en": "A vulnerable customer: only a person or a letter, and seldom.",
}

_HOLD = HOLD_BIT[HoldKind.VULNERABLE]


def stops(columns: Columns, policy: Policy, moment: datetime) -> Flags:  # noqa: ARG001
    """Stop, for a vulnerable customer, every channel but those left open, and these too soon after the last contact.

    Parameters
    ----------
    columns
        ``hold_bits`` with that of the vulnerable; ``hours_since_last_contact``, where NULL is never if ``attempts_90d``
        is 0, and otherwise unknown, which stops; ``purpose``.
    policy
        Channels left open and days between two contacts.
    moment
        Not used: the hours are as of it already.

    Returns
    -------
    ``(n, channels)``.
    """
    entered = number(columns, "hold_bits")
    stopped = np.zeros((len(entered), len(CHANNELS)), np.bool_)
    bits = np.where(entered > 0, entered, 0.0).astype(np.int64) & _HOLD
    rows = np.flatnonzero(bits)
    if not len(rows):
        return stopped
    codes = policy.codes(columns)
    held = policy.stopped_by(bits, columns.get("purpose"), codes).T[rows]
    since = number(columns, "hours_since_last_contact")[rows]
    never = (since != since) & (number(columns, "attempts_90d")[rows] == 0)
    too_soon = ~(since >= 24.0 * policy.care.days[codes[rows]]) & ~never
    stopped[rows] = held | ~policy.care.open_to[codes[rows]] | too_soon[:, None]
    return stopped


def stops_alone(row: Row, policy: Policy, moment: datetime) -> Sequence[bool]:  # noqa: ARG001
    """Say the same of one customer."""
    entered = known(row, "hold_bits")
    if not (entered > 0 and int(entered) & _HOLD):
        return NOWHERE
    here, held = policy.here(row), policy.stopped_alone(_HOLD, row)
    since = known(row, "hours_since_last_contact")
    too_soon = not since >= here.care_hours and not (isnan(since) and known(row, "attempts_90d") == 0)
    return [stop or not is_open or too_soon for stop, is_open in zip(held, here.care_open_to, strict=True)]


def rules(row: Row, channel: int, policy: Policy, moment: datetime) -> tuple[str, ...]:  # noqa: ARG001
    """Name the rules of the hold and of care that stop the channel."""
    entered = known(row, "hold_bits")
    if not (entered > 0 and int(entered) & _HOLD):
        return ()
    code = policy.code(row)
    held = policy.rules_of_holds(_HOLD, channel, int(row.get("purpose") or 0), code)
    spoken = list(policy.of("vulnerable", VulnerableRule, code))
    broken = (one for one in spoken if CHANNELS[channel] not in one.channels or _is_too_soon(row, one.days))
    return (*held, *(one.id for one in broken)) if spoken else (*held, "VULNERABLE-UNSPOKEN")


def earliest(row: Row, channel: int, policy: Policy, moment: datetime) -> datetime | None:
    """Return the day on which a channel left open may be used again; a closed one waits for who may lift the hold."""
    code, since = policy.code(row), known(row, "hours_since_last_contact")
    held = policy.rules_of_holds(_HOLD, channel, int(row.get("purpose") or 0), code)
    if held or isnan(since) or not policy.care.open_to[code, channel]:
        return None
    return moment + timedelta(hours=max(24.0 * float(policy.care.days[code]) - since, 0.0))


def _is_too_soon(row: Row, days: int) -> bool:
    since = known(row, "hours_since_last_contact")
    return not since >= 24.0 * days and not (isnan(since) and known(row, "attempts_90d") == 0)
