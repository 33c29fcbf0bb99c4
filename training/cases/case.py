"""What a model is taught from: who was asked, as of when, and what came of it, before anybody looks at a profile."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from models.base import ModelSpec
from regua.columns import Array, Columns, Numbers, take
from training.cases.labels import KEPT, Labels
from training.examples import drawn_by_customer
from training.plan import Plan

if TYPE_CHECKING:
    import duckdb


KEPT_NAME = "kept"
"""The name under which cases that are learned from are counted."""


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """What cases are read from: the canonical tables as views, the plan, and the moment of training.

    The views hold what was known by ``as_of`` of ``customers`` (None: of everyone), and nothing else: what came later
    cannot be read, whatever a model asks (:mod:`training.cases.history`). ``remembered`` keeps what several models ask.
    """

    connection: "duckdb.DuckDBPyConnection"
    plan: Plan
    as_of: datetime
    zone: str
    customers: Sequence[str] | None
    seed: int
    remembered: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """Cases of one model with their answers, ``(n,)`` each.

    Parameters
    ----------
    customer, contract
        Whose case it is; the contract is None where the case is the customer's, and the profile then that of the
        contract that leads.
    moment
        When the question was asked (``datetime64[us]``): the label's window begins there.
    known
        As of when the profile is read, never after ``moment``: the dawn before a choice or a contact, the moment itself
        for a contract observed on the grid.
    label
        0 or 1; a share in [0, 1] for a curve; NaN only where ``complete`` will fill it in.
    weight
        Positive; inverse propensities where a policy chose.
    arm
        The model's arm, ``""`` where it has none.
    extras
        Further columns a teacher needs (month, is_treated, propensity, slot …).
    counts
        Observations that are no cases, by why (``window_open``, ``no_propensity`` …). None disappears: those that are
        cases are counted as ``kept`` once their profile is found.
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
            counts=counted(self.counts, lost or {}),
        )

    def without(self, why: Array) -> "Cases":
        """Leave out the cases for which ``why``, ``(n,)``, is not empty, counting each by its reason.

        Examples
        --------
        >>> two = Cases(*(np.array([1.0, 2.0]) for _ in range(6)), unarmed(2))
        >>> left = two.without(np.array(["", "held"], object))
        >>> len(left), left.counts
        (1, {'held': 1})
        """
        return self.take(why == KEPT, Counter(str(one) for one in why[why != KEPT].tolist()))


CasesOf = Callable[[History, ModelSpec], Cases]
"""How the cases of a model are found: one such function, ``cases``, in each module named after a model."""

Complete = Callable[[Cases, Columns], Cases]
"""How a model fills in what only the profile could tell: an optional ``complete`` beside ``cases``.

It is given the cases with the profile of each, and gives back cases picked from them, some perhaps twice.
"""


def labelled(
    labels: Labels,
    *,
    customer: Array,
    contract: Array,
    moment: Array,
    known: Array | None = None,
    arm: Array | None = None,
    extras: Columns | None = None,
    lost: Mapping[str, int] | None = None,
) -> Cases:
    """Make cases of observations and their labels, ``(n,)`` each; the excluded are counted by why.

    Parameters
    ----------
    known
        The moments themselves when None.
    arm
        No arms when None.
    lost
        Observations that fell out before there were labels.
    """
    everyone = Cases(
        customer,
        contract,
        moment,
        moment if known is None else known,
        labels.label,
        labels.weight,
        unarmed(len(labels.label)) if arm is None else arm,
        extras or {},
        counted(lost or {}),
    )
    return everyone.without(labels.excluded)


def within_rows(plan: Plan, spec: ModelSpec, customer: Array, seed: int) -> Array:
    """Choose the rows that keep a model within its limit, whole customers together, positions in rising order.

    All models draw the same customers first, so that they learn from the same profiles.
    """
    return drawn_by_customer(customer, plan.rows_of(spec.name), "cases", seed)


def counted(*counts: Mapping[str, int]) -> dict[str, int]:
    """Add counts up, by name, leaving out what never happened."""
    total = sum((Counter(one) for one in counts), Counter[str]())
    return dict(sorted((+total).items()))


def unarmed(n: int) -> Array:
    """Return the arms of a model that has none.

    Examples
    --------
    >>> unarmed(2).tolist()
    ['', '']
    """
    return np.full(n, "", object)
