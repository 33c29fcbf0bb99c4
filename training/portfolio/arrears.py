"""See who is in arrears today: since when, by how much and for how many bills."""

from dataclasses import dataclass

import numpy as np

from regua.columns import Flags
from regua.vocabulary import BUCKET_FLOORS
from training.portfolio.days import Today, month_starts
from training.portfolio.luck import Whole
from training.portfolio.state import State


@dataclass(frozen=True, slots=True)
class Arrears:
    """Contracts with an unpaid bill whose due date has passed, ``(m,)``; ``rows`` are positions of contracts.

    ``ends`` counts, for every contract, the columns of ``billed`` that are due before today.
    """

    rows: Whole
    ends: Whole
    owed: Whole
    oldest: Whole
    due: Whole
    days_past_due: Whole
    cycles: Whole


def look(state: State, today: Today) -> Arrears:
    """Find the contracts in arrears at the start of a day.

    ``owed`` is in cents, ``oldest`` the month of the oldest unpaid bill counted from the origin, ``due`` its due
    day, ``cycles`` the number of overdue bills.
    """
    contracts = state.contracts
    state.with_room(today.month)
    ends = today.month + (contracts.due_day < today.date.day)
    owed = contracts.billed[np.arange(len(ends)), ends] - contracts.paid
    rows = np.flatnonzero(owed > 0)
    billed, paid = contracts.billed[rows], contracts.paid[rows]
    oldest = np.argmax(billed[:, 1:] > paid[:, None], axis=1)
    due = month_starts(state.origin, billed.shape[1])[oldest] + contracts.due_day[rows] - 1
    is_owed = np.diff(billed, axis=1) > 0
    within = np.arange(is_owed.shape[1])
    cycles = (is_owed & (within >= oldest[:, None]) & (within < ends[rows][:, None])).sum(axis=1)
    return Arrears(rows, ends, owed[rows], oldest, due, today.number - due, cycles)


def buckets(days_past_due: Whole) -> Whole:
    """Place days past due in the arrears buckets, ``(n,)`` positions."""
    return np.searchsorted(np.array(BUCKET_FLOORS), days_past_due, side="right") - 1


def in_arrears(state: State, arrears: Arrears) -> Flags:
    """Mark the contracts in arrears among all, ``(n,)``."""
    marked = np.zeros(len(state.contracts.number), dtype=bool)
    marked[arrears.rows] = True
    return marked
