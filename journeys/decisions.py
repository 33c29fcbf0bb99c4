"""Decisions as arrays, and each of them as a record with its alternatives and reasons in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from journeys.book import Book
from journeys.book.reasons import BIT, CODES
from regua.columns import Array, Columns, Numbers
from regua.records import Decision


@dataclass(frozen=True, slots=True)
class Candidates:
    """What was considered, ``(n, K)`` each; a channel of -1 is no candidate.

    ``action`` indexes ``book.steps.actions``; ``value_cents`` is NaN without an estimate; ``blocked`` holds the bits of
    the guardrails that stopped it; ``chance`` is the probability with which the dice would have let it through.
    """

    channel: NDArray[np.int8]
    action: NDArray[np.int16]
    value_cents: Numbers
    blocked: NDArray[np.uint32]
    chance: Numbers


@dataclass(frozen=True)
class Decisions:
    """The next right action of each customer, ``(n,)`` arrays.

    ``action`` is ``channel/template``, ``task/name`` or ``nothing``; ``channel`` indexes ``CHANNELS``, -1 none;
    ``template`` is the name within the channel; ``send_at`` is UTC, ``NaT`` without a contact. ``journey``,
    ``journey_version`` and ``journey_day`` are those after today's enrolment (NULL outside a journey). ``step`` is the
    index of the due step within the journey, -1 none.
    ``value_cents`` is the expected net value against doing nothing and ``propensity`` the probability with which the
    dice let this action through. ``task`` names the work for people; ``offer`` indexes ``book.offers.names``, -1 none,
    with its ``npv_cents`` and ``concession_cents``. ``position_next`` holds the columns to be written back: those of
    :mod:`journeys.language.position` but what channels report, with ``journey_entered_on`` (proleptic ordinal of the
    business day) in the place of ``journey_day``. ``columns`` are those that were given, ``segments`` what was made of
    them, with patience and the figures affordability was asked about; ``journey_at`` indexes ``book.versions``,
    ``exit_at`` ``book.exits`` and ``region_code`` the policy's regions, -1 none.
    """

    moment: datetime
    book: Book
    columns: Columns
    segments: Mapping[str, Array]
    action: NDArray[np.object_]
    channel: NDArray[np.int8]
    template: NDArray[np.object_]
    send_at: NDArray[np.datetime64]
    journey: NDArray[np.object_]
    journey_version: Numbers
    journey_day: Numbers
    step: NDArray[np.int64]
    task: NDArray[np.object_]
    offer: NDArray[np.intp]
    npv_cents: NDArray[np.int64]
    concession_cents: NDArray[np.int64]
    value_cents: NDArray[np.int64]
    propensity: Numbers
    explored: NDArray[np.bool_]
    candidates: Candidates
    reason_bits: NDArray[np.int64]
    position_next: Mapping[str, Array]
    journey_at: NDArray[np.intp]
    exit_at: NDArray[np.intp]
    region_code: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.action)

    @cached_property
    def reasons(self) -> NDArray[np.object_]:
        """The reason codes of each row, as tuples."""
        patterns, which = np.unique(self.reason_bits, return_inverse=True)
        told = np.empty(len(patterns), dtype=object)
        for index, bits in enumerate(patterns.tolist()):
            told[index] = tuple(code for code in CODES if bits & BIT[code])
        return told[which]

    def records(
        self,
        decision_ids: Sequence[str],
        digests: Mapping[str, str] | Sequence[Mapping[str, str]],
        degraded: Sequence[Sequence[str]] | None = None,
    ) -> Iterator[Decision]:
        """Tell each decision as a record, in order.

        Parameters
        ----------
        decision_ids
            One identifier a row.
        digests
            What the decisions are based on (bundle, profile); one mapping for all rows or one a row. The digest of
            the book is added.
        degraded
            Codes of what was missing or stood in, one sequence a row.
        """
        from journeys.telling.records import tell

        return tell(self, decision_ids, digests, degraded)


def join(parts: Sequence[Decisions], columns: Columns) -> Decisions:
    """Put the decisions of consecutive runs of rows together again."""
    joined: dict[str, Any] = {"moment": parts[0].moment, "book": parts[0].book, "columns": columns}
    for field in fields(Decisions):
        if field.name not in joined:
            joined[field.name] = _joined([getattr(part, field.name) for part in parts])
    return Decisions(**joined)


def _joined(values: Sequence[Any]) -> Any:
    first = values[0]
    if isinstance(first, Mapping):
        return {name: np.concatenate([value[name] for value in values]) for name in first}
    if isinstance(first, Candidates):
        names = [field.name for field in fields(Candidates)]
        return Candidates(*(np.concatenate([getattr(value, name) for value in values]) for name in names))
    return np.concatenate(values)
