"""Promises to pay: made on contact, kept by those who can and will, partly kept or broken by the rest."""

import numpy as np

from regua.columns import Numbers
from regua.vocabulary import PromiseResolution
from training.portfolio.arrears import Arrears
from training.portfolio.days import NO_TIME, Today, midnight_us
from training.portfolio.log import Log
from training.portfolio.luck import Luck, Whole, chance
from training.portfolio.state import State
from training.portfolio.world import World

RESOLUTIONS: tuple[str, ...] = tuple(PromiseResolution)
KEPT, PARTLY, BROKEN = (RESOLUTIONS.index(word) for word in ("kept", "partly_kept", "broken"))
OPEN = -1
ENOUGH = 0.9
"""A promise is kept when at least this share of it was paid."""


def make(
    state: State, world: World, luck: Luck, today: Today, log: Log, rows: Whole, owed: Whole, made_us: Whole
) -> None:
    """Note promises to pay what is overdue within some days, and the pause in contact they bring."""
    contracts = state.contracts
    contracts.promised_on[rows] = today.number + luck.whole(
        contracts.who[rows], "promise_days", 1, world.claims.promise_days, today.number
    )
    contracts.promised_cents[rows], contracts.promised_at[rows] = owed, made_us
    contracts.held_until[rows] = contracts.promised_on[rows] + world.claims.grace_days
    open_now = np.full(len(rows), OPEN)
    _log(state, world, log, rows, open_now, np.full(len(rows), NO_TIME))


def due_amount(state: State, world: World, luck: Luck, today: Today, ability: Numbers, arrears: Arrears) -> Whole:
    """Return what is paid today because it was promised for today, in cents ``(m,)``; 0 is a broken promise."""
    contracts, people, given, rows = state.contracts, state.people, world.claims, arrears.rows
    customer, who = contracts.customer[rows], contracts.who[rows]
    odds = (
        given.kept_log_odds
        + given.kept_by_ability * ability[customer]
        + given.kept_by_willingness * people.willingness[customer]
    )
    is_due = contracts.promised_on[rows] == today.number
    kept = luck.uniform(who, "keeps", today.number) < chance(odds)
    partly = luck.uniform(who, "keeps_part", today.number) < given.partly_kept_share
    share = np.where(kept, 1.0, np.where(partly, 0.3 + 0.4 * luck.uniform(who, "promise_part", today.number), 0.0))
    return np.where(is_due, np.rint(share * contracts.promised_cents[rows]), 0).astype(np.int64)


def settle(state: State, world: World, today: Today, log: Log, arrears: Arrears, paid: Whole, at: Whole) -> None:
    """Resolve the promises that were fulfilled today or whose day has come.

    A broken promise is called broken only after the grace days: its ``resolved_at`` lies ahead.
    """
    contracts, rows = state.contracts, arrears.rows
    is_open = contracts.promised_on[rows] >= today.number
    is_kept = is_open & (paid > 0) & ((paid >= ENOUGH * contracts.promised_cents[rows]) | (paid >= arrears.owed))
    is_over = is_open & ~is_kept & (contracts.promised_on[rows] == today.number)
    done = is_kept | is_over
    resolution = np.where(is_kept, KEPT, np.where(paid > 0, PARTLY, BROKEN))
    later = midnight_us(today.number + world.claims.grace_days + 1)
    when = np.where(resolution == KEPT, at, later)
    _log(state, world, log, rows[done], resolution[done], when[done])
    log.tally.promises += np.array([int((resolution[done] == code).sum()) for code in (KEPT, PARTLY, BROKEN)])
    contracts.held_until[rows[is_kept]] = today.number
    contracts.promised_on[rows[done]] = -1


def _log(state: State, world: World, log: Log, rows: Whole, resolution: Whole, resolved: Whole) -> None:
    contracts = state.contracts
    made, on = contracts.promised_at[rows], contracts.promised_on[rows]
    log.add(
        "promises",
        contract=rows,
        at=made,
        amount=contracts.promised_cents[rows],
        on=on,
        resolution=resolution,
        resolved=resolved,
    )
    ends = np.array([midnight_us(int(day) + world.claims.grace_days + 1) for day in on], dtype=np.int64)
    lifted = np.where(resolution == KEPT, resolved, NO_TIME)
    log.add("holds", contract=rows, at=made, kind=np.full(len(rows), 0), ends=ends, lifted=lifted)
