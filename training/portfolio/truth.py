"""Ask the simulated world what would happen: potential outcomes per action, for evaluation only.

Nothing that decides or learns may import this module; only reports that compare a policy with the truth.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from regua.columns import Array
from regua.vocabulary import NOTHING
from training.portfolio.actions import Actions
from training.portfolio.channels import CHANNELS
from training.portfolio.days import HOUR_US, Today
from training.portfolio.living import always, live
from training.portfolio.log import Log
from training.portfolio.luck import Whole
from training.portfolio.simulation import Simulation
from training.portfolio.state import State, pick
from training.portfolio.truth_tables import latents_table

ACTIONS: tuple[str, ...] = (NOTHING, *CHANNELS)


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
    chosen = simulation.finder.rows(np.array(list(contract_ids), dtype=object))
    owners, place = np.unique(simulation.state.contracts.customer[chosen], return_inverse=True)
    found: dict[str, Array] = {"contract_id": np.array(list(contract_ids), dtype=object)}
    alone = _each_alone(simulation.state, chosen, owners[place])
    worlds = State.join([alone.with_luck_of(key + 1) for key in range(replicates)])
    for action in actions:
        happened, cents = _live_through(simulation, worlds.copy(), action, horizon_days)
        n = len(chosen)
        found[f"p_{action}"] = happened.reshape(replicates, n).mean(axis=0)
        found[f"paid_{action}_cents"] = cents.reshape(replicates, n).mean(axis=0)
    return found


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
