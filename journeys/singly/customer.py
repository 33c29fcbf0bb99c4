"""One customer under decision: what is known in plain values, and what the stages so far have found."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np

from journeys.book import Book
from journeys.book.reasons import BIT
from journeys.rulebook.policies import Policy
from journeys.rulebook.row import NAN
from journeys.stages.case import NUMBERS
from regua.clock import local_date
from regua.columns import Columns

NONE = -1
"""No journey, exit, step, task, channel, offer or choice: where it is looked up, the last entry of every table."""
_NULL = dict.fromkeys(NUMBERS, NAN)


@dataclass(slots=True)
class Customer:
    """One row of columns as a mapping, to which stages add, and what each stage finds, by stage.

    The names and meanings are those of :mod:`journeys.stages`; there they are arrays.
    """

    row: dict[str, Any]
    book: Book
    policy: Policy
    moment: datetime
    day: date
    today: int
    reasons: int = 0

    region_code: int = NONE
    is_known: bool = False
    is_unbilled: bool = False

    journey_at: int = NONE
    exit_at: int = NONE
    is_entered: bool = False
    journey_day: float = NAN
    step_last: int = NONE
    step_channels_tried: int = 0
    returns: tuple[str | None, float, float, float] = (None, NAN, NAN, NAN)

    step_at: int = NONE
    is_last_chance: bool = False

    task: int = NONE
    is_due: bool = False
    channels: list[int] = field(default_factory=list)
    actions: list[int] = field(default_factory=list)
    channel_bits: int = 0
    purpose: int = 0
    is_ladder: bool = False
    offer: int = NONE
    npv: int = 0
    concession: int = 0
    payment: float = NAN
    income: float = NAN

    blocked: list[int] = field(default_factory=list)

    values: list[float] = field(default_factory=list)
    chances: list[float] = field(default_factory=list)
    chosen: int = NONE
    value: float = 0.0
    propensity: float = 1.0
    kept_share: float = 1.0
    is_explored: bool = False
    is_adverse: bool = False
    is_permitted: bool = False
    is_eligible: bool = False
    is_unreachable: bool = False

    step_last_next: int = NONE
    step_channels_tried_next: int = 0
    stepped_on_next: float = NAN

    def tell(self, code: str) -> None:
        """Note a reason."""
        self.reasons |= BIT[code]


def customers(columns: Columns, book: Book, moment: datetime) -> Iterator[Customer]:
    """Read columns row by row; an absent number is NULL."""
    day = local_date(moment, book.policies.zone)
    policy, today, names = book.policies.on(day), day.toordinal(), tuple(columns)
    for values in _rows(columns):
        row = _NULL | dict(zip(names, values, strict=True))
        yield Customer(row, book, policy, moment, day, today)


def _rows(columns: Columns) -> Iterable[Sequence[Any]]:
    arrays = columns.values()
    if len(next(iter(arrays))) == 1:
        return [list(map(np.ndarray.item, arrays))]
    return zip(*[array.tolist() for array in arrays], strict=True)
