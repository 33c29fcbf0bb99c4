"""Stage 6: which candidate is worth most, in money? Doing nothing is always one of them and worth nothing."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from journeys.language.fields import FAMILIES
from journeys.stages.case import Case
from journeys.stages.guard import LASTING_BITS
from journeys.stages.offer import Riding
from regua.columns import Array, Columns, Flags, Numbers
from regua.dice import draw, identity
from regua.vocabulary import CHANNELS, NOTHING

NO_CANDIDATE = -1
"""The chosen index of doing nothing."""

_LASTING = np.uint32(LASTING_BITS)
_RESPONSES = tuple(f"p_response_{channel}" for channel in CHANNELS)
_UPLIFTS = tuple(f"uplift_{family}" for family in FAMILIES)
_PRICES = tuple(f"price_{channel}_cents" for channel in CHANNELS)


def arbitrate(case: Case) -> Mapping[str, Array]:
    """Choose among the permitted candidates of the due step.

    ``value = (P(response | channel) - P(response | nothing)) × collectible amount - cost - price - harm``, in cents,
    where a response to an offer brings less by the share of the balance the offer gives up. The harm of one more
    contact is the larger of what the channel is taken to do to anybody, growing with the contacts of the last seven
    days, and ``p_complaint × cost of a complaint``: both speak of one loss, which counts once. Where a family of
    contacts is known to make payment by this customer less likely (``uplift_<family>`` below zero), the effect of its
    channels is at most that: such a contact is worth less than none. A candidate without an estimate cannot be chosen.
    A ladder offers its first permitted way only. A service message is owed, and the law asks for a notice: neither is
    weighed against nothing. With a small probability the dice choose, with equal chances, among the eligible and
    nothing.

    Returns
    -------
    Nothing by customer. Tables, ``(due,)`` but the first two: ``candidate_values`` ``(K, due)`` (NaN: no estimate) and
    ``candidate_chances`` ``(K, due)``, the probability with which each was let through; ``chosen`` (index into K, -1
    nothing), ``value``, ``propensity`` (the probability with which this very choice was made), ``offer`` (index into
    ``book.offers.names``, -1 none), ``kept_share`` (what it leaves of the balance), ``npv``, ``concession``, and flags
    ``is_explored``, ``is_adverse`` (the family of some candidate is known to make payment less likely),
    ``is_permitted`` (some candidate passed every guardrail), ``is_eligible`` (and had an estimate),
    ``is_unreachable`` (no channel of the step will ever reach the customer).
    """
    tables = case.tables
    channels, blocked = tables["candidate_channels"], tables["candidate_blocked"]
    offered = channels >= 0
    permitted = offered & (blocked == 0)
    is_permitted = permitted.any(axis=0)
    offers: Riding = tables["offers"]
    values, adverse = _values(case, offers)
    owed = tables["purpose"] != 0
    eligible = permitted & ((values == values) | owed)
    one_way = tables["is_ladder"] | owed
    if one_way.any():
        taken = eligible[0] & one_way
        for rank in range(1, len(eligible)):
            eligible[rank] &= ~taken
            taken |= eligible[rank] & one_way
    has_choice = eligible.any(axis=0)
    best = _best(case, values, eligible, owed)
    chosen, propensity, explored, chances = _explore(case, eligible, best, has_choice & ~owed)
    worth = case.pick(values, chosen)
    tables.update(
        candidate_values=values,
        candidate_chances=chances,
        chosen=chosen,
        value=np.where((chosen >= 0) & (worth == worth), worth, 0.0),
        propensity=propensity,
        offer=offers.which,
        kept_share=offers.kept_share(case.columns["customer_balance_overdue_cents"][case.due]),
        npv=offers.npv,
        concession=offers.concession,
        is_explored=explored,
        is_adverse=adverse & ~owed,
        is_permitted=is_permitted,
        is_eligible=has_choice,
        is_unreachable=offered.any(axis=0) & ~(offered & ((blocked & _LASTING) == 0)).any(axis=0),
    )
    return {}


def _values(case: Case, offers: Riding) -> tuple[Numbers, Flags]:
    """Return what each candidate is worth, and of whom some candidate's family is known to do harm."""
    economy, columns = case.book.economy, case.part({})
    used = case.tables["channels_used"]
    # The last row is of no candidate: no estimate.
    values = np.empty((len(used) + 1, len(case.due)))
    values[-1] = np.nan
    for row, channel in zip(values, used.tolist(), strict=False):
        row[:] = columns[_RESPONSES[channel]]
    balances = columns["customer_balance_overdue_cents"]
    values -= columns[f"p_response_{NOTHING}"]
    adverse = _bounded(case, columns, values, used)
    products = case.codes("product", economy.products)[case.due]
    values *= economy.collectible(balances, products, columns["invoice_amount_mean_6m_cents"])
    if (offers.which >= 0).any():
        values *= offers.kept_share(balances)
    attempts = columns["attempts_7d"]
    burden = 1.0 + economy.harm_growth * np.where(attempts == attempts, attempts, 0.0)
    complaint, prices = columns["p_complaint"] * float(economy.complaint_cost), _prices(case, used)
    for place, channel in enumerate(used.tolist()):
        # fmax: where no risk is known, what is assumed of anybody counts.
        values[place] -= economy.outlay[channel] + prices[place]
        values[place] -= np.fmax(economy.harm[channel] * burden, complaint)
    # Rounded to whole cents before anything is compared, so that a tie is a tie everywhere.
    np.rint(values, values)
    return values.reshape(-1).take(case.tables["candidate_places"]), adverse


