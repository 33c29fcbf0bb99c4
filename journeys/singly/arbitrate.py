"""Stage 6 for one customer: which candidate is worth most? Doing nothing is always one of them and worth nothing."""

from math import inf

from journeys.book.offers import NO_OFFER
from journeys.language.fields import FAMILIES
from journeys.rulebook.row import NAN
from journeys.singly.customer import NONE, Customer
from journeys.stages.guard import LASTING_BITS
from regua.dice import draw, identity
from regua.vocabulary import CHANNELS, NOTHING

_RESPONSES = tuple(f"p_response_{channel}" for channel in CHANNELS)
_NO_RESPONSE = f"p_response_{NOTHING}"
_UPLIFTS = tuple(f"uplift_{family}" for family in FAMILIES)
_PRICES = tuple(f"price_{channel}_cents" for channel in CHANNELS)


def arbitrate(who: Customer) -> None:
    """Choose among the permitted candidates; see :func:`journeys.stages.arbitrate.arbitrate`."""
    if not who.is_due:
        return
    channels, blocked, is_owed = who.channels, who.blocked, who.purpose != 0
    who.values = values = _values(who)
    permitted = [rank for rank, channel in enumerate(channels) if channel >= 0 and not blocked[rank]]
    eligible = [rank for rank in permitted if is_owed or values[rank] == values[rank]]
    if is_owed or who.is_ladder:
        # One way after the other, or any way at all: the first counts.
        eligible = eligible[:1]
    who.is_permitted, who.is_eligible = bool(permitted), bool(eligible)
    best = _best(who, eligible, is_owed=is_owed)
    who.chances = [0.0] * len(channels)
    if best >= 0:
        who.chances[best] = 1.0
    who.chosen = best
    if eligible and not is_owed:
        _explore(who, eligible, best)
    worth = values[who.chosen]
    who.value = worth if who.chosen >= 0 and worth == worth else 0.0
    offered = [rank for rank, channel in enumerate(channels) if channel >= 0]
    who.is_unreachable = bool(offered) and all(blocked[rank] & LASTING_BITS for rank in offered)


def _values(who: Customer) -> list[float]:
    """Return what each candidate is worth; the family of some candidate may be known to do harm."""
    economy, row, is_owed = who.book.economy, who.row, who.purpose != 0
    attempts, no_response = row["attempts_7d"], row[_NO_RESPONSE]
    burden = 1.0 + economy.harm_growth * (attempts if attempts == attempts else 0.0)
    complaint = row["p_complaint"] * float(economy.complaint_cost)
    brings = economy.collectible_alone(
        row["customer_balance_overdue_cents"], row.get("product"), row["invoice_amount_mean_6m_cents"]
    )
    values = []
    for channel in who.channels:
        if channel < 0:
            values.append(NAN)
            continue
        effect = row[_RESPONSES[channel]] - no_response
        uplift = row[_UPLIFTS[economy.families.item(channel)]]
        if uplift < 0:
            who.is_adverse = not is_owed
            effect = min(effect, uplift)  # the first where it is NULL: it stays so
        value = effect * brings
        if who.offer != NO_OFFER:
            value *= who.kept_share
        price = row.get(_PRICES[channel])
        value -= economy.outlay.item(channel) + (0.0 if price is None or price != price else price)
        harm = economy.harm.item(channel) * burden
        # Where no risk is known, what is assumed of anybody counts.
        value -= complaint if complaint > harm else harm
        values.append(round(value, 0))
    return values


def _best(who: Customer, eligible: list[int], *, is_owed: bool) -> int:
    """Return the most valuable eligible candidate, the first of equals, or nothing where none is worth enough."""
    if not eligible:
        return NONE
    best = max(eligible, key=who.values.__getitem__)
    worth = inf if is_owed else who.values[best]
    return best if worth > 0 and worth >= who.book.economy.minimum_value else NONE


def _explore(who: Customer, eligible: list[int], best: int) -> None:
    """Let the keyed dice choose now and then; say how probable the choice was, and how probable each candidate."""
    rate, seed = who.book.economy.exploration_rate, who.book.economy.seed
    if rate <= 0 or "customer_id" not in who.row:
        return
    customer = identity([who.row["customer_id"]])
    who.is_explored = draw(customer, "explore", who.today, seed).item(0) < rate
    if who.is_explored:
        # The last pick, beyond all of them, is nothing.
        picked = int(draw(customer, "explore/which", who.today, seed).item(0) * (len(eligible) + 1))
        who.chosen = eligible[picked] if picked < len(eligible) else NONE
    even = rate / (len(eligible) + 1)
    who.chances = [even + (1.0 - rate) * chance if rank in eligible else 0.0 for rank, chance in enumerate(who.chances)]
    who.propensity = even + (1.0 - rate if who.chosen == best else 0.0)
