"""How often is too often? Limits of attempts by window, in total and by channel."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from journeys.rulebook.grammar import Channels, Rule, indices
from regua.vocabulary import CHANNELS

Caps = Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]
"""By the column that counts a window's attempts: the limit in total ``(regions + 1,)`` and by channel
``(regions + 1, channels)``, infinite where there is none; the last row is the unknown region."""


class FrequencyRule(Rule):
    """How many attempts are too many; without channels, all of them together."""

    channels: Channels | None = None
    days: Literal["1", "7"]
    at_most: int = Field(ge=0, le=1000)


def compile_section(rules: Sequence[Sequence[FrequencyRule]], possible: Sequence[int]) -> Caps:
    """Join the limits of each window; the lowest counts."""
    caps: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
    for row, here in enumerate(rules):
        for rule in here:
            window = f"attempts_{rule.days}d"
            if window not in caps:
                caps[window] = np.full(len(rules) + 1, np.inf), np.full((len(rules) + 1, len(CHANNELS)), np.inf)
            in_total, by_channel = caps[window]
            if rule.channels is None:
                in_total[row] = min(in_total[row], rule.at_most)
            else:
                index = indices(rule.channels)
                by_channel[row, index] = np.minimum(by_channel[row, index], rule.at_most)
    for tables in caps.values():
        for table in tables:
            table[-1] = table[list(possible)].min(axis=0)
    return caps


def loosens(own: FrequencyRule, law: FrequencyRule) -> tuple[str, str] | None:
    """Return both values where a house's own rule would permit more than the law's of the same kind."""
    alike = own.days == law.days and own.channels is None and law.channels is None
    shared = own.days == law.days and set(own.channels or ()) & set(law.channels or ())
    if (alike or shared) and own.at_most > law.at_most:
        return f"at most {own.at_most} in {own.days} days", f"at most {law.at_most}"
    return None
