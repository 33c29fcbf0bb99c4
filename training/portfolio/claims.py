"""What people answer when reached: a promise, a refusal, a claim to have paid, or a dispute of the bill."""

import numpy as np

from regua.columns import Flags
from regua.vocabulary import DisputeResolution
from training.portfolio import promises
from training.portfolio.arrears import Arrears
from training.portfolio.contacting import CODE, SPOKEN, Reading
from training.portfolio.days import DAY_US, HOUR_US, NO_TIME, Today, midnight_us, month_starts
from training.portfolio.log import Log
from training.portfolio.luck import Luck, Whole, chance, log_odds
from training.portfolio.state import State
from training.portfolio.world import World, by_channel

RESOLUTIONS: tuple[str, ...] = tuple(DisputeResolution)
UPHELD, REJECTED = RESOLUTIONS.index("upheld"), RESOLUTIONS.index("rejected")
DISPUTE, PAID_CLAIM = 0, 1
HOLD_PROMISE, HOLD_DISPUTE, HOLD_PAID_CLAIM, HOLD_PLACED = range(4)


def answer(state: State, world: World, luck: Luck, today: Today, arrears: Arrears, reading: Reading, log: Log) -> None:
    """Let those reached today by the right contact answer; one answer each, the first that applies."""
    contracts, given = state.contracts, world.claims
    place = np.full(len(contracts.number), -1, dtype=np.int64)
    place[arrears.rows] = np.arange(len(arrears.rows))
    _, first = np.unique(reading.rows, return_index=True)
    is_first = np.zeros(len(reading.rows), dtype=bool)
    is_first[first] = True
    hears = (
        is_first
        & reading.is_right
        & (reading.day == 0)
        & ~np.isin(reading.outcome, (CODE["opted_out"], CODE["complained"]))
    )
    at = np.flatnonzero(hears)
    rows, who = reading.rows[at], contracts.who[reading.rows[at]]
    where = place[rows]
    owes = where >= 0
    is_free = contracts.held_until[rows] < today.number
    is_ghost = ~owes & (contracts.ghost_until[rows] > today.number)
    u = luck.uniform(who, "claims_paid", today.number)
    claims = is_free & ((is_ghost & (u < given.paid_claim_true)) | (owes & (u < given.paid_claim_false)))
    wrong = owes & (contracts.wrong_month[rows] == np.where(owes, arrears.oldest[where], -2))
    share = np.where(wrong, given.dispute_wrong_bill, given.dispute_right_bill)
    disputes = owes & is_free & ~claims & (luck.uniform(who, "disputes", today.number) < share)
    people, customer = state.people, contracts.customer[rows]
    base = by_channel(given.promise)[reading.channel[at]]
    mood = given.promise_log_odds + 0.8 * people.willingness[customer] + 0.3 * people.ability[customer]
    mood = mood - 1.5 * people.is_dog[customer]
    willing = np.where(base > 0, chance(log_odds(base) + mood), 0.0)
    vows = owes & is_free & ~claims & ~disputes & (luck.uniform(who, "promises", today.number) < willing)
    refuses = owes & ~claims & ~disputes & ~vows & SPOKEN[reading.channel[at]] & (people.willingness[customer] < -0.5)
    for found, word in ((claims, "paid_claim"), (vows, "promised"), (refuses, "refused")):
        reading.outcome[at[found]] = CODE[word]
    answered = claims | disputes | vows
    reading.replied_us[at[answered]] = np.maximum(reading.replied_us, reading.read_us)[at[answered]]
    said_us = reading.read_us[at] + HOUR_US // 20
    _claim_paid(state, luck, today, log, rows[claims], is_ghost[claims], said_us[claims])
    _dispute(state, world, luck, today, log, rows[disputes], arrears.oldest[where[disputes]], wrong[disputes],
             said_us[disputes])  # fmt: skip
    promises.make(state, world, luck, today, log, rows[vows], arrears.owed[where[vows]], said_us[vows])


