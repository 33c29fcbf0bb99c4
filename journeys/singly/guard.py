"""Stage 5 for one customer: every guardrail runs, and each sets its own bit on what it stops."""

from journeys.guardrails import REGISTER, kill_switch
from journeys.singly.customer import Customer

_RULES = tuple((rule, rule.BIT) for rule in REGISTER.values())


def guard(who: Customer) -> None:
    """Ask every guardrail about a due contact; see :func:`journeys.stages.guard.guard`."""
    if not who.is_due:
        return
    row, channels = who.row, who.channels
    row["purpose"], row["offer_payment_cents"], row["income_cents"] = who.purpose, who.payment, who.income
    if row.get(kill_switch.SWITCHES):
        row[kill_switch.JOURNEY] = who.book.journey_names.item(who.journey_at)
    blocked = [0] * len(channels)
    for rule, bit in _RULES:
        stopped = rule.stops_alone(row, who.policy, who.moment)
        if True in stopped:
            for rank, channel in enumerate(channels):
                if channel >= 0 and stopped[channel]:
                    blocked[rank] |= bit
    who.blocked = blocked
