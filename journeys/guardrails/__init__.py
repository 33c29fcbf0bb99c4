"""What is never done? One file a rule: each says for every customer and channel whether it stops the contact.

Every rule always runs, and none knows another. ``REGISTER`` lists them by bit.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from journeys.guardrails import consent, contact_point, frequency, holds, hours, profile_known, suspect_invoice
from journeys.rulebook.policies import Policy
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


REGISTER: Mapping[str, Guardrail] = {
    "hours": hours,
    "frequency": frequency,
    "consent": consent,
    "holds": holds,
    "suspect_invoice": suspect_invoice,
    "contact_point": contact_point,
    "profile_known": profile_known,
}

__all__ = ["REGISTER", "Guardrail"]
