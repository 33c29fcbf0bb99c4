"""How long after the promised day does a promise still hold collection back?"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from journeys.rulebook.grammar import Rule


class GraceRule(Rule):
    """How long after the promised day a promise still holds collection back."""

    days: int = Field(ge=0, le=60)


def compile_section(rules: Sequence[Sequence[GraceRule]], possible: Sequence[int]) -> NDArray[np.float64]:
    """Return the days of grace ``(regions + 1,)``; the longest counts, and the last row is the unknown region."""
    days = np.array([max((rule.days for rule in here), default=0) for here in rules] + [0], np.float64)
    days[-1] = days[list(possible)].max()
    return days


def loosens(own: GraceRule, law: GraceRule) -> tuple[str, str] | None:
    """Return both values where a house's own rule would hold a promise for less time."""
    return (f"{own.days} days", f"{law.days} days") if own.days < law.days else None
