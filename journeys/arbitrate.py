"""Stage 6: which candidate is worth most, in money? Doing nothing is always one of them and worth nothing."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from journeys.case import Case
from journeys.guard import LASTING_BITS
from regua.columns import Array, Flags, Numbers, text
from regua.dice import draw, identity
from regua.vocabulary import CHANNELS, NOTHING

NO_CANDIDATE = -1
"""The chosen index of doing nothing."""


def arbitrate(case: Case) -> Mapping[str, Array]:
    """Choose among the permitted candidates of the due step.

    ``value = (P(response | channel) - P(response | nothing)) × collectible amount - cost - price - harm``, in cents,
    where the harm of one more contact grows with those of the last seven days. A candidate without an estimate cannot
    be chosen. A ladder offers its first permitted way only. A service message is owed: it is not weighed against
    nothing. With a small probability the dice choose, with equal chances, among the eligible and nothing.

    Returns
    -------
    ``candidate_values`` ``(n, K)`` (NaN: no estimate), ``chosen`` (index into K, -1 nothing), ``value``, ``propensity``
    (the probability with which this very choice was made), and flags ``is_explored``, ``is_permitted`` (some candidate
    passed every guardrail), ``is_eligible`` (and had an estimate), ``is_unreachable`` (no channel of the step will ever
    reach the customer).
    """
    channels, blocked = case.columns["candidate_channels"], case.columns["candidate_blocked"]
    offered = channels >= 0
    permitted = offered & (blocked == 0)
    values = np.where(offered, _values(case, channels), np.nan)
    service = case.columns["purpose"] == 1
    eligible = permitted & ((values == values) | service[:, None])
    ladder = case.columns["is_ladder"] | service
    if ladder.any():
        eligible &= ~ladder[:, None] | (np.cumsum(eligible, axis=1) == 1)
    best = _best(case, values, eligible, service)
    chosen, propensity, explored = _explore(case, eligible, best, service)
    worth = np.take_along_axis(values, np.maximum(chosen, 0)[:, None], axis=1)[:, 0]
    return {
        "candidate_values": values,
        "chosen": chosen,
        "value": np.where(chosen >= 0, np.nan_to_num(worth), 0.0),
        "propensity": propensity,
        "is_explored": explored,
        "is_permitted": permitted.any(axis=1),
        "is_eligible": eligible.any(axis=1),
        "is_unreachable": offered.any(axis=1) & ~(offered & ((blocked & np.uint32(LASTING_BITS)) == 0)).any(axis=1),
    }


def _values(case: Case, channels: NDArray[np.int8]) -> Numbers:
    economy = case.book.economy
    index = np.maximum(channels, 0).astype(np.intp)
    response = np.empty((len(CHANNELS), case.n))
    for position, channel in enumerate(CHANNELS):
        response[position] = case.number(f"p_response_{channel}")
    uplift = np.take_along_axis(response.T, index, axis=1) - case.number(f"p_response_{NOTHING}")[:, None]
    amount = case.number("customer_balance_overdue_cents") * economy.share(text(case.columns, "product"))
    burden = 1.0 + economy.harm_growth * np.nan_to_num(case.number("attempts_7d"))
    # Rounded to whole cents before anything is compared, so that a tie is a tie everywhere.
    return np.rint(uplift * amount[:, None] - economy.outlay[index] - economy.harm[index] * burden[:, None])


def _best(case: Case, values: Numbers, eligible: Flags, service: Flags) -> NDArray[np.intp]:
    """Return the most valuable eligible candidate, the first of equals, or nothing where none is worth enough."""
    ranked = np.where(eligible, np.where(service[:, None], np.inf, values), -np.inf)
    top = ranked.argmax(axis=1)
    worth = np.take_along_axis(ranked, top[:, None], axis=1)[:, 0]
    return np.where((worth > 0) & (worth >= case.book.economy.minimum_value), top, NO_CANDIDATE)


def _explore(
    case: Case, eligible: Flags, best: NDArray[np.intp], service: Flags
) -> tuple[NDArray[np.intp], Numbers, Flags]:
    """Let the keyed dice choose now and then, and say how probable the choice was."""
    rate, seed = case.book.economy.exploration_rate, case.book.economy.seed
    chosen, propensity = best.copy(), np.ones(case.n)
    explored = np.zeros(case.n, np.bool_)
    rows = np.flatnonzero(eligible.any(axis=1) & ~service)
    if not len(rows) or rate <= 0 or "customer_id" not in case.columns:
        return chosen, propensity, explored
    who = identity(case.columns["customer_id"][rows])
    choices = eligible[rows].sum(axis=1) + 1
    by_lot = draw(who, "explore", case.today.toordinal(), seed) < rate
    picked = (draw(who, "explore/which", case.today.toordinal(), seed) * choices).astype(np.intp)
    # The candidate that is the picked-th eligible one; the last pick, beyond all of them, is nothing.
    rank = np.cumsum(eligible[rows], axis=1) - 1
    candidate = np.where(
        picked < choices - 1, ((rank == picked[:, None]) & eligible[rows]).argmax(axis=1), NO_CANDIDATE
    )
    chosen[rows] = np.where(by_lot, candidate, best[rows])
    propensity[rows] = rate / choices + np.where(chosen[rows] == best[rows], 1.0 - rate, 0.0)
    explored[rows] = by_lot
    return chosen, propensity, explored