def _bounded(case: Case, columns: Columns, effects: Numbers, used: NDArray[np.intp]) -> Flags:
    """Lower the effects of channels, in place, to that of their family where it is below zero; say of whom."""
    adverse, families = np.zeros(len(case.due), np.bool_), case.book.economy.families[used].tolist()
    candidates = case.tables["candidate_bits"]
    for family in dict.fromkeys(families):
        uplift = columns[_UPLIFTS[family]]
        below = uplift < 0
        if not below.any():
            continue
        most = np.where(below, uplift, np.inf)
        rows = [row for row, own in enumerate(families) if own == family]
        for row in rows:
            np.minimum(effects[row], most, out=effects[row])
        adverse |= below & ((candidates & sum(1 << used.item(row) for row in rows)) != 0)
    return adverse


def _prices(case: Case, used: NDArray[np.intp]) -> list[Numbers | float]:
    """Return what the channels' scarce capacity costs, in cents a contact: an input of today, none where NULL."""
    found = (case.columns.get(_PRICES[channel]) for channel in used.tolist())
    return [0.0 if prices is None else _or_nought(prices[case.due]) for prices in found]


def _or_nought(prices: Numbers) -> Numbers | float:
    is_known = prices == prices
    return np.where(is_known, prices, 0.0) if is_known.any() else 0.0


def _best(case: Case, values: Numbers, eligible: Flags, owed: Flags) -> NDArray[np.intp]:
    """Return the most valuable eligible candidate, the first of equals, or nothing where none is worth enough."""
    ranked = np.where(eligible, np.where(owed, np.inf, values), -np.inf)
    top, worth = ranked.argmax(axis=0), ranked.max(axis=0)
    return np.where((worth > 0) & (worth >= case.book.economy.minimum_value), top, NO_CANDIDATE)


def _explore(
    case: Case, eligible: Flags, best: NDArray[np.intp], has_choice: Flags
) -> tuple[NDArray[np.intp], Numbers, Flags, Numbers]:
    """Let the keyed dice choose now and then; say how probable the choice was, and how probable each candidate."""
    rate, seed, today = case.book.economy.exploration_rate, case.book.economy.seed, case.today.toordinal()
    chosen, propensity, explored = best.copy(), np.ones(len(best)), np.zeros(len(best), np.bool_)
    chances = np.zeros(eligible.shape)
    at_best = (best >= 0).nonzero()[0]
    chances[best[at_best], at_best] = 1.0
    rows = has_choice.nonzero()[0]
    if not len(rows) or rate <= 0 or "customer_id" not in case.columns:
        return chosen, propensity, explored, chances
    who = identity(case.columns["customer_id"][case.due[rows]])
    among = eligible[:, rows]
    choices = among.sum(axis=0) + 1
    by_lot = draw(who, "explore", today, seed) < rate
    preferred = best[rows]
    lots = by_lot.nonzero()[0]
    picked = (draw(who[lots], "explore/which", today, seed) * choices[lots]).astype(np.intp)
    # The candidate that is the picked-th eligible one; the last pick, beyond all of them, is nothing.
    is_picked = (np.cumsum(among[:, lots], axis=0) - 1 == picked) & among[:, lots]
    taken = preferred.copy()
    taken[lots] = np.where(is_picked.any(axis=0), is_picked.argmax(axis=0), NO_CANDIDATE)
    chosen[rows] = taken
    even = rate / choices
    chances[:, rows] = np.where(among, even + (1.0 - rate) * chances[:, rows], 0.0)
    propensity[rows] = even + np.where(taken == preferred, 1.0 - rate, 0.0)
    explored[rows] = by_lot
    return chosen, propensity, explored, chances
