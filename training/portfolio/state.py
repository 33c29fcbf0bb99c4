"""The state of the simulated world between two days: what each customer and each contract carries along."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from regua.columns import Flags, Numbers
from training.portfolio.luck import Keys, Whole

RING_DAYS = 8
"""How many days ahead a contact can still arrive (letters)."""

Table = TypeVar("Table", "People", "Contracts")


@dataclass(slots=True)
class People:
    """Customers, ``(n,)``; per channel ``(n, 7)``. Everything hidden here is the truth serving must never see."""

    number: Whole
    who: Keys
    is_company: Flags
    region: Whole
    since: Whole
    band: Whole
    preferred: Whole
    is_male: Flags
    birth_year: Whole
    ability: Numbers
    willingness: Numbers
    forgets: Numbers
    is_dog: Flags
    pay_day: Whole
    reach: Numbers
    taste: Numbers
    has_point: Flags
    is_wrong: Flags
    is_invalid: Flags
    point_until: Whole
    consent_until: Whole
    fatigue: Numbers
    shock_until: Whole
    peak_hour: Numbers
    peak_strength: Numbers


@dataclass(slots=True)
class Contracts:
    """Contracts, ``(n,)``. ``customer`` is a row of the people; ``billed`` is ``(n, months + 1)`` cumulative cents.

    Bills are paid oldest first, so what is owed follows from ``billed`` and ``paid`` alone. ``arranged`` is the offer
    of the arrangement in force, -1 none; ``standing`` is what of the debt it still makes stand still.
    """

    customer: Whole
    number: Whole
    who: Keys
    product: Whole
    due_day: Whole
    opened_on: Whole
    closed_on: Whole
    first_month: Whole
    last_month: Whole
    amount: Whole
    is_auto: Flags
    early_days: Whole
    billed: Whole
    paid: Whole
    is_forgotten: Flags
    push: Numbers
    arriving: Numbers
    is_arriving: Flags
    promised_on: Whole
    promised_cents: Whole
    promised_at: Whole
    held_until: Whole
    disputed_until: Whole
    is_upheld: Flags
    ghost_due: Whole
    ghost_until: Whole
    placed_on: Whole
    wrong_month: Whole
    was_called: Flags
    was_reached: Flags
    bucket_then: Whole
    arranged: Whole
    arranged_at: Whole
    arranged_on: Whole
    arranged_via: Whole
    arranged_cents: Whole
    entry_cents: Whole
    standing: Whole
    instalments_paid: Whole
    instalment_on: Whole
    missed_at: Whole


@dataclass(slots=True)
class State:
    """The world at the start of ``day`` (days since 1970); ``origin`` is the month the history began."""

    people: People
    contracts: Contracts
    origin: int
    day: int

    def copy(self) -> "State":
        """Branch off an independent world: what happens here will not happen there."""
        return State(_each(self.people, np.copy), _each(self.contracts, np.copy), self.origin, self.day)

    def with_luck_of(self, key: int) -> "State":
        """Give every customer and contract another, equally likely luck: a replicate for Monte Carlo."""
        mixed = np.uint64((key * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF)
        twin = self.copy()
        twin.people = replace(twin.people, who=twin.people.who ^ mixed)
        twin.contracts = replace(twin.contracts, who=twin.contracts.who ^ mixed)
        return twin

    def with_room(self, month: int) -> None:
        """Make sure the bills of a month, counted from the origin, have a column."""
        missing = month + 2 - self.contracts.billed.shape[1]
        if missing > 0:
            last = np.repeat(self.contracts.billed[:, -1:], missing, axis=1)
            self.contracts.billed = np.hstack([self.contracts.billed, last])

    def save(self, file: Path) -> None:
        """Write the state to one file of plain arrays."""
        arrays = {f"people.{name}": array for name, array in _items(self.people)}
        arrays |= {f"contracts.{name}": array for name, array in _items(self.contracts)}
        arrays["clock"] = np.array([self.origin, self.day])
        with file.open("wb") as stream:
            np.savez(stream, allow_pickle=False, **arrays)

    @classmethod
    def load(cls, file: Path) -> "State":
        """Read a state; nothing but plain arrays is accepted."""
        with np.load(file, allow_pickle=False) as stored:
            people = People(**{field.name: stored[f"people.{field.name}"] for field in fields(People)})
            contracts = Contracts(**{field.name: stored[f"contracts.{field.name}"] for field in fields(Contracts)})
            origin, day = (int(value) for value in stored["clock"])
        return cls(people, contracts, origin, day)

    @classmethod
    def join(cls, parts: Sequence["State"]) -> "State":
        """Lay the states of several chunks of customers under one another."""
        shift = np.cumsum([0] + [len(part.people.number) for part in parts])
        contracts = _stack([part.contracts for part in parts])
        contracts.customer = np.concatenate(
            [part.contracts.customer + step for part, step in zip(parts, shift, strict=False)]
        )
        return cls(_stack([part.people for part in parts]), contracts, parts[0].origin, parts[0].day)


def pick(table: Table, rows: Whole | Flags) -> Table:
    """Keep only some rows."""
    return _each(table, lambda array: array[rows])


def _items(table: People | Contracts) -> list[tuple[str, NDArray[Any]]]:
    return [(field.name, getattr(table, field.name)) for field in fields(table)]


def _each(table: Table, change: Any) -> Table:
    return type(table)(**{name: change(array) for name, array in _items(table)})


def _stack(tables: Sequence[Table]) -> Table:
    names = [field.name for field in fields(tables[0])]
    return type(tables[0])(**{name: np.concatenate([getattr(table, name) for table in tables]) for name in names})
