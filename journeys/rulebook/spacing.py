"""How long after a contact, or after a conversation, is the next one permitted?"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from journeys.language.strict import Duration
from journeys.rulebook.grammar import Channels, Rule, indices
from regua.vocabulary import CHANNELS

After = Literal["contact", "conversation"]
SINCE: Mapping[After, str] = {"contact": "hours_since_last_contact", "conversation": "hours_since_last_conversation"}
"""The column that says how long ago it was."""

Spaces = Mapping[After, NDArray[np.float64]]
"""Hours that must pass, ``(regions + 1, channels)``, 0 where none need; the last row is the unknown region."""

HOUR = timedelta(hours=1)


class SpacingRule(Rule):
    """How long a channel rests after any contact by any channel, or after people have spoken."""

    channels: Channels
    after: After
    at_least: Duration

    @property
    def hours(self) -> float:
        """The hours that must pass."""
        return self.at_least / HOUR


def compile_section(rules: Sequence[Sequence[SpacingRule]], possible: Sequence[int]) -> Spaces:
    """Join the spaces; the longest counts."""
    spaces: dict[After, NDArray[np.float64]] = {}
    for row, here in enumerate(rules):
        for rule in here:
            table = spaces.setdefault(rule.after, np.zeros((len(rules) + 1, len(CHANNELS))))
            index = indices(rule.channels)
            table[row, index] = np.maximum(table[row, index], rule.hours)
    for table in spaces.values():
        table[-1] = table[list(possible)].max(axis=0)
    return spaces


def loosens(own: SpacingRule, law: SpacingRule) -> tuple[str, str] | None:
    """Return both values where a house's own rule would ask for less rest than the law's of the same kind."""
    if own.after == law.after and set(own.channels) & set(law.channels) and own.at_least < law.at_least:
        return f"{own.hours:g} hours", f"{law.hours:g} hours"
    return None
