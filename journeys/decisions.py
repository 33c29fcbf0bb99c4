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
from journeys.rulebook.hours import NEVER
from journeys.stages.case import Case
from regua.columns import Array, Columns, Numbers
from regua.records import Decision


@dataclass(frozen=True, slots=True)
class Candidates:
    """What was considered, ``(n, K)`` each; a channel of -1 is no candidate.

    ``action`` indexes ``book.steps.actions``; ``value_cents`` is NaN without an estimate; ``blocked`` holds the bits of
    the guardrails that stopped it.
    """

    channel: NDArray[np.int8]
    action: NDArray[np.int16]
    value_cents: Numbers
    blocked: NDArray[np.uint32]


@dataclass(frozen=True)
class Decisions:
    """The next right action of each customer, ``(n,)`` arrays.

    ``action`` is ``channel/template`` or ``nothing``; ``channel`` indexes ``CHANNELS``, -1 none; ``template`` is the
    name within the channel; ``send_at`` is UTC, ``NaT`` without a contact. ``journey``, ``journey_version`` and
    ``journey_day`` are those after today's enrolment (NULL outside a journey). ``step`` is the index of the due step
    within the journey, -1 none.
    ``value_cents`` is the expected net value against doing nothing and ``propensity`` the probability with which the
    dice let this action through. ``position_next`` holds the columns to be written back: ``journey``,
    ``journey_version``, ``journey_entered_on`` (proleptic ordinal of the business day), ``step_last``,
    ``step_channels_tried``, ``stepped_on`` (ordinal of the last business day on which a step was taken) and
    ``last_journey_exit``. ``columns`` are those that were given, ``segments`` what was made of them;
    ``exit_at`` indexes ``book.exits`` and ``region_code`` the policy's regions, -1 none.
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
    value_cents: NDArray[np.int64]
    propensity: Numbers
    explored: NDArray[np.bool_]
    candidates: Candidates
    reason_bits: NDArray[np.int64]
    position_next: Mapping[str, Array]
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


def conclude(case: Case, given: Columns) -> Decisions:
    """Gather what the stages found, for the columns that were given."""
    found, book = case.columns, case.book
    tables, chosen = case.tables, found["chosen"]
    channel = np.where(chosen >= 0, case.pick(tables["candidate_channels"], chosen), np.int8(-1))
    action = np.where(chosen >= 0, case.pick(tables["candidate_actions"], chosen), np.int16(-1))
    at, step_at = found["journey_at"], found["step_at"]
    journey, version = book.journey_names[at], book.steps.versions[at]
    return Decisions(
        moment=case.moment,
        book=book,
        columns=given,
        segments={name: found[name] for name in book.segments.columns},
        action=book.steps.actions[action],
        channel=channel,
        template=book.steps.template_names[action],
        send_at=_send_at(case, channel),
        journey=journey,
        journey_version=version,
        journey_day=found["journey_day"],
        step=np.where(step_at >= 0, step_at - book.steps.first_steps[at], -1),
        value_cents=found["value"].astype(np.int64),
        propensity=found["propensity"],
        explored=found["is_explored"],
        candidates=Candidates(
            tables["candidate_channels"].T,
            tables["candidate_actions"].T,
            tables["candidate_values"].T,
            tables["candidate_blocked"].T,
        ),
        reason_bits=found["reason_bits"],
        position_next={
            "journey": journey,
            "journey_version": version,
            "journey_entered_on": case.today.toordinal() - found["journey_day"],
            "step_last": np.where(at >= 0, found["step_last_next"], -1).astype(np.float64),
            "step_channels_tried": np.where(at >= 0, found["step_channels_tried_next"], 0).astype(np.float64),
            "stepped_on": found["stepped_on_next"],
            "last_journey_exit": _last_exit(case),
        },
        exit_at=found["exit_at"],
        region_code=found["region_code"],
    )


def _send_at(case: Case, channel: NDArray[np.int8]) -> NDArray[np.datetime64]:
    instants = np.full(case.n, NEVER, np.int64)
    rows = np.flatnonzero(channel >= 0)
    if len(rows):
        permitted = case.book.policies.hours.first_permitted(case.columns["region_code"][rows], case.moment)
        instants[rows] = permitted[np.arange(len(rows)), channel[rows]]
    return instants.view("datetime64[us]")


def _last_exit(case: Case) -> NDArray[np.object_]:
    exits = case.columns["exit_at"]
    before = case.columns.get("last_journey_exit")
    left = case.book.exits[exits]
    return left if before is None else np.where(exits >= 0, left, before)
