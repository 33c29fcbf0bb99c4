"""Who is asked: what each customer owes, may be taken to earn and can afford, for the offers to be weighed against."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isnan, nan
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from journeys.book.offers_grammar import GRADES, KINDS, Kind, Limits
from journeys.book.present_value import monthly
from journeys.book.unasked import Money, expected
from journeys.language.conditions import Condition
from journeys.language.numbering import Numbering
from regua.columns import Array, Columns, Flags, Numbers
from regua.predicates import evaluate

Rows = NDArray[np.intp]

OVERDUE_OF_ALL, OVERDUE = "customer_balance_overdue_cents", "balance_overdue_cents"
BILL, DECLARED, SELF_CURE = "invoice_amount_last_cents", "declared_income_cents", "p_self_cure"
BREAKS, SOON, YEAR = "p_break", "recovery_3m", "recovery_12m"
TAKES: Mapping[Kind, str] = {kind: f"p_offer_{kind}" for kind in KINDS}
OTHERS_READ = frozenset(
    {
        OVERDUE_OF_ALL,
        OVERDUE,
        BILL,
        SELF_CURE,
        BREAKS,
        SOON,
        YEAR,
        *TAKES.values(),
        "ability_band",
        "income_band",
        "kind",
    }
)
"""What every offer reads beside its conditions."""

BREAK_MONTHS = 2.0
"""``p_break`` speaks of the next sixty days."""

LATER: frozenset[Kind] = frozenset({"due_date", "pause"})
"""The kinds that move a bill and ask for nothing new."""

_GRADES = Numbering(GRADES)


class Owing(Protocol):
    """One customer or many, in the figures an offer is weighed with; money in cents."""

    @property
    def unasked(self) -> Any:
        """The share of the balance that is expected without an offer (:mod:`journeys.book.unasked`)."""
        ...

    @property
    def breaks(self) -> Any:
        """The share of this customer's agreements that breaks in a month; NULL where no model speaks."""
        ...

    @property
    def spare(self) -> Any:
        """What a month's income leaves above the floor."""
        ...

    @property
    def affordable(self) -> Any:
        """The largest payment a month leaves room for."""
        ...

    def owed(self, kind: Kind) -> Any:
        """Return what an offer of a kind is about."""
        ...

    def share(self, by_grade: Sequence[float]) -> Any:
        """Return a figure by the grade of ability; the last is of who has none."""
        ...

    def takes(self, kind: Kind) -> Any:
        """Return the chance that an offer of a kind is taken; NULL where no model speaks."""
        ...

    def where(self, condition: Condition) -> Any:
        """Say where a condition is known to be true."""
        ...


def income_of(incomes: Numbers, columns: Columns, rows: Rows) -> Numbers:
    """Return what a month brings each customer at ``rows``, in cents: as declared, or else as assumed by income band.

    A company's is infinite: no floor speaks of it. ``incomes`` are the assumed ones by grade, the unknown last.
    """
    bands, kinds, declared = columns.get("income_band"), columns.get("kind"), columns.get(DECLARED)
    income: Numbers = incomes[np.full(len(rows), -1, np.intp) if bands is None else _GRADES.codes(bands[rows])]
    if declared is not None:
        income = np.where(declared[rows] == declared[rows], declared[rows], income)
    return income if kinds is None else np.where(kinds[rows] == "company", np.inf, income)


def income_alone(incomes: Numbers, row: Mapping[str, Any]) -> float:
    """Return the same of one customer."""
    if row.get("kind") == "company":
        return inf
    declared = row.get(DECLARED)
    return (
        incomes.item(_GRADES[row.get("income_band")]) if declared is None or declared != declared else float(declared)
    )