def _claim_paid(state: State, luck: Luck, today: Today, log: Log, rows: Whole, is_true: Flags, at: Whole) -> None:
    days = luck.whole(state.contracts.who[rows], "reconcile", 2, 5, today.number)
    resolved = at + days * DAY_US
    state.contracts.held_until[rows] = today.number + days
    none = np.full(len(rows), -1)
    log.add("disputes", contract=rows, at=at, month=none, kind=np.full(len(rows), PAID_CLAIM),
            resolution=np.where(is_true, UPHELD, REJECTED), resolved=resolved)  # fmt: skip
    log.add("holds", contract=rows, at=at, kind=np.full(len(rows), HOLD_PAID_CLAIM),
            ends=at + 7 * DAY_US, lifted=resolved)  # fmt: skip


def _dispute(
    state: State,
    world: World,
    luck: Luck,
    today: Today,
    log: Log,
    rows: Whole,
    month: Whole,
    is_wrong: Flags,
    at: Whole,
) -> None:
    contracts = state.contracts
    days = luck.whole(contracts.who[rows], "investigate", 5, max(world.claims.dispute_days, 5), today.number)
    contracts.held_until[rows] = contracts.disputed_until[rows] = today.number + days
    contracts.is_upheld[rows] = is_wrong
    resolved = at + days * DAY_US
    log.add("disputes", contract=rows, at=at, month=month, kind=np.full(len(rows), DISPUTE),
            resolution=np.where(is_wrong, UPHELD, REJECTED), resolved=resolved)  # fmt: skip
    log.add("holds", contract=rows, at=at, kind=np.full(len(rows), HOLD_DISPUTE),
            ends=at + 30 * DAY_US, lifted=resolved)  # fmt: skip
    _cancel(state, world, log, rows[is_wrong], month[is_wrong], resolved[is_wrong])


def _cancel(state: State, world: World, log: Log, rows: Whole, month: Whole, when: Whole) -> None:
    """Log bills again as cancelled, from the day the dispute will be decided."""
    contracts = state.contracts
    due = month_starts(state.origin, contracts.billed.shape[1])[month] + contracts.due_day[rows] - 1
    issued = due - world.contracts.issue_days_before_due
    at = np.array([midnight_us(int(day)) for day in issued], dtype=np.int64) + 6 * HOUR_US
    zero = np.zeros(len(rows), dtype=np.int64)
    amount = contracts.billed[rows, month + 1] - contracts.billed[rows, month]
    log.add("cancelled", contract=rows, month=month, variant=zero, amount=amount, issued=issued, due=due, missing=zero,
            reference=month, cancelled=when, at=at)  # fmt: skip


def close_disputes(state: State, today: Today) -> None:
    """Strike the oldest unpaid bill of those whose dispute was found right."""
    contracts = state.contracts
    rows = np.flatnonzero((contracts.disputed_until == today.number) & contracts.is_upheld)
    month = np.argmax(contracts.billed[rows, 1:] > contracts.paid[rows, None], axis=1)
    contracts.paid[rows] = np.maximum(contracts.paid[rows], contracts.billed[rows, month + 1])
    contracts.is_upheld[rows] = False
    contracts.wrong_month[rows] = -1


def place(state: State, world: World, today: Today, arrears: Arrears, log: Log) -> None:
    """Hand contracts long in arrears to an agency, which the old ladder then leaves alone."""
    contracts = state.contracts
    due = (arrears.days_past_due >= world.contracts.place_after_days) & (
        contracts.placed_on[arrears.rows] > today.number
    )
    due &= contracts.arranged[arrears.rows] < 0
    rows = arrears.rows[due]
    contracts.placed_on[rows] = today.number
    at = np.full(len(rows), today.start_us + 14 * HOUR_US)
    log.add("holds", contract=rows, at=at, kind=np.full(len(rows), HOLD_PLACED), ends=np.full(len(rows), NO_TIME),
            lifted=np.full(len(rows), NO_TIME))  # fmt: skip
