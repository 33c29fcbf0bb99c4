"""Nobody is asked, or offered, to pay what would not leave enough to live on."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from journeys.rulebook.affordability import AffordabilityRule
from journeys.rulebook.policies import Policy, on_every_channel, spread
from journeys.rulebook.row import EVERYWHERE, NOWHERE, Row, known
from regua.columns import Columns, Flags, number
from regua.vocabulary import HOLD_BIT, HoldKind

BIT = 1 << 10
LASTING = False
SOURCE = "Lei 14.181/2021 and Decreto 11.567/2023: the existential minimum is preserved (value disputed at the STF)"
WORDS = {
    "pt-BR": "O valor pedido não deixaria o mínimo para viver.",
    "en": "What is asked would not leave enough to live on.",
}

_HOLD = HOLD_BIT[HoldKind.OVER_INDEBTED]


def stops(columns: Columns, policy: Policy, moment: datetime) -> Flags:  # noqa: ARG001
    """Stop a request to pay whose monthly payment leaves less than the floor, or is not known to leave it.

    Parameters
    ----------
    columns
        ``offer_payment_cents``: the largest payment of any month under the offer that rides with the step (NULL or no
        such column: none rides; 0: a pause or a later date); ``income_cents`` of a month; ``hold_bits``: who is
        over-indebted is not asked for the whole balance, ``customer_balance_overdue_cents``, either; ``purpose`` (a
        service message asks for nothing).
    policy
        The floor.
    moment
        Not used.

    Returns
    -------
    ``(n, channels)``.
    """
    payment, entered = number(columns, "offer_payment_cents"), number(columns, "hold_bits")
    over_indebted = (np.where(entered > 0, entered, 0.0).astype(np.int64) & _HOLD) != 0
    offered = payment == payment
    spoken_to = offered | over_indebted
    if not spoken_to.any():
        return on_every_channel(spoken_to)
    asked = np.where(offered, payment, number(columns, "customer_balance_overdue_cents"))
    floor = spread(policy.income_floors, policy.codes(columns))
    # What asks for nothing, a pause say, takes nothing. Written so that NaN stops: what is not known to leave the
    # floor is not asked.
    harms = spoken_to & (floor == floor) & ~(asked <= 0)
    harms &= ~(number(columns, "income_cents") - asked >= floor)
    purpose = columns.get("purpose")
    if purpose is not None:
        harms &= purpose != 1
    return on_every_channel(harms)


def stops_alone(row: Row, policy: Policy, moment: datetime) -> Sequence[bool]:  # noqa: ARG001
    """Say the same of one customer."""
    floor = policy.here(row).income_floor
    return EVERYWHERE if floor == floor and _harms(row, floor) else NOWHERE


def rules(row: Row, channel: int, policy: Policy, moment: datetime) -> tuple[str, ...]:  # noqa: ARG001
    """Name the floors that would not be left."""
    asked = _asked(row)
    if asked is None or asked <= 0:
        return ()
    left = known(row, "income_cents") - asked
    spoken = policy.of("affordability", AffordabilityRule, policy.code(row))
    return tuple(rule.id for rule in spoken if not left >= rule.income_floor)


def earliest(row: Row, channel: int, policy: Policy, moment: datetime) -> None:  # noqa: ARG001
    """Wait for another income, another balance or another offer."""
    return


def _harms(row: Row, floor: float) -> bool:
    asked = _asked(row)
    return asked is not None and not asked <= 0 and not known(row, "income_cents") - asked >= floor


def _asked(row: Row) -> float | None:
    """Return what one customer is asked to pay in a month; nothing where nobody asks."""
    payment, entered = known(row, "offer_payment_cents"), known(row, "hold_bits")
    offered, over_indebted = payment == payment, entered > 0 and bool(int(entered) & _HOLD)
    if not (offered or over_indebted) or row.get("purpose") == 1:
        return None
    return payment if offered else known(row, "customer_balance_overdue_cents")
