"""How long do we wait? Days by band for promises, claims of payment and self-cure, as fields of every condition."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field as Written
from pydantic import model_validator

from journeys.language.conditions import Condition
from journeys.language.reading import Document, understand
from journeys.language.strict import Sentence, Strict
from regua.columns import Columns, Numbers, height
from regua.errors import BookError
from regua.predicates import Field, FieldKind, evaluate

LIMITS: Mapping[str, tuple[int, int]] = {
    "promise_hold_days": (0, 5),
    "claim_hold_days": (1, 30),
    "grace_days": (3, 10),
}
"""The tables there are, with the fewest and the most days each may give.

The profile calls a promise open until five days after its day, so that a longer hold would find nothing to hold.
"""


CLAIM_ENDS = "is_claim_hold_over_by_itself"
"""The column that tells guardrails whether a claim nobody resolved holds on when its days are over."""


class Wait(Strict):
    """So many days where a condition is true."""

    wait: int = Written(ge=0, le=365)
    when: str


class TableFile(Strict):
    """Waits in the order they are tried, and the one of a customer who fits none."""

    title: Sentence
    unit: str = Written(min_length=3)
    source: str = Written(min_length=8)
    days: list[Wait] = Written(default_factory=list)
    otherwise: int = Written(ge=0, le=365)
    when_over: Literal["ends", "stays"] = Written(
        description="Whether the hold ends by itself or stays, overdue for review, until somebody resolves it."
    )


class PatienceFile(Strict):
    """The three tables; none may be left out."""

    promise_hold_days: TableFile
    claim_hold_days: TableFile
    grace_days: TableFile

    @model_validator(mode="after")
    def within_limits(self) -> "PatienceFile":
        """Refuse fewer or more days than a table may give."""
        for name, (least, most) in LIMITS.items():
            table: TableFile = getattr(self, name)
            for days in (*(row.wait for row in table.days), table.otherwise):
                if not least <= days <= most:
                    raise ValueError(f"{name} of {least} to {most} days, not {days}")
        return self


@dataclass(frozen=True, slots=True)
class Table:
    """Conditions, first match wins; ``waits`` ends with the days of a customer who fits none."""

    conditions: tuple[Condition, ...]
    waits: tuple[int, ...]
    stays: bool


@dataclass(frozen=True, slots=True)
class Patience:
    """Every table by the name of the column it makes."""

    tables: Mapping[str, Table]

    @property
    def columns(self) -> frozenset[str]:
        """The columns the tables read."""
        return frozenset[str]().union(*(one.columns for table in self.tables.values() for one in table.conditions))

    def days(self, columns: Columns) -> Mapping[str, Numbers]:
        """Say how many days each customer is given.

        Parameters
        ----------
        columns
            Profile, scores and the bands of the segments, ``(n,)`` each.

        Returns
        -------
        ``(n,)`` days by table, never NULL; and the flag :data:`CLAIM_ENDS`, whether a claim's hold ends by itself.
        """
        found = {CLAIM_ENDS: np.full(height(columns), float(not self.tables["claim_hold_days"].stays))}
        for name, table in self.tables.items():
            days = np.full(height(columns), float(table.waits[-1]))
            for condition, wait in zip(reversed(table.conditions), reversed(table.waits[:-1]), strict=True):
                days[evaluate(condition.node, columns)] = wait
            found[name] = days
        return found


def compile_patience(document: Document, fields: dict[str, Field]) -> Patience:
    """Compile the tables, and add each to the fields that later conditions may name.

    Raises
    ------
    BookError, PredicateError
        A table that is missing, days out of range, a condition that cannot be read.
    """
    written = understand(document, PatienceFile)
    tables = {}
    for name in LIMITS:
        table: TableFile = getattr(written, name)
        conditions = tuple(
            Condition.read(row.when, fields, document.place(name, "days", index, "when"))
            for index, row in enumerate(table.days)
        )
        waits = (*(row.wait for row in table.days), table.otherwise)
        tables[name] = Table(conditions, waits, table.when_over == "stays")
    for name in tables:
        if name in fields:
            raise BookError(f"{name} is already a field", expected="a name of its own", place=document.place(name))
        fields[name] = Field(name, FieldKind.NUMBER)
    return Patience(tables)
