"""Nobody gets leave twice for the same debt, day and purpose: a contact that is permitted already holds its slot."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from journeys.language.strict import PURPOSES
from journeys.rulebook.policies import Policy, on_every_channel
from journeys.rulebook.row import EVERYWHERE, NOWHERE, Row, known
from regua.clock import local_date, start_of_day
from regua.columns import Columns, Flags, number

BIT = 1 << 13
LASTING = False
SOURCE = "House rule: at most one authorised contact per customer, contract and slot (CDC art. 42, no harassment)"
WORDS = {
    "pt-BR": "Já há autorização de contato sobre este contrato, com esta finalidade, hoje.",
    "en": "There is leave already for a contact about this contract, for this purpose, today.",
}

SLOT_BIT = {purpose: 1 << index for index, purpose in enumerate(PURPOSES)}
"""What ``slots_held`` adds up, by purpose."""


def stops(columns: Columns, policy: Policy, moment: datetime) -> Flags:  # noqa: ARG001
    """Stop every channel while another permit holds the slot: this contract, this purpose, the business day.

    Parameters
    ----------
    columns
        ``slots_held``: the :data:`SLOT_BIT` of the purposes for which permits of the lead contract hold today's slot
        (NULL or no such column: none); ``purpose`` (absent: collection).
    policy
        Not used.
    moment
        Not used: what is held is as of it already.

    Returns
    -------
    ``(n, channels)``.
    """
    bits = number(columns, "slots_held")
    held = np.where(bits > 0, bits, 0.0).astype(np.int64)
    purpose = columns.get("purpose")
    return on_every_channel((held >> (0 if purpose is None else purpose.astype(np.int64)) & 1) == 1)


def stops_alone(row: Row, policy: Policy, moment: datetime) -> Sequence[bool]:  # noqa: ARG001
    """Say the same of one customer."""
    return EVERYWHERE if _is_held(row) else NOWHERE


def rules(row: Row, channel: int, policy: Policy, moment: datetime) -> tuple[str, ...]:  # noqa: ARG001
    """Name the promise itself: no policy makes it, and none loosens it."""
    return ("ONE-CONTACT-A-SLOT",) if _is_held(row) else ()


def earliest(row: Row, channel: int, policy: Policy, moment: datetime) -> datetime:  # noqa: ARG001
    """Return the beginning of the next business day, whose slots are free."""
    return start_of_day(local_date(moment, policy.zone) + timedelta(days=1), policy.zone)


def _is_held(row: Row) -> bool:
    held = known(row, "slots_held")
    return held > 0 and bool(int(held) >> int(row.get("purpose") or 0) & 1)
