"""Stage 4 for one customer: by which ways could the due step be taken, and which offer rides with it?"""

from journeys.book.offers import NO_OFFER
from journeys.book.owing import One, income_alone
from journeys.book.steps import NO_WAIT
from journeys.singly.customer import NONE, Customer
from regua.vocabulary import HOLD_BIT, HoldKind

_OVER_INDEBTED = HOLD_BIT[HoldKind.OVER_INDEBTED]


def propose(who: Customer) -> None:
    """List the candidates of the due step; see :func:`journeys.stages.propose.propose`."""
    steps, at = who.book.steps, who.step_at
    who.task = steps.tasks.item(at)
    if at < 0 or who.task >= 0:
        return
    who.is_due = True
    channels, actions = steps.channels[:, at].tolist(), steps.templates[:, at].tolist()
    tried = who.step_channels_tried
    if tried:
        for rank, channel in enumerate(channels):
            if channel >= 0 and tried >> channel & 1:
                channels[rank] = actions[rank] = NONE
    who.channels, who.actions = channels, actions
    who.channel_bits = steps.bits.item(at) & ~tried
    who.purpose, who.is_ladder = steps.purposes.item(at), steps.waits.item(at) != NO_WAIT
    _ride(who)


def _ride(who: Customer) -> None:
    """Choose the offer, and say what it asks for in a month and what a month brings."""
    offers, row, floor = who.book.offers, who.row, who.policy.here(who.row).income_floor
    names = who.book.steps.offers[who.book.steps.offer_sets.item(who.step_at)]
    if names:
        one = One.of(offers.limits, offers.incomes, offers.money, row, floor)
        who.offer, npv, concession = offers.best_of(one, names)
        who.npv, who.concession = int(npv), int(concession)
    balance = row["customer_balance_overdue_cents"]
    if who.offer != NO_OFFER:
        who.payment = offers.payment(who.offer, balance)
        if balance > 0:
            # Whoever owes nothing has nothing to be conceded: an invoice before its due date, say.
            who.kept_share = min(max(1.0 - who.concession / balance, 0.0), 1.0)
    entered = row.get("hold_bits")
    is_held = entered is not None and entered > 0 and int(entered) & _OVER_INDEBTED
    if who.offer != NO_OFFER or is_held:
        who.income = income_alone(offers.incomes, row)
