"""How much of a month's income must an offer leave?"""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field

from journeys.language.strict import AMOUNT_SCHEMA
from journeys.rulebook.grammar import Rule
from regua import money
from regua.errors import DataError


def _money(value: object) -> int:
    try:
        return money.cents(str(value))
    except DataError as problem:
        raise ValueError(problem.expected or problem.found) from problem


class AffordabilityRule(Rule):
    """The income no offer may touch, and no demand to somebody over-indebted."""

    income_floor: Annotated[int, BeforeValidator(_money), Field(ge=0), AMOUNT_SCHEMA]


def compile_section(rules: Sequence[Sequence[AffordabilityRule]], possible: Sequence[int]) -> NDArray[np.float64]:
    """Return the floor in cents ``(regions + 1,)``, the highest of a region; NaN where no rule sets one."""
    floors = np.full(len(rules) + 1, np.nan)
    for row, here in enumerate(rules):
        floors[row] = max((rule.income_floor for rule in here), default=np.nan)
    known = floors[list(possible)]
    floors[-1] = np.fmax.reduce(known) if len(known) else np.nan
    return floors


def loosens(own: AffordabilityRule, law: AffordabilityRule) -> tuple[str, str] | None:
    """Return both values where a house's own rule would leave less."""
    if own.income_floor < law.income_floor:
        return f"{own.income_floor / 100:.2f}", f"{law.income_floor / 100:.2f}"
    return None
