"""Which channels need a known state of health before they are used?"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from journeys.rulebook.grammar import Channels, Rule, indices
from regua.vocabulary import CHANNELS


class ChannelHealthRule(Rule):
    """What an open breaker stops, and what is done while the state of a channel is not known."""

    channels: Channels
    unknown: Literal["passes", "stops"] = "passes"


def compile_section(rules: Sequence[Sequence[ChannelHealthRule]], possible: Sequence[int]) -> NDArray[np.bool_]:
    """Say ``(regions + 1, channels)`` where a channel of unknown health is not used."""
    needs = np.zeros((len(rules) + 1, len(CHANNELS)), np.bool_)
    for row, here in enumerate(rules):
        for rule in here:
            needs[row, indices(rule.channels)] |= rule.unknown == "stops"
    needs[-1] = needs[list(possible)].any(axis=0)
    return needs


def loosens(own: ChannelHealthRule, law: ChannelHealthRule) -> tuple[str, str] | None:
    """Return both values where a house's own rule would use a channel whose state the law needs to be known."""
    if set(own.channels) & set(law.channels) and (own.unknown, law.unknown) == ("passes", "stops"):
        return "unknown passes", "unknown stops"
    return None
