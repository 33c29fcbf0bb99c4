"""How is a vulnerable customer reached, and how seldom?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from journeys.rulebook.grammar import Channels, Rule, indices
from regua.vocabulary import CHANNELS


class VulnerableRule(Rule):
    """The only channels a vulnerable customer is reached by, and the days that lie between two contacts."""

    channels: Channels
    days: int = Field(ge=0, le=366)


@dataclass(frozen=True, slots=True)
class Care:
    """``open_to`` ``(regions + 1, channels)`` channels left open; ``days`` ``(regions + 1,)`` between two contacts."""

    open_to: NDArray[np.bool_]
    days: NDArray[np.float64]


def compile_section(rules: Sequence[Sequence[VulnerableRule]], possible: Sequence[int]) -> Care:
    """Join the rules: a channel all of them leave open, after the longest of their days; without a rule, none."""
    open_to = np.zeros((len(rules) + 1, len(CHANNELS)), np.bool_)
    days = np.zeros(len(rules) + 1)
    for row, here in enumerate(rules):
        open_to[row] = bool(here)
        for rule in here:
            closed = np.ones(len(CHANNELS), np.bool_)
            closed[indices(rule.channels)] = False
            open_to[row, closed] = False
            days[row] = max(days[row], rule.days)
    open_to[-1], days[-1] = open_to[list(possible)].all(axis=0), days[list(possible)].max()
    return Care(open_to, days)


def loosens(own: VulnerableRule, law: VulnerableRule) -> tuple[str, str] | None:
    """Return both values where a house's own rule would use more channels, or come back sooner."""
    if more := set(own.channels) - set(law.channels):
        return f"also {', '.join(sorted(more))}", f"only {', '.join(law.channels)}"
    return (f"{own.days} days", f"{law.days} days") if own.days < law.days else None
