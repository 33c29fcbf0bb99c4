"""Nobody is asked to pay an invoice that may be wrong."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from journeys.rulebook.policies import Policy
from journeys.rulebook.row import Row, known
from regua.columns import Columns, Flags, number
from regua.vocabulary import HOLD_BIT, HoldKind

BIT = 1 << 4
LASTING = False
SOURCE = "CDC art. 42, sole paragraph: an undue charge is repaid twofold unless the mistake is justifiable"
WORDS = {
    "pt-BR": "Uma fatura suspeita precisa ser conferida antes de qualquer cobrança.",
    "en": "A suspect invoice must be checked before anybody is asked to pay.",
}

_HOLD = HOLD_BIT[HoldKind.SUSPECT_INVOICE]


def stops(columns: Columns, policy: Policy, moment: datetime) -> Flags:  # noqa: ARG001
    """Stop collection while an invoice of the contract in arrears is suspect.

    Parameters
    ----------
    columns
        ``suspect_invoices`` (count on the lead contract), ``hold_bits``, and ``purpose`` (absent: collection).
    policy
        Which messages the hold stops.
    moment
        Not used.

    Returns
    -------
    ``(n, channels)``.
    """
    codes = policy.codes(columns)
    entered = number(columns, "hold_bits")
    bits = np.where(entered > 0, entered, 0.0).astype(np.int64) & _HOLD
    if "suspect_invoices" in columns:
        bits |= (number(columns, "suspect_invoices") > 0) * _HOLD
    return policy.stopped_by(bits, columns.get("purpose"), codes).T


def stops_alone(row: Row, policy: Policy, moment: datetime) -> Sequence[bool]:  # noqa: ARG001
    """Say the same of one customer."""
    return policy.stopped_alone(_bits(row), row)


def rules(row: Row, channel: int, policy: Policy, moment: datetime) -> tuple[str, ...]:  # noqa: ARG001
    """Name the rules that a suspect invoice sets off on the channel."""
    return policy.rules_of_holds(_bits(row), channel, int(row.get("purpose") or 0), policy.code(row))


def earliest(row: Row, channel: int, policy: Policy, moment: datetime) -> None:  # noqa: ARG001
    """Wait until the invoice has been checked."""
    return


def _bits(row: Row) -> int:
    entered = known(row, "hold_bits")
    is_held = known(row, "suspect_invoices") > 0 or (entered > 0 and int(entered) & _HOLD)
    return _HOLD if is_held else 0
