"""Live one day of the simulated world: the same function makes the history and lives the days to come."""

from collections.abc import Callable

import numpy as np

from training.portfolio import arrears as arrears_of
from training.portfolio import behaviour, billing, claims, contacting, offering, paying
from training.portfolio.actions import Actions
from training.portfolio.arrears import Arrears
from training.portfolio.days import HOUR_US, Today
from training.portfolio.log import Log
from training.portfolio.luck import Luck
from training.portfolio.state import State
from training.portfolio.world import World

Chooser = Callable[[Today, Arrears], Actions]


def always(actions: Actions) -> Chooser:
    """Choose what was already chosen."""
    return lambda _today, _arrears: actions


def live(state: State, world: World, luck: Luck, choose: Chooser, log: Log) -> None:
    """Let one day pass: bills, contacts, answers and money, in this order; ``state`` moves on to the next day.

    Parameters
    ----------
    choose
        Returns the day's actions, given the day and who is in arrears in the morning.
    log
        Takes the day's rows.
    """
    today = Today.of(state.day, state.origin)
    behaviour.shocks(state, world, luck, today)
    claims.close_disputes(state, today)
    arrears = arrears_of.look(state, today)
    _count(state, today, arrears, log)
    billing.issue(state, world, luck, today, arrears, log)
    behaviour.remember(state, world, luck, today, arrears)
    actions = choose(today, arrears)
    reading = contacting.send(state, world, luck, today, actions, log)
    contacting.persuade(state, world, luck, today, reading, log)
    contacting.receive(state, today)
    claims.answer(state, world, luck, today, arrears, reading, log)
    offering.respond(state, world, luck, today, arrears, actions, reading, log)
    contacting.note(world, actions, reading, log, today.number)
    after_us = np.full(len(state.contracts.number), today.start_us + 6 * HOUR_US, dtype=np.int64)
    np.maximum.at(after_us, reading.rows, np.where(reading.day == 0, reading.outcome_us, reading.sent_us))
    ability = behaviour.present_ability(state, world, today)
    paying.pay_arrears(state, world, luck, today, ability, arrears, after_us, log)
    paying.pay_on_time(state, world, luck, today, ability, log)
    claims.place(state, world, today, arrears, log)
    _fade(state, world)
    state.day += 1


def _fade(state: State, world: World) -> None:
    """Let persuasion and fatigue wear off overnight."""
    state.contracts.push *= np.exp(-1.0 / world.channels.decay_days)
    state.people.fatigue *= np.exp(-1.0 / world.channels.fatigue_decay_days)


def _count(state: State, today: Today, arrears: Arrears, log: Log) -> None:
    """Count arrears, new episodes and, on the first of the month, the moves between buckets."""
    contracts, tally = state.contracts, log.tally
    opened = state.people.since <= today.number
    tally.customer_days += int(opened.sum())
    tally.arrears_days += len(np.unique(contracts.customer[arrears.rows]))
    tally.episodes += int((arrears.days_past_due == 1).sum())
    if today.date.day != 1:
        return
    bucket = np.zeros(len(contracts.number), dtype=np.int64)
    bucket[arrears.rows] = arrears_of.buckets(arrears.days_past_due)
    move = 1 - np.sign(bucket - contracts.bucket_then)
    np.add.at(tally.moves, (contracts.bucket_then, move), 1)
    contracts.bucket_then = bucket
