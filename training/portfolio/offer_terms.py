"""Which offers the simulated people know, what each changes, and who takes it."""

from functools import cached_property
from typing import Annotated

import numpy as np
from pydantic import Field, field_validator

from regua.columns import Numbers
from regua.vocabulary import OfferKind
from training.portfolio.luck import Whole
from training.portfolio.parameters import GIVEN, ByKind, Number, Section, Share, SharesByKind, exactly
from training.portfolio.parameters import Whole as WholeNumber

KINDS: tuple[OfferKind, ...] = tuple(OfferKind)


class Terms(Section):
    """What one offer changes: when, in how many parts and for how much less than is owed."""

    kind: OfferKind
    days: Annotated[int, Field(ge=1)] = 30
    count: Annotated[int, Field(ge=1, le=120)] = 1
    entry_share: Annotated[float, Field(ge=0, lt=1)] = 0.0
    discount: Annotated[float, Field(ge=0, lt=1)] = 0.0
    from_day: Annotated[int, Field(ge=1)]
    to_day: Annotated[int, Field(ge=1)]


class Offers(Section):
    """Which offers there are, who takes them and who then pays."""

    terms: Annotated[dict[str, Terms], GIVEN]
    taken: SharesByKind
    taken_by_ability: ByKind
    taken_by_willingness: ByKind
    taken_by_discount: Number
    taken_by_length: Number
    taken_on_call: Number
    taken_by_dogs: Number
    smallest_cents: WholeNumber
    entry_days: WholeNumber
    paid_on_day: SharesByKind
    paid_by_ability: Number
    paid_by_willingness: Number
    paid_late_daily: Share
    break_after_days: WholeNumber

    @field_validator("taken", "taken_by_ability", "taken_by_willingness", "paid_on_day")
    @classmethod
    def _all_kinds(cls, given: dict[str, float]) -> dict[str, float]:
        return exactly(given, tuple(OfferKind))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Return the offers in order; their positions are what the state and the log keep."""
        return tuple(self.terms)

    @cached_property
    def kind(self) -> Whole:
        """Return each offer's kind, a position among :data:`KINDS`."""
        return np.array([KINDS.index(terms.kind) for terms in self.terms.values()])

    @cached_property
    def days(self) -> Whole:
        """Return the days until each offer's first instalment, its entry aside."""
        return self._each("days")

    @cached_property
    def count(self) -> Whole:
        """Return each offer's instalments, its entry aside."""
        return self._each("count")

    @cached_property
    def from_day(self) -> Whole:
        """Return the days past due from which each may be offered."""
        return self._each("from_day")

    @cached_property
    def to_day(self) -> Whole:
        """Return the days past due up to which each may be offered."""
        return self._each("to_day")

    @cached_property
    def entry_share(self) -> Numbers:
        """Return the part of each total that is paid first."""
        return np.array([terms.entry_share for terms in self.terms.values()])

    @cached_property
    def discount(self) -> Numbers:
        """Return the part of the debt each forgives."""
        return np.array([terms.discount for terms in self.terms.values()])

    def _each(self, name: str) -> Whole:
        return np.array([getattr(terms, name) for terms in self.terms.values()], dtype=np.int64)


def by_kind(given: dict[OfferKind, float]) -> Numbers:
    """Lay a parameter out in the order of the kinds, ``(kinds,)``."""
    return np.array([given[kind] for kind in KINDS], dtype=np.float64)
