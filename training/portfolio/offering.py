"""Offers: which one rides with a contact of the old ladder, and who takes what they were offered."""

import numpy as np

from regua.columns import Flags, Numbers
from training.portfolio import arrangements
from training.portfolio.actions import Actions
from training.portfolio.arrears import Arrears
from training.portfolio.channels import CHANNELS
from training.portfolio.contacting import CODE, Reading
from training.portfolio.days import HOUR_US, Today
from training.portfolio.log import Log
from training.portfolio.luck import Keys, Luck, Whole, chance, log_odds
from training.portfolio.offer_terms import by_kind
from training.portfolio.state import State
from training.portfolio.world import World

NONE = -1
CALL = CHANNELS.index("call")
BY_CHANCE_FROM_DAY = 5
BY_CHANCE_BESIDES = ("pause_30", "discount_10")
"""Offers that the ladder makes by chance only."""


def choose(
    world: World, luck: Luck, today: Today, who: Keys, step: Whole, days_past_due: Whole, *, explore: bool
) -> tuple[Whole, Numbers]:
    """Choose the offers that ride with contacts of the ladder, and say with what chance each was chosen.

    The planned offer is that of the step. With chance ``offer_randomised_share`` it is uniform over those eligible and
    none: the chance of offer ``o`` among ``k`` eligible ones is ``e / (k + 1) + (1 - e) [o = planned]``.

    Returns
    -------
    ``(m,)`` positions among the offers, -1 none; ``(m,)`` chances.
    """
    given, names = world.offers, world.offers.names
    listed = [name for name in (*world.ladder.offers.values(), *BY_CHANCE_BESIDES) if name in given.terms]
    pool = np.array(sorted({names.index(name) for name in listed}), dtype=np.int64)
    days = days_past_due[:, None]
    eligible = (given.from_day[pool] <= days) & (days <= given.to_day[pool])
    of_step = {day: names.index(name) for day, name in world.ladder.offers.items()}
    planned = np.array([of_step.get(day, NONE) for day in step.tolist()], dtype=np.int64)
    allowed = ((pool == planned[:, None]) & eligible).any(axis=1)
    planned = np.where(allowed, planned, NONE)
    share = world.ladder.offer_randomised_share * (days_past_due >= BY_CHANCE_FROM_DAY) * explore
    by_chance = luck.uniform(who, "offers_by_chance", today.number) < share
    options = eligible.sum(axis=1) + 1
    place = np.floor(luck.uniform(who, "offer_choice", today.number) * options).astype(np.int64)
    ranked = np.cumsum(eligible, axis=1)
    drawn = np.where(place == 0, NONE, pool[np.argmax((ranked == place[:, None]) & eligible, axis=1)])
    offer = np.where(by_chance, drawn, planned)
    return offer, share / options + (1 - share) * (offer == planned)


def respond(
    state: State, world: World, luck: Luck, today: Today, arrears: Arrears, actions: Actions, reading: Reading, log: Log
) -> None:
    """Let those who read or heard an offer today take it, if they owe and have not answered otherwise."""
    offer = actions.offers[actions.channel >= 0]
    at = np.flatnonzero((offer != NONE) & _hears(reading))
    if len(at) == 0 and "arrangements" in log.parts:
        return
    contracts, given = state.contracts, world.offers
    place = np.full(len(contracts.number), -1, dtype=np.int64)
    place[arrears.rows] = np.arange(len(arrears.rows))
    rows = reading.rows[at]
    where = place[rows]
    owed = np.where(where >= 0, arrears.owed[where], 0) if len(arrears.rows) else np.zeros(len(at), dtype=np.int64)
    is_free = (contracts.held_until[rows] < today.number) & (contracts.placed_on[rows] > today.number)
    days = np.where(where >= 0, arrears.days_past_due[where], 0) if len(arrears.rows) else owed
    fits = (given.from_day[offer[at]] <= days) & (days <= given.to_day[offer[at]])
    likely = taken(state, world, rows, offer[at], reading.channel[at])
    takes = luck.uniform(contracts.who[rows], "takes_offer", today.number) < likely
    takes &= is_free & fits & (owed >= given.smallest_cents)
    _, first = np.unique(np.where(takes, rows, -1 - np.arange(len(rows))), return_index=True)
    once = np.zeros(len(rows), dtype=bool)
    once[first] = True
    takes &= once
    chosen = at[takes]
    said_us = reading.read_us[chosen] + HOUR_US // 10
    reading.replied_us[chosen] = np.maximum(reading.replied_us, reading.read_us)[chosen]
    arrangements.make(
        state, world, today, log, rows[takes], offer[chosen], owed[takes], said_us, reading.channel[chosen]
    )


def taken(state: State, world: World, rows: Whole, offer: Whole, channel: Whole) -> Numbers:
    """Return the chance that contracts take offers they read or hear, ``(m,)``: by what they can and will."""
    people, given, customer = state.people, world.offers, state.contracts.customer[rows]
    kind, ability = given.kind[offer], people.ability[customer]
    odds = (
        log_odds(by_kind(given.taken)[kind])
        + by_kind(given.taken_by_ability)[kind] * ability
        + by_kind(given.taken_by_willingness)[kind] * people.willingness[customer]
        + given.taken_by_discount * 10 * given.discount[offer]
        - given.taken_by_length * np.log2(given.count[offer]) * ability
        + given.taken_on_call * (channel == CALL)
        + given.taken_by_dogs * people.is_dog[customer]
    )
    return chance(odds)


def _hears(reading: Reading) -> Flags:
    answered = (CODE["opted_out"], CODE["complained"], CODE["promised"], CODE["paid_claim"], CODE["refused"])
    return np.asarray(reading.is_right & (reading.day == 0) & ~np.isin(reading.outcome, answered))
