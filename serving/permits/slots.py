"""Slots: at most one authorised contact about a contract, for a purpose, on a day; and who holds one already."""

from collections.abc import Iterable
from datetime import date, datetime

import numpy as np

from journeys.guardrails.slot import SLOT_BIT
from journeys.language.strict import PURPOSES, Purpose
from regua.clock import local_date
from regua.columns import Array
from serving.store import Plan

NO_CONTRACT = ""
"""The contract of a slot where the contact is about none."""


def slot(day: date, purpose: Purpose) -> str:
    """Name a slot by its business day and what its contact is for.

    Examples
    --------
    >>> slot(date(2026, 3, 4), "collection")
    '2026-03-04.collection'
    """
    return f"{day.isoformat()}.{purpose}"


def purpose_of(name: str) -> Purpose:
    """Say what the contact of a slot is for.

    Examples
    --------
    >>> purpose_of("2026-03-04.service")
    'service'
    """
    return PURPOSES[PURPOSES.index(name.rpartition(".")[2])]


def hold_slots(columns: dict[str, Array], plans: Iterable[Plan], moment: datetime, zone: str) -> None:
    """Write into ``slots_held``, in place, for which purposes permits hold today's slots of each lead contract."""
    held = [plan for plan in plans if plan.slot is not None]
    if not held:
        return
    today = {slot(local_date(moment, zone), purpose): bit for purpose, bit in SLOT_BIT.items()}
    bits: dict[tuple[str, str], int] = {}
    for plan in held:
        key = plan.customer_id, plan.contract_id or NO_CONTRACT
        bits[key] = bits.get(key, 0) | today.get(str(plan.slot), 0)
    owners = zip(columns["customer_id"].tolist(), columns["contract_id"].tolist(), strict=True)
    found = [bits.get((customer_id, contract_id or NO_CONTRACT), 0) for customer_id, contract_id in owners]
    columns["slots_held"][:] = np.where(np.array(found) > 0, found, np.nan)