@dataclass(frozen=True, slots=True)
class Many:
    """Many customers, ``(r,)`` each: the columns they stand in are picked once, and asked once for each condition."""

    columns: Columns
    rows: Rows
    overdue: Numbers
    bill: Numbers
    unasked: Numbers
    breaks: Numbers
    ability: Rows
    spare: Numbers
    affordable: Numbers
    ask: Callable[[Condition], Flags]
    asked: dict[str, Flags]

    @classmethod
    def of(
        cls,
        limits: Limits,
        incomes: Numbers,
        money: Money,
        columns: Columns,
        rows: Rows,
        floors: Numbers | None,
        ask: Callable[[Condition], Flags] | None = None,
    ) -> "Many":
        """Read what is known of the customers at ``rows``.

        ``floors`` are the law's, ``(r,)``, NaN without one; ``ask`` answers conditions for these customers, where
        somebody has encoded their texts already.
        """

        def some(name: str) -> Numbers:
            array = columns.get(name)
            return np.full(len(rows), np.nan) if array is None else np.asarray(array[rows], np.float64)

        def grades(name: str) -> Rows:
            array = columns.get(name)
            return np.full(len(rows), -1, np.intp) if array is None else _GRADES.codes(array[rows])

        of_all = some(OVERDUE_OF_ALL)
        overdue = np.where(of_all == of_all, of_all, some(OVERDUE))
        income = income_of(incomes, columns, rows)
        spare = income - (limits.income_floor if floors is None else np.fmax(floors, limits.income_floor))
        return cls(
            columns=columns,
            rows=rows,
            overdue=overdue,
            # Before the due date nothing is overdue yet: the bill at hand is what a date or a pause moves.
            bill=np.where(overdue > 0, overdue, some(BILL)),
            unasked=expected(money, some(SELF_CURE), some(SOON), some(YEAR)),
            breaks=monthly(some(BREAKS), BREAK_MONTHS),
            ability=grades("ability_band"),
            spare=spare,
            affordable=np.minimum(spare, income * float(limits.largest_income_share)),
            ask=_asking(columns, rows) if ask is None else ask,
            asked={},
        )

    def some(self, places: Rows) -> "Many":
        """Pick some of them; conditions are still asked of all."""
        return Many(
            columns=self.columns,
            rows=self.rows[places],
            overdue=self.overdue[places],
            bill=self.bill[places],
            unasked=self.unasked[places],
            breaks=self.breaks[places],
            ability=self.ability[places],
            spare=self.spare[places],
            affordable=self.affordable[places],
            ask=self.ask,
            asked=self.asked,
        )

    def owed(self, kind: Kind) -> Numbers:
        """Return what an offer of a kind is about."""
        return self.bill if kind in LATER else self.overdue

    def share(self, by_grade: Sequence[float]) -> Numbers:
        """Return a figure by the grade of ability."""
        return np.array(by_grade)[self.ability]

    def takes(self, kind: Kind) -> Numbers:
        """Return the chance that an offer of a kind is taken."""
        array = self.columns.get(TAKES[kind])
        return np.full(len(self.rows), np.nan) if array is None else array[self.rows]

    def where(self, condition: Condition) -> Flags:
        """Say where a condition is known to be true."""
        found = self.asked.get(condition.text)
        if found is None:
            found = self.asked[condition.text] = self.ask(condition)
        return found


def _asking(columns: Columns, rows: Rows) -> Callable[[Condition], Flags]:
    """Answer conditions for some rows of columns, each column picked once."""
    picked: dict[str, Array] = {"": rows}
    cache: dict[Any, Any] = {}

    def ask(condition: Condition) -> Flags:
        picked.update((name, columns[name][rows]) for name in condition.columns - picked.keys() if name in columns)
        return evaluate(condition.node, picked, cache)

    return ask


@dataclass(frozen=True, slots=True)
class One:
    """One customer, in plain numbers: NumPy costs more to start than one row costs to read."""

    row: Mapping[str, Any]
    overdue: float
    bill: float
    unasked: float
    breaks: float
    ability: int
    spare: float
    affordable: float

    @classmethod
    def of(cls, limits: Limits, incomes: Numbers, money: Money, row: Mapping[str, Any], floor: float) -> "One":
        """Read what is known of a customer; what the row lacks is NULL; ``floor`` is the law's, NaN without one."""

        def known(name: str, otherwise: float) -> float:
            value = row.get(name)
            return otherwise if value is None or isnan(value) else float(value)

        overdue = known(OVERDUE_OF_ALL, known(OVERDUE, nan))
        income = income_alone(incomes, row)
        spare = income - (max(floor, limits.income_floor) if floor == floor else limits.income_floor)
        return cls(
            row=row,
            overdue=overdue,
            bill=overdue if overdue > 0 else known(BILL, nan),
            unasked=float(expected(money, known(SELF_CURE, nan), known(SOON, nan), known(YEAR, nan))),
            breaks=monthly(known(BREAKS, nan), BREAK_MONTHS),
            ability=_GRADES[row.get("ability_band")],
            spare=spare,
            affordable=min(spare, income * float(limits.largest_income_share)),
        )

    def owed(self, kind: Kind) -> float:
        """Return what an offer of a kind is about."""
        return self.bill if kind in LATER else self.overdue

    def share(self, by_grade: Sequence[float]) -> float:
        """Return a figure by the grade of ability."""
        return by_grade[self.ability]

    def takes(self, kind: Kind) -> float:
        """Return the chance that an offer of a kind is taken."""
        chance = self.row.get(TAKES[kind])
        return nan if chance is None else float(chance)

    def where(self, condition: Condition) -> bool:
        """Say whether a condition is known to be true."""
        return condition.row(self.row) is True
