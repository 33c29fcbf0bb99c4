"""While a hold is in force, the contacts it stops are not made."""

from datetime import datetime, timedelta
from math import isnan

import numpy as np

from journeys.rulebook.policies import Policy
from journeys.rulebook.row import Row, known
from regua.clock import local_date, start_of_day
from regua.columns import Columns, Flags, number
from regua.vocabulary import HOLD_BIT, HoldKind

BIT = 1 << 3
LASTING = False
SOURCE = "CDC art. 42, 54-A and 54-C; LGPD art. 20; house policy of each hold"
WORDS = {"pt-BR": "Um bloqueio em vigor suspende o contato.", "en": "A hold in force pauses contact."}

SEEN_IN: dict[str, HoldKind] = {
    "has_open_dispute": HoldKind.DISPUTE_OPEN,
    "has_paid_claim": HoldKind.PAID_CLAIM_PENDING,
    "is_placed": HoldKind.PLACED_WITH_AGENCY,
    "is_disaster": HoldKind.DISASTER_PAUSE,
}
"""Flags of the profile that amount to a hold even where nobody has entered one."""

_HERE = ~HOLD_BIT[HoldKind.SUSPECT_INVOICE]


def stops(columns: Columns, policy: Policy, moment: datetime) -> Flags:  # noqa: ARG001
    """Stop what each hold in force stops, for the purpose of the message.

    Parameters
    ----------
    columns
        ``hold_bits`` (NULL: none seen here; the rule on critical figures stops it), the flags of :data:`SEEN_IN`,
        ``has_open_promise`` with ``days_to_promise``, and ``purpose`` (0 collection, 1 service; absent: collection).
    policy
        What each hold stops, and how long after its day a promise still holds.
    moment
        Not used: holds are as of it already.

    Returns
    -------
    ``(n, channels)``.
    """
    entered = number(columns, "hold_bits")
    bits = np.where(entered > 0, entered, 0.0).astype(np.int64)
    for name, kind in SEEN_IN.items():
        if name in columns:
            bits |= (number(columns, name) > 0) * HOLD_BIT[kind]
    codes = policy.codes(columns)
    if "has_open_promise" in columns:
        # A promise whose day is unknown holds; one that is overdue beyond the grace no longer does.
        overdue = number(columns, "days_to_promise") < -policy.promise_grace_days[codes]
        bits |= ((number(columns, "has_open_promise") > 0) & ~overdue) * HOLD_BIT[HoldKind.PROMISE_PENDING]
    bits &= _HERE
    return policy.stopped_by(bits, columns.get("purpose"), codes).T


def rules(row: Row, channel: int, policy: Policy, moment: datetime) -> tuple[str, ...]:  # noqa: ARG001
    """Name the rules of the holds in force that stop this purpose on the channel."""
    return policy.rules_of_holds(_bits(row, policy), channel, int(row.get("purpose") or 0), policy.code(row))


def earliest(row: Row, channel: int, policy: Policy, moment: datetime) -> datetime | None:
    """Return the day on which a promise no longer holds; any other hold waits for who may lift it."""
    promise, purpose = HOLD_BIT[HoldKind.PROMISE_PENDING], int(row.get("purpose") or 0)
    bits, days, code = _bits(row, policy), known(row, "days_to_promise"), policy.code(row)
    entered = int(np.nan_to_num(known(row, "hold_bits"))) & promise
    if entered or isnan(days) or policy.rules_of_holds(bits & ~promise, channel, purpose, code):
        return None
    free = local_date(moment, policy.zone) + timedelta(days=days + policy.promise_grace_days.item(code) + 1)
    return start_of_day(free, policy.zone)


def _bits(row: Row, policy: Policy) -> int:
    entered = known(row, "hold_bits")
    bits = int(entered) if entered > 0 else 0
    for name, kind in SEEN_IN.items():
        if known(row, name) > 0:
            bits |= HOLD_BIT[kind]
    grace = policy.promise_grace_days[policy.code(row)]
    if known(row, "has_open_promise") > 0 and not known(row, "days_to_promise") < -grace:
        bits |= HOLD_BIT[HoldKind.PROMISE_PENDING]
    return bits & _HERE
