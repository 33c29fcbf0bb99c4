"""What a model is taught from: who was asked, as of when, and what came of it, before anybody looks at a profile."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from models.base import ModelSpec
from regua.columns import Array, Columns, Numbers, take
from training.plan import Plan

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """What cases are read from: the canonical tables as views, the plan, and the moment of training.

    ``customers``: only theirs; None: everyone's. Nothing known after ``as_of`` may be read.
    """

    connection: "duckdb.DuckDBPyConnection"
    plan: Plan
    as_of: datetime
    zone: str
    customers: Sequence[str] | None
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """Cases of one model with their answers, ``(n,)`` each.

    Parameters
    ----------
    customer, contract
        Whose case it is; the contract may be None where the case is the customer's.
    moment
        When the question was asked (``datetime64[us]``): the label's window begins there.
    known
        As of when the profile is read, never after ``moment``: the dawn before a choice or a contact, the moment itself
        for a contract observed on the grid.
    label
        0 or 1; a share in [0, 1] for a curve.
    weight
        Positive; inverse propensities where a policy chose.
    arm
        The model's arm, ``""`` where it has none.
    extras
        Further columns a teacher needs (month, is_treated, propensity, slot …).
    counts
        What became of every observation: ``kept``, or why not. None disappears.
    """

    customer: Array
    contract: Array
    moment: Array
    known: Array
    label: Numbers
    weight: Numbers
    arm: Array
    extras: Columns = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.label)

    def take(self, rows: Array, lost: Mapping[str, int] | None = None) -> "Cases":
        """Pick cases by mask or position, counting what became of the others."""
        return replace(
            self,
            customer=self.customer[rows],
            contract=self.contract[rows],
            moment=self.moment[rows],
            known=self.known[rows],
            label=self.label[rows],
            weight=self.weight[rows],
            arm=self.arm[rows],
            extras=take(self.extras, rows) if self.extras else {},
            counts=dict(Counter(self.counts) + Counter(lost or {})),
        )


CasesOf = Callable[[History, ModelSpec], Cases]
"""How the cases of a model are found: one such function, ``cases``, in each module named after a model."""


def unarmed(n: int) -> Array:
    """Return the arms of a model that has none.

    Examples
    --------
    >>> unarmed(2).tolist()
    ['', '']
    """
    return np.full(n, "", object)
