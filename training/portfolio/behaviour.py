"""Why people pay or do not: present ability, will, memory, pay days, age of the debt, and what contact did to them."""

import numpy as np

from regua.columns import Flags, Numbers
from training.portfolio.arrears import Arrears
from training.portfolio.days import Today, first_of_month, is_thirteenth_season, since_pay_day
from training.portfolio.luck import Luck, Whole, chance
from training.portfolio.state import State
from training.portfolio.world import World, by_product

PAY_DAY_LASTS = 5
"""Days from pay day during which money is still there."""


def present_ability(state: State, world: World, today: Today) -> Numbers:
    """Return each customer's ability to pay today, ``(customers,)``: the lasting one, less shocks, plus the 13th."""
    given, people = world.people, state.people
    ability = people.ability - given.shock_depth * (people.shock_until >= today.number)
    struck = disaster_regions(world, state.origin + today.month)
    ability = ability - given.disaster_depth * np.isin(people.region, struck)
    return np.asarray(ability + given.thirteenth_lift * is_thirteenth_season(today.date))


def disaster_regions(world: World, month: int) -> list[int]:
    """Return the positions of the states struck in a counted month."""
    states = list(world.regions.population_millions)
    when = f"{first_of_month(month):%Y-%m}"
    return [states.index(state) for state, struck in world.regions.disasters.items() if struck == when]


def shocks(state: State, world: World, luck: Luck, today: Today) -> None:
    """On the first of a month some customers lose income for a while, more of them where unemployment is high."""
    if today.date.day != 1:
        return
    people, given = state.people, world.people
    regional = np.array(list(world.regions.unemployment_percent.values()))[people.region] / 7.0
    struck = luck.uniform(people.who, "shock", today.number) < given.shock_monthly * regional
    months = 1 - np.log1p(-luck.uniform(people.who, "shock_length", today.number)) * (given.shock_months - 1)
    lasting = today.number + np.rint(30 * months).astype(np.int64)
    people.shock_until = np.where(struck, np.maximum(people.shock_until, lasting), people.shock_until)


def pays_on_time(
    state: State, world: World, luck: Luck, today: Today, ability: Numbers, rows: Whole, month: Whole
) -> tuple[Flags, Flags]:
    """Decide which bills are paid on time, and which are not because they were forgotten.

    Parameters
    ----------
    ability
        ``(customers,)`` of today.
    rows, month
        ``(m,)`` contracts deciding today, and the month of the bill.

    Returns
    -------
    ``(m,)`` paid on time, ``(m,)`` forgotten.
    """
    contracts, people, given = state.contracts, state.people, world.arrears
    customer, who = contracts.customer[rows], contracts.who[rows]
    odds = (
        given.late_log_odds
        - given.late_by_ability * ability[customer]
        - given.late_by_willingness * people.willingness[customer]
        + by_product(world.contracts.lateness)[contracts.product[rows]]
    )
    is_auto = contracts.is_auto[rows]
    late = chance(odds) * np.where(is_auto, given.late_auto_debit_factor, 1.0)
    is_wrong = contracts.wrong_month[rows] == month
    late = np.where(is_wrong, np.maximum(late, given.late_when_billed_wrongly), late)
    forgets = people.forgets[customer] * ~is_auto
    is_late = luck.uniform(who, "late", today.number) < late
    has_forgotten = ~is_late & (luck.uniform(who, "forgets", today.number) < forgets)
    return ~is_late & ~has_forgotten, has_forgotten


def paying_rate(state: State, world: World, today: Today, ability: Numbers, arrears: Arrears) -> Numbers:
    """Return the day's rate of paying for each contract in arrears, ``(m,)``; the chance is ``1 - exp(-rate)``."""
    contracts, people, given, rows = state.contracts, state.people, world.arrears, arrears.rows
    customer = contracts.customer[rows]
    log_rate = (
        given.rate_by_ability * ability[customer]
        + given.rate_by_willingness * people.willingness[customer]
        - given.rate_by_cycles * np.log2(np.maximum(arrears.cycles, 1))
        - given.age_power * np.log1p(arrears.days_past_due / given.age_scale_days)
        + contracts.push[rows]
        - world.channels.fatigue_on_paying * people.fatigue[customer]
    )
    has_pay = since_pay_day(today.date, people.pay_day[customer]) < PAY_DAY_LASTS
    factor = np.where(has_pay, given.pay_day_factor, given.other_day_factor)
    factor = np.where(people.pay_day[customer] == 0, 1.0, factor)
    factor = np.where(contracts.is_forgotten[rows], factor * given.forgotten_factor, factor)
    factor = np.where(contracts.placed_on[rows] <= today.number, factor * given.placed_factor, factor)
    factor = np.where(contracts.promised_on[rows] >= today.number, factor * world.claims.waiting_factor, factor)
    stands_still = (contracts.disputed_until[rows] >= today.number) | (
        arrears.days_past_due > world.contracts.forget_after_days
    )
    return np.where(stands_still, 0.0, given.daily_rate * factor * np.exp(log_rate))


def remember(state: State, world: World, luck: Luck, today: Today, arrears: Arrears) -> None:
    """Let some who forgot remember unaided."""
    contracts = state.contracts
    rows = arrears.rows[contracts.is_forgotten[arrears.rows]]
    recalls = luck.uniform(contracts.who[rows], "recall", today.number) < world.arrears.recall_daily
    contracts.is_forgotten[rows[recalls]] = False
