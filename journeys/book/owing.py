"""Who is asked: what each customer owes, may be taken to earn and can afford, for the offers to be weighed against."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from journeys.book.offers_grammar import GRADES, Kind, Limits
from journeys.language.conditions import Condition
from journeys.language.numbering import Numbering
from regua.columns import Array, Columns, Flags, Numbers
from regua.predicates import evaluate

Rows = NDArray[np.intp]

FEW = 4
"""Up to here conditions are asked row by row."""

OTHERS_READ = frozenset(
    {"customer_balance_overdue_cents", "balance_overdue_cents", "invoice_amount_last_cents", "p_self_cure",
     "ability_band", "income_band", "kind"}
)  # fmt: skip
"""What every offer reads beside its conditions."""


@dataclass(frozen=True, slots=True)
class Owing:
    """The customers asked for, ``(r,)`` each."""

    columns: Mapping[str, Array]
    rows: Rows
    overdue: Numbers
    bill: Numbers
    self_cure: Numbers
    ability: Rows
    affordable: Numbers

    @classmethod
    def of(cls, limits: Limits, incomes: Numbers, columns: Columns, rows: Rows) -> "Owing":
        """Read what is known of the customers at ``rows``: a declared income before an assumed one."""

        def some(name: str) -> Numbers:
            array = columns.get(name)
            return np.full(len(rows), np.nan) if array is None else np.asarray(array[rows], np.float64)

        all_overdue = some("customer_balance_overdue_cents")
        overdue = np.where(all_overdue == all_overdue, all_overdue, some("balance_overdue_cents"))
        declared = some("declared_income_cents")
        bands, kinds = _texts(columns, "income_band", rows), _texts(columns, "kind", rows)
        income = np.where(declared == declared, declared, incomes[_GRADES.codes(bands)])
        room = np.minimum(income - limits.income_floor, income * float(limits.largest_income_share))
        return cls(
            columns=columns,
            rows=rows,
            overdue=overdue,
            # Before the due date nothing is overdue yet: the bill at hand is what a date or a pause moves.
            bill=np.where(overdue > 0, overdue, some("invoice_amount_last_cents")),
            self_cure=np.nan_to_num(some("p_self_cure")),
            ability=_GRADES.codes(_texts(columns, "ability_band", rows)),
            affordable=np.where(kinds == "company", np.inf, room),
        )

    def owed(self, kind: Kind) -> Numbers:
        """Return what an offer of a kind is about."""
        return self.bill if kind in {"due_date", "pause"} else self.overdue

    def where(self, condition: Condition) -> Flags:
        """Say where a condition is known to be true."""
        picked = {name: self.columns[name][self.rows] for name in condition.columns if name in self.columns}
        if len(self.rows) <= FEW:
            rows = ({name: array.item(row) for name, array in picked.items()} for row in range(len(self.rows)))
            return np.array([condition.row(row) is True for row in rows], np.bool_)
        return evaluate(condition.node, {"": self.rows, **picked})


_GRADES = Numbering(GRADES)


def _texts(columns: Columns, name: str, rows: Rows) -> NDArray[np.object_]:
    array = columns.get(name)
    return np.full(len(rows), None, dtype=object) if array is None else array[rows]
