"""Without which figures is nobody contacted?"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from journeys.rulebook.grammar import Rule

Critical = tuple[tuple[str, ...], NDArray[np.bool_]]
"""Names of columns, and ``(regions + 1, names)`` where each is critical; the last row is the unknown region."""


class CriticalRule(Rule):
    """Columns without which nobody is contacted."""

    fields: list[str] = Field(min_length=1)


def compile_section(rules: Sequence[Sequence[CriticalRule]], possible: Sequence[int]) -> Critical:
    """Gather the critical columns of each region."""
    names = tuple(dict.fromkeys(name for here in rules for rule in here for name in rule.fields))
    needed = np.zeros((len(rules) + 1, len(names)), np.bool_)
    for row, here in enumerate(rules):
        needed[row, [names.index(name) for rule in here for name in rule.fields]] = True
    needed[-1] = needed[list(possible)].any(axis=0)
    return names, needed


def loosens(own: CriticalRule, law: CriticalRule) -> tuple[str, str] | None:
    """Return both values where a house's own rule names only some of the figures the law needs."""
    if set(own.fields) < set(law.fields):
        return f"only {', '.join(own.fields)}", ", ".join(law.fields)
    return None
