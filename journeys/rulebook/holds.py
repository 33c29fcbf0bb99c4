"""What does each hold stop: every contact, or every request to pay?"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from journeys.language.strict import PURPOSES
from journeys.rulebook.grammar import Channels, Rule, indices
from regua.vocabulary import CHANNELS, HOLD_BIT, Channel, HoldKind


class HoldRule(Rule):
    """What a hold stops: every contact, or every request to pay."""

    holds: list[HoldKind] = Field(min_length=1)
    stops: Literal["all", "collection"]
    channels: Channels = Field(default_factory=lambda: list(Channel))

    @property
    def bits(self) -> int:
        """The bits of ``hold_bits`` this rule listens to."""
        return int(np.bitwise_or.reduce([HOLD_BIT[kind] for kind in self.holds]))

    def stops_purpose(self, purpose: str) -> bool:
        """Say whether a message of a purpose is stopped."""
        return self.stops == "all" or purpose != "service"


def compile_section(rules: Sequence[Sequence[HoldRule]], possible: Sequence[int]) -> NDArray[np.int64]:
    """Join the hold bits that stop a message, ``(regions + 1, channels, purposes)``; the last row: unknown region."""
    masks = np.zeros((len(rules) + 1, len(CHANNELS), len(PURPOSES)), np.int64)
    for row, here in enumerate(rules):
        for rule in here:
            for purpose, name in enumerate(PURPOSES):
                if rule.stops_purpose(name):
                    masks[row, indices(rule.channels), purpose] |= rule.bits
    masks[-1] = np.bitwise_or.reduce(masks[list(possible)], axis=0)
    return masks


def loosens(own: HoldRule, law: HoldRule) -> tuple[str, str] | None:
    """Return both values where a house's own rule would let pass what the law's hold stops."""
    shared = set(own.holds) & set(law.holds) and set(own.channels) & set(law.channels)
    if shared and (own.stops, law.stops) == ("collection", "all"):
        return "stops collection", "stops all"
    return None
