"""Which purposes of a message does a channel refuse?"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from journeys.language.strict import PURPOSES, Purpose
from journeys.rulebook.grammar import Channels, Rule, indices
from regua.vocabulary import CHANNELS


class WordingRule(Rule):
    """Channels that do not carry messages of some purposes."""

    channels: Channels
    refuses: list[Purpose] = Field(min_length=1)


def compile_section(rules: Sequence[Sequence[WordingRule]], possible: Sequence[int]) -> NDArray[np.bool_]:
    """Say ``(regions + 1, purposes, channels)`` what is refused; the last row is the unknown region."""
    refused = np.zeros((len(rules) + 1, len(PURPOSES), len(CHANNELS)), np.bool_)
    for row, here in enumerate(rules):
        for rule in here:
            for purpose in rule.refuses:
                refused[row, PURPOSES.index(purpose), indices(rule.channels)] = True
    refused[-1] = refused[list(possible)].any(axis=0)
    return refused


def loosens(own: WordingRule, law: WordingRule) -> tuple[str, str] | None:
    """Return both values where a house's own rule refuses a channel only some of what the law refuses it."""
    if set(own.channels) & set(law.channels) and set(own.refuses) < set(law.refuses):
        return f"refuses only {', '.join(own.refuses)}", f"refuses {', '.join(law.refuses)}"
    return None
