"""The old static ladder: the same step for everyone on the same day past due, but for a small share left to chance."""

import numpy as np

from regua.columns import Flags
from training.portfolio import offering
from training.portfolio.actions import Actions
from training.portfolio.arrears import Arrears
from training.portfolio.channels import CHANNELS
from training.portfolio.days import HOUR_US, Today, is_weekday, previous_weekday_gap
from training.portfolio.luck import Keys, Luck, Whole
from training.portfolio.state import State
from training.portfolio.world import World

DECISION_HOUR = 7


def choose(state: State, world: World, luck: Luck, today: Today, arrears: Arrears, *, explore: bool = True) -> Actions:
    """Choose for every customer whose lead contract has reached a step of the ladder, Monday to Friday.

    The lead contract is the one longest past due, then owing most, then first by identifier. A customer on hold is
    not at a decision point. With chance ``randomised_share`` the choice is uniform over the permitted channels and
    nothing; off the ladder, ``probe_share`` of case-days are decided uniformly. The logged propensity of the chosen
    action ``a`` among ``k`` permitted channels is ``e / (k + 1) + (1 - e) [a = step]``.

    Parameters
    ----------
    explore
        Whether to leave the small share to chance; without it the ladder is the ladder.
    """
    if not is_weekday(today.date):
        return Actions.none()
    rows, days_past_due = _cases(state, world, today, arrears)
    step = _steps_reached(world, days_past_due, previous_weekday_gap(today.date))
    who = state.contracts.who[rows]
    probed = (step < 0) & (luck.uniform(who, "probe", today.number) < world.ladder.probe_share) & explore
    at_point = (step >= 0) | probed
    rows, step, probed, who = rows[at_point], step[at_point], probed[at_point], who[at_point]
    permitted = permitted_channels(state, rows, today)
    planned = _planned(world, step, permitted)
    share = np.where(probed, 1.0, world.ladder.randomised_share if explore else 0.0)
    by_chance = luck.uniform(who, "leaves_to_chance", today.number) < share
    options = permitted.sum(axis=1) + 1
    place = np.floor(luck.uniform(who, "chance_choice", today.number) * options).astype(np.int64)
    ranked = np.cumsum(permitted, axis=1)
    drawn = np.where(place == 0, -1, np.argmax((ranked == place[:, None]) & permitted, axis=1))
    channel = np.where(by_chance, drawn, planned)
    propensity = share / options + (1 - share) * (channel == planned)
    sent, decided = _hours(world, luck, today, who)
    offer, offered = offering.choose(world, luck, today, who, step, days_past_due[at_point], explore=explore)
    offer, offered = np.where(channel < 0, offering.NONE, offer), np.where(channel < 0, np.nan, offered)
    # The ladder leaves nothing to chance where it is not to explore: then only its own step could be.
    among = permitted @ (1 << np.arange(permitted.shape[1])) if explore else None
    return Actions(
        rows,
        channel,
        sent,
        decided,
        propensity,
        by_chance,
        np.where(step < 0, np.nan, step),
        offer,
        offered,
        among=among,
    )


def permitted_channels(state: State, rows: Whole, today: Today) -> Flags:
    """Return the channels with consent and an address not known to be wrong, ``(m, channels)``."""
    people, customer = state.people, state.contracts.customer[rows]
    return (people.point_until[customer] >= today.number) & (people.consent_until[customer] >= today.number)


def _cases(state: State, world: World, today: Today, arrears: Arrears) -> tuple[Whole, Whole]:
    """Find the lead contracts of customers in arrears as the lender knows it: unseen payments count as unpaid."""
    contracts = state.contracts
    is_ghost = contracts.ghost_until > today.number
    is_ghost[arrears.rows] = False
    ghosts = np.flatnonzero(is_ghost)
    rows = np.concatenate([arrears.rows, ghosts])
    days = np.concatenate([arrears.days_past_due, today.number - contracts.ghost_due[ghosts]])
    owed = np.concatenate([arrears.owed, np.zeros(len(ghosts), dtype=np.int64)])
    customer = contracts.customer[rows]
    order = np.lexsort([contracts.number[rows], -owed, -days, customer])
    leads = order[np.flatnonzero(np.diff(customer[order], prepend=-1))]
    rows, days = rows[leads], days[leads]
    is_free = (contracts.held_until[rows] < today.number) & (contracts.placed_on[rows] > today.number)
    is_free &= days < world.contracts.place_after_days
    return rows[is_free], days[is_free]


def _steps_reached(world: World, days_past_due: Whole, gap: int) -> Whole:
    """Return the day of the ladder's latest step reached since the last weekday, or -1, ``(m,)``."""
    steps = np.array(sorted(world.ladder.steps))
    latest = np.searchsorted(steps, days_past_due, side="right") - 1
    day = np.where(latest >= 0, steps[np.maximum(latest, 0)], -1)
    return np.where((latest >= 0) & (day > days_past_due - gap), day, -1)


def _planned(world: World, step: Whole, permitted: Flags) -> Whole:
    """Return the ladder's own channel for each step; nothing where it is not permitted."""
    channel = np.array([CHANNELS.index(world.ladder.steps[day]) if day >= 0 else -1 for day in step.tolist()], np.int64)
    is_open = (channel >= 0) & permitted[np.arange(len(step)), np.maximum(channel, 0)]
    return np.where(is_open, channel, -1)


def _hours(world: World, luck: Luck, today: Today, who: Keys) -> tuple[Whole, Whole]:
    """Send at any hour of the permitted day, spread evenly."""
    first = max(world.ladder.first_hour, DECISION_HOUR + 1)
    width = max(world.ladder.last_hour - first, 1)
    hour = first + width * luck.uniform(who, "send_hour", today.number)
    sent = today.start_us + (hour * HOUR_US).astype(np.int64)
    return sent, np.full(len(who), today.start_us + DECISION_HOUR * HOUR_US)
