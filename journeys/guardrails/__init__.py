"""What is never done? One file a rule: each says for every customer and channel whether it stops the contact.

Every rule always runs, and none knows another. ``REGISTER`` lists them by bit.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from journeys.guardrails import (
    affordability,
    channel_health,
    consent,
    contact_point,
    frequency,
    holds,
    hours,
    identity,
    kill_switch,
    profile_known,
    service_sound,
    slot,
    spacing,
    suspect_invoice,
    vulnerable,
    wording,
)
from journeys.rulebook.policies import Policy
from journeys.rulebook.row import Alone, Row
from regua.columns import Columns, Flags


class Guardrail(Protocol):
    """The anatomy of a rule.

    ``LASTING`` says that waiting does not help: a step all of whose channels are stopped so is passed over.
    """

    @property
    def BIT(self) -> int:  # noqa: N802
        """The rule's own bit in every decision."""

    @property
    def LASTING(self) -> bool:  # noqa: N802
        """Whether waiting is of no use."""

    @property
    def SOURCE(self) -> str:  # noqa: N802
        """The law, code or decision it comes from."""

    @property
    def WORDS(self) -> Mapping[str, str]:  # noqa: N802
        """Its sentence in each language."""

    def stops(self, columns: Columns, policy: Policy, moment: datetime) -> Flags:
        """Say ``(n, channels)`` where the contact is stopped."""
        ...

    def stops_alone(self, row: Row, policy: Policy, moment: datetime) -> Sequence[bool]:
        """Say the same of one customer, ``(channels,)``: NumPy costs more to start than a few values to read."""
        ...

    def rules(self, row: Row, channel: int, policy: Policy, moment: datetime) -> tuple[str, ...]:
        """Name the rules of the policy that stop one customer's contact by a channel (an index of ``CHANNELS``)."""
        ...

    def earliest(self, row: Row, channel: int, policy: Policy, moment: datetime) -> datetime | None:
        """Say when this rule certainly lets go if nothing else happens; ``None``: it waits for an event.

        Asked of a contact the rule stops. Where only a count is known and not each instant behind it, it is the instant
        by which the rule lets go at the latest.
        """
        ...


REGISTER: Mapping[str, Guardrail] = {
    "hours": hours,
    "frequency": frequency,
    "consent": consent,
    "holds": holds,
    "suspect_invoice": suspect_invoice,
    "contact_point": contact_point,
    "profile_known": profile_known,
    "identity": identity,
    "spacing": spacing,
    "vulnerable": vulnerable,
    "affordability": affordability,
    "channel_health": channel_health,
    "wording": wording,
    "slot": slot,
    "service_sound": service_sound,
    "kill_switch": kill_switch,
}


@lru_cache(maxsize=1024)
def named(bits: int) -> tuple[str, ...]:
    """Name the guardrails whose bits are set."""
    return tuple(name for name, rule in REGISTER.items() if bits & rule.BIT)


def rules(row: Row, channel: int, bits: int, policy: Policy, moment: datetime) -> tuple[str, ...]:
    """Name every rule of the policy that stops a contact whose guardrails are known by their bits."""
    found = (REGISTER[name].rules(row, channel, policy, moment) for name in named(bits))
    return tuple(dict.fromkeys(one for each in found for one in each))


def earliest(row: Row, channel: int, bits: int, policy: Policy, moment: datetime) -> datetime | None:
    """Say when all the guardrails that stop a contact have let go, within permitted hours; ``None``: not by waiting.

    Parameters
    ----------
    row
        The customer's values by column.
    channel
        Index of ``CHANNELS``.
    bits
        The guardrails that stop the contact at the moment.
    policy
        What holds on the day of the moment.
    moment
        The instant of the decision.
    """
    at = moment
    for name in named(bits & ~hours.BIT):
        ends = REGISTER[name].earliest(row, channel, policy, moment)
        if ends is None:
            return None
        at = max(at, ends)
    return hours.earliest(row, channel, policy, at)


def stopping(columns: Columns, channel: int, policy: Policy, moment: datetime) -> int:
    """Return the bits of every guardrail that stops the one customer of these columns on a channel at a moment.

    Parameters
    ----------
    columns
        Profile with what happened since, ``(1,)`` each, and what the contact asks: ``purpose`` and, where an offer
        rides, ``offer_payment_cents`` and ``income_cents``.
    channel
        Index of ``CHANNELS``.
    policy
        What holds on the day of the moment.
    """
    row = Alone(columns)
    return sum(rule.BIT for rule in REGISTER.values() if rule.stops_alone(row, policy, moment)[channel])


__all__ = ["REGISTER", "Guardrail", "earliest", "named", "rules", "stopping"]
