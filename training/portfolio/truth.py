"""Ask the simulated world what would happen: potential outcomes per action, for evaluation only.

Nothing that decides or learns may import this module; only reports that compare a policy with the truth.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np
import pyarrow as pa

from regua.columns import Array, Numbers
from regua.vocabulary import NOTHING
from training.portfolio import arrears, behaviour, ladder
from training.portfolio.actions import Actions
from training.portfolio.channels import CHANNELS
from training.portfolio.days import HOUR_US, Today
from training.portfolio.living import Chooser, always, live
from training.portfolio.log import Log
from training.portfolio.luck import Whole
from training.portfolio.simulation import Simulation
from training.portfolio.state import State, pick
from training.portfolio.truth_tables import latents_table

ACTIONS: tuple[str, ...] = (NOTHING, *CHANNELS)
WORSE_AFTER, HORIZON = 30, 360
FIGURES: Mapping[str, tuple[int, Callable[[Numbers], Numbers]]] = {
    "p_cured_15d": (15, lambda share: (share >= 1).astype(np.float64)),
    "p_paid_14d": (14, lambda share: (share > 0).astype(np.float64)),
    "p_paid_30d": (30, lambda share: (share > 0).astype(np.float64)),
    "p_half_60d": (60, lambda share: (share >= 0.5).astype(np.float64)),
    "recovered_3m": (90, lambda share: np.minimum(share, 1.0)),
    "recovered_12m": (HORIZON, lambda share: np.minimum(share, 1.0)),
}
"""What :func:`chances` tells, on which day, of the share of the arrears paid by then."""


def potential_outcomes(
    simulation: Simulation,
    contract_ids: Sequence[str],
    actions: Sequence[str] = ACTIONS,
    horizon_days: int = 7,
    replicates: int = 64,
) -> dict[str, Array]:
    """Return the chance that each contract pays or promises under each action today and nothing afterwards.

    Each contract is lived ``replicates`` times from its present state with other luck (keyed Monte Carlo), alone: its
    customer's other contracts are left in peace. All actions meet the same replicates, so differences between actions
    are far more exact than levels (standard error of a level at most ``0.5 / sqrt(replicates)``).

    Parameters
    ----------
    simulation
        Stays as it is.
    contract_ids
        ``(n,)``; any order, once each.
    actions
        Channels or ``nothing``.
    horizon_days
        The day of the action counts as the first.

    Returns
    -------
    Columns ``contract_id``, ``p_<action>`` (chance of a payment or promise) and ``paid_<action>_cents`` (mean amount
    paid), ``(n,)``.
    """
    lived = lives(simulation, contract_ids, actions, horizon_days, replicates)
    found: dict[str, Array] = {"contract_id": np.array(list(contract_ids), dtype=object)}
    for action, (happened, cents) in lived.items():
        found[f"p_{action}"] = happened.mean(axis=0)
        found[f"paid_{action}_cents"] = cents.mean(axis=0)
    return found


def lives(
    simulation: Simulation,
    contract_ids: Sequence[str],
    actions: Sequence[str] = ACTIONS,
    horizon_days: int = 7,
    replicates: int = 64,
) -> dict[str, tuple[Array, Array]]:
    """Live each contract many times under each action; see :func:`potential_outcomes`, which takes the means.

    One life is what one customer would do: a trial shows it under one action only, the world knows it under all.

    Returns
    -------
    By action, ``(replicates, n)`` whether a payment or promise followed, and the cents paid; a row is one luck.
    """
    chosen = simulation.finder.rows(np.array(list(contract_ids), dtype=object))
    owners, place = np.unique(simulation.state.contracts.customer[chosen], return_inverse=True)
    alone = _each_alone(simulation.state, chosen, owners[place])
    worlds = State.join([alone.with_luck_of(key + 1) for key in range(replicates)])
    shape = (replicates, len(chosen))
    found = {}
    for action in actions:
        happened, cents = _live_through(simulation, worlds.copy(), action, horizon_days)
        found[action] = happened.reshape(shape), cents.reshape(shape)
    return found


def chances(
    simulation: Simulation,
    contract_ids: Sequence[str],
    policy: Literal["nothing", "ladder"] = "nothing",
    *,
    days: int = 360,
    replicates: int = 32,
) -> dict[str, Array]:
    """Return what becomes of contracts in arrears under a policy, by keyed Monte Carlo: what scores are held against.

    Each contract is lived ``replicates`` times from the present day with other luck, alone, left in peace or under the
    old ladder without its chance. A level's standard error is at most ``0.5 / sqrt(replicates)``.

    Parameters
    ----------
    contract_ids
        ``(n,)``; any order, once each. What owes nothing today has NULL throughout.
    policy
        What is done to them from today on.
    days
        How far to live; figures that lie further ahead are NULL.

    Returns
    -------
    ``contract_id``, ``bucket`` (position among the arrears buckets today), ``owed_cents``; chances ``p_worse_30d`` (in
    a worse bucket after 30 days), ``p_cured_15d`` (all arrears of today paid within 15 days; by policy nothing: in
    peace), ``p_paid_14d``, ``p_paid_30d`` (paid anything), ``p_half_60d`` (paid at least half of today's arrears);
    ``recovered_3m``, ``recovered_12m`` (mean share of today's arrears paid in 90 and 360 days); and the owner's latent
    ``ability`` (of today), ``willingness``, ``is_sleeping_dog``, ``peak_hour`` and ``peak_strength``, ``(n,)`` each.
    """
    ids = np.array(list(contract_ids), dtype=object)
    chosen = simulation.finder.rows(ids)
    alone = _each_alone(simulation.state, chosen, simulation.state.contracts.customer[chosen])
    today = Today.of(alone.day, alone.origin)
    seen = arrears.look(alone, today)
    owed, bucket = np.zeros(len(ids)), np.zeros(len(ids), dtype=np.int64)
    owed[seen.rows], bucket[seen.rows] = seen.owed, arrears.buckets(seen.days_past_due)
    worlds = State.join([alone.with_luck_of(key + 1) for key in range(replicates)])
    told = _course(simulation, worlds, policy, np.tile(owed, replicates), np.tile(bucket, replicates), days)
    people = alone.people
    found: dict[str, Array] = {"contract_id": ids, "bucket": bucket, "owed_cents": owed}
    for name, happened in told.items():
        mean = happened.reshape(replicates, len(ids)).mean(axis=0)
        found[name] = np.where(owed > 0, mean, np.nan)
    return found | {
        "ability": behaviour.present_ability(alone, simulation.world, today),
        "willingness": people.willingness,
        "is_sleeping_dog": people.is_dog,
        "peak_hour": people.peak_hour,
        "peak_strength": people.peak_strength,
    }


def _course(
    simulation: Simulation, state: State, policy: str, owed: Numbers, bucket: Whole, days: int
) -> dict[str, Numbers]:
    """Live some days and note, for each contract, what came of the arrears it began with."""
    n, paid = len(owed), np.zeros(len(owed))
    told = {name: np.full(n, np.nan) for name in ("p_worse_30d", *FIGURES)}
    share = np.maximum(owed, 1.0)
    for day in range(1, min(days, HORIZON) + 1):
        log = Log()
        live(state, simulation.world, simulation.luck, _chooser(simulation, state, policy), log)
        rows = log.rows("payments")
        np.add.at(paid, rows["contract"], rows["amount"])
        for name, (last, figure) in FIGURES.items():
            if day == last:
                told[name] = figure(paid / share)
        if day == WORSE_AFTER:
            seen = arrears.look(state, Today.of(state.day, state.origin))
            now = np.zeros(n, dtype=np.int64)
            now[seen.rows] = arrears.buckets(seen.days_past_due)
            told["p_worse_30d"] = (now > bucket).astype(np.float64)
    return told


def _chooser(simulation: Simulation, state: State, policy: str) -> Chooser:
    if policy == "nothing":
        return always(Actions.none())
    return lambda today, seen: ladder.choose(state, simulation.world, simulation.luck, today, seen, explore=False)


def latent(simulation: Simulation) -> pa.Table:
    """Return the hidden traits of every customer."""
    return latents_table(simulation.state)


def _each_alone(state: State, contracts: Whole, customers: Whole) -> State:
    """Put each contract, with a customer of its own, into a world of their own."""
    people, book = pick(state.people, customers), pick(state.contracts, contracts)
    book.customer = np.arange(len(contracts), dtype=np.int64)
    return State(people, book, state.origin, state.day)


def _live_through(simulation: Simulation, state: State, action: str, days: int) -> tuple[Array, Array]:
    n = len(state.contracts.number)
    happened, cents = np.zeros(n, dtype=bool), np.zeros(n)
    for step in range(days):
        today, log = Today.of(state.day, state.origin), Log()
        planned = _everyone(n, action, today) if step == 0 and action != NOTHING else Actions.none()
        live(state, simulation.world, simulation.luck, always(planned), log)
        paid, promised = log.rows("payments"), log.rows("promises")
        happened[paid["contract"]] = True
        happened[promised["contract"][promised["resolution"] < 0]] = True
        np.add.at(cents, paid["contract"], paid["amount"])
    return happened, cents


def _everyone(n: int, action: str, today: Today) -> Actions:
    channel = np.full(n, [str(word) for word in CHANNELS].index(action), dtype=np.int64)
    at = np.full(n, today.start_us + 10 * HOUR_US, dtype=np.int64)
    return Actions(np.arange(n), channel, at, at, np.ones(n), np.zeros(n, dtype=bool), np.full(n, np.nan),
                   np.full(n, -1), np.full(n, np.nan))  # fmt: skip
