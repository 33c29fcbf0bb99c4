"""Stage 6: which candidate is worth most, in money? Doing nothing is always one of them and worth nothing."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from journeys.stages.case import Case
from journeys.stages.guard import LASTING_BITS
from regua.columns import Array, Flags, Numbers, text
from regua.dice import draw, identity
from regua.vocabulary import CHANNELS, NOTHING

NO_CANDIDATE = -1
"""The chosen index of doing nothing."""

_LASTING = np.uint32(LASTING_BITS)
_RESPONSES = tuple(f"p_response_{channel}" for channel in CHANNELS)


def arbitrate(case: Case) -> Mapping[str, Array]:
    """Choose among the permitted candidates of the due step.

    ``value = (P(response | channel) - P(response | nothing)) × collectible amount - cost - price - harm``, in cents,
    where the harm of one more contact grows with those of the last seven days. A candidate without an estimate cannot
    be chosen. A ladder offers its first permitted way only. A service message is owed: it is not weighed against
    nothing. With a small probability the dice choose, with equal chances, among the eligible and nothing.

    Returns
    -------
    ``candidate_values`` ``(K, n)`` (NaN: no estimate), ``chosen`` (index into K, -1 nothing), ``value``, ``propensity``
    (the probability with which this very choice was made), and flags ``is_explored``, ``is_permitted`` (some candidate
    passed every guardrail), ``is_eligible`` (and had an estimate), ``is_unreachable`` (no channel of the step will ever
    reach the customer).
    """
    channels, blocked = case.tables["candidate_channels"], case.tables["candidate_blocked"]
    offered = channels >= 0
    permitted = offered & (blocked == 0)
    values = _values(case, channels)
    service = case.columns["purpose"] != 0
    eligible = permitted & ((values == values) | service)
    one_way = case.columns["is_ladder"] | service
    if one_way.any():
        for rank in range(1, len(eligible)):
            eligible[rank] &= ~(one_way & eligible[:rank].any(axis=0))
    has_choice = eligible.any(axis=0)
    best = _best(case, values, eligible, service)
    chosen, propensity, explored = _explore(case, eligible, best, has_choice & ~service)
    worth = case.pick(values, chosen)
    return {
        "candidate_values": values,
        "chosen": chosen,
        "value": np.where((chosen >= 0) & (worth == worth), worth, 0.0),
        "propensity": propensity,
        "is_explored": explored,
        "is_permitted": permitted.any(axis=0),
        "is_eligible": has_choice,
        "is_unreachable": offered.any(axis=0) & ~(offered & ((blocked & _LASTING) == 0)).any(axis=0),
    }


def _values(case: Case, channels: NDArray[np.int8]) -> Numbers:
    economy = case.book.economy
    # Channel -1, no candidate, takes the last row: no estimate.
    response = np.empty((len(CHANNELS) + 1, case.n))
    for position, name in enumerate(_RESPONSES):
        response[position] = case.columns[name]
    response[-1] = np.nan
    uplift = case.pick(response, channels)
    uplift -= case.columns[f"p_response_{NOTHING}"]
    uplift *= economy.collectible(
        case.columns["customer_balance_overdue_cents"],
        text(case.columns, "product"),
        case.columns["invoice_amount_mean_6m_cents"],
    )
    attempts = case.columns["attempts_7d"]
    burden = 1.0 + economy.harm_growth * np.where(attempts == attempts, attempts, 0.0)
    # Rounded to whole cents before anything is compared, so that a tie is a tie everywhere.
    values: Numbers = np.rint(uplift - economy.outlay.take(channels) - economy.harm.take(channels) * burden)
    return values


def _best(case: Case, values: Numbers, eligible: Flags, service: Flags) -> NDArray[np.intp]:
    """Return the most valuable eligible candidate, the first of equals, or nothing where none is worth enough."""
    ranked = np.where(eligible, np.where(service, np.inf, values), -np.inf)
    top = ranked.argmax(axis=0)
    worth = case.pick(ranked, top)
    return np.where((worth > 0) & (worth >= case.book.economy.minimum_value), top, NO_CANDIDATE)


def _explore(
    case: Case, eligible: Flags, best: NDArray[np.intp], has_choice: Flags
) -> tuple[NDArray[np.intp], Numbers, Flags]:
    """Let the keyed dice choose now and then, and say how probable the choice was."""
    rate, seed, today = case.book.economy.exploration_rate, case.book.economy.seed, case.today.toordinal()
    chosen, propensity, explored = best.copy(), np.ones(case.n), np.zeros(case.n, np.bool_)
    rows = np.flatnonzero(has_choice)
    if not len(rows) or rate <= 0 or "customer_id" not in case.columns:
        return chosen, propensity, explored
    who = identity(case.columns["customer_id"][rows])
    among = eligible[:, rows]
    choices = among.sum(axis=0) + 1
    by_lot = draw(who, "explore", today, seed) < rate
    preferred = best[rows]
    lots = np.flatnonzero(by_lot)
    picked = (draw(who[lots], "explore/which", today, seed) * choices[lots]).astype(np.intp)
    # The candidate that is the picked-th eligible one; the last pick, beyond all of them, is nothing.
    is_picked = (np.cumsum(among[:, lots], axis=0) - 1 == picked) & among[:, lots]
    taken = preferred.copy()
    taken[lots] = np.where(is_picked.any(axis=0), is_picked.argmax(axis=0), NO_CANDIDATE)
    chosen[rows] = taken
    propensity[rows] = rate / choices + np.where(taken == preferred, 1.0 - rate, 0.0)
    explored[rows] = by_lot
    return chosen, propensity, explored
