"""Some words are not for every channel nor every debt: no legal wording where only bills may go, or on old debts."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from journeys.language.strict import PURPOSES
from journeys.rulebook.policies import Policy, by_channel, by_purpose
from journeys.rulebook.row import Row, known
from journeys.rulebook.wording import WordingRule
from regua.columns import Columns, Flags, number
from regua.vocabulary import CHANNELS, HOLD_BIT, HoldKind

BIT = 1 << 12
LASTING = True
SOURCE = "WA-DEBT: WhatsApp Business policy, prohibited uses; Código Civil art. 206 and CDC art. 42 and 71 on old debts"
WORDS = {
    "pt-BR": "O canal, ou a idade da dívida, não admite este tipo de mensagem.",
    "en": "The channel, or the age of the debt, does not admit this kind of message.",
}

_HOLD = HOLD_BIT[HoldKind.TIME_BARRED]


def stops(columns: Columns, policy: Policy, moment: datetime) -> Flags:  # noqa: ARG001
    """Stop a purpose its channel refuses, and a notice of the law about a debt that is time-barred.

    Parameters
    ----------
    columns
        ``purpose`` (absent: collection) and ``hold_bits``.
    policy
        What each channel refuses, and what the hold stops.
    moment
        Not used.

    Returns
    -------
    ``(n, channels)``.
    """
    codes, purpose = policy.codes(columns), columns.get("purpose")
    entered = number(columns, "hold_bits")
    bits = np.where(entered > 0, entered, 0.0).astype(np.int64) & _HOLD
    stopped = policy.stopped_by(bits, purpose, codes)
    for channels, refused in by_channel(*by_purpose(policy.refused, codes, purpose)):
        if refused is not False:
            stopped[channels] |= refused
    return stopped.T


def stops_alone(row: Row, policy: Policy, moment: datetime) -> Sequence[bool]:  # noqa: ARG001
    """Say the same of one customer."""
    refused, bits = policy.here(row).refused[int(row.get("purpose") or 0)], _bits(row)
    if not bits:
        return refused
    return [no or stop for no, stop in zip(refused, policy.stopped_alone(bits, row), strict=True)]


def rules(row: Row, channel: int, policy: Policy, moment: datetime) -> tuple[str, ...]:  # noqa: ARG001
    """Name the rules that refuse the purpose on the channel."""
    code, purpose = policy.code(row), int(row.get("purpose") or 0)
    refusing = (
        rule.id
        for rule in policy.of("wording", WordingRule, code)
        if CHANNELS[channel] in rule.channels and PURPOSES[purpose] in rule.refuses
    )
    return (*refusing, *policy.rules_of_holds(_bits(row), channel, purpose, code))


def earliest(row: Row, channel: int, policy: Policy, moment: datetime) -> None:  # noqa: ARG001
    """Wait for other words: neither a channel's policy nor an old debt changes by waiting."""
    return


def _bits(row: Row) -> int:
    entered = known(row, "hold_bits")
    return int(entered) & _HOLD if entered > 0 else 0
