"""Which channels need a yes, and which only the absence of a no?"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from journeys.rulebook.grammar import Channels, Rule, indices
from regua.vocabulary import CHANNELS


class ConsentRule(Rule):
    """Whether a channel needs a yes, or only the absence of a no."""

    channels: Channels
    needs: Literal["opt_in", "no_opt_out"]


def compile_section(rules: Sequence[Sequence[ConsentRule]], possible: Sequence[int]) -> NDArray[np.bool_]:
    """Say ``(regions + 1, channels)`` where a yes is needed; the last row is the unknown region."""
    # A channel without a consent rule in force is a channel nobody has permitted.
    needs = np.ones((len(rules) + 1, len(CHANNELS)), np.bool_)
    for row, here in enumerate(rules):
        for strictness in ("no_opt_out", "opt_in"):
            for rule in here:
                if rule.needs == strictness:
                    needs[row, indices(rule.channels)] = strictness == "opt_in"
    needs[-1] = needs[list(possible)].any(axis=0)
    return needs


def loosens(own: ConsentRule, law: ConsentRule) -> tuple[str, str] | None:
    """Return both values where a house's own rule would do without the yes that the law needs."""
    if set(own.channels) & set(law.channels) and (own.needs, law.needs) == ("no_opt_out", "opt_in"):
        return own.needs, law.needs
    return None
