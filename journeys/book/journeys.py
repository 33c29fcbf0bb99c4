"""Journeys as the kernel reads them: conditions compiled, steps of all journeys in one table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from journeys.book.grammar import Journey
from journeys.book.messages import Messages
from journeys.language.conditions import Condition
from journeys.language.reading import Document
from journeys.language.strict import PURPOSES
from regua.errors import BookError
from regua.predicates import Field
from regua.vocabulary import CHANNELS

COUNTED_FROM = ("entry", "due_date", "promise")
NO_WAIT = -1


@dataclass(frozen=True, slots=True)
class CompiledJourney:
    """One journey; ``first_step`` is the row of its first step in the table of steps.

    ``first_exit`` is the position of its first exit among those of all journeys.
    ``days`` are ascending; ``starts`` gives for each step the first step of the same day, and ``days_after`` the day of
    the step after it (infinite after the last, and once for whoever has finished).
    """

    name: str
    version: int
    written: Journey
    document: Document
    interrupts: bool
    counted_from: int
    enter: Condition
    leave: tuple[tuple[str, Condition], ...]
    first_step: int
    first_exit: int
    days: NDArray[np.float64]
    starts: NDArray[np.intp]
    days_after: NDArray[np.float64]
    whens: tuple[Condition | None, ...]


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of all journeys and, last, an empty one; ``K`` is the longest ladder in the book.

    ``channels`` and ``templates`` are ``(K, steps + 1)``, -1 where a step has fewer ways; ``templates`` indexes
    ``actions``, whose last entry is "nothing", and ``action_names``, the same as plain text. ``purposes`` indexes
    ``PURPOSES``; ``waits`` is in hours; ``bits`` holds the channels of a step as bits. ``versions`` and ``first_steps``
    have one entry a journey, and a last one for none.
    """

    channels: NDArray[np.int8]
    templates: NDArray[np.int16]
    purposes: NDArray[np.int8]
    waits: NDArray[np.float64]
    bits: NDArray[np.int64]
    actions: NDArray[np.object_]
    action_names: tuple[str, ...]
    template_names: NDArray[np.object_]
    versions: NDArray[np.float64]
    first_steps: NDArray[np.int64]


def compile_journeys(
    entries: Sequence[tuple[Journey, Document]], fields: Mapping[str, Field], messages: Messages
) -> tuple[tuple[CompiledJourney, ...], Steps]:
    """Compile journeys in the order of their priority.

    Raises
    ------
    BookError, PredicateError
        Two journeys alike in name or priority, an unknown field, channel or template, a step of mixed purpose.
    """
    ordered = sorted(entries, key=lambda entry: entry[0].priority)
    for (one, _), (other, document) in pairwise(ordered):
        if one.priority == other.priority:
            raise BookError(
                f"{other.journey} has the priority of {one.journey}, {one.priority}",
                expected="a priority of its own, so that the first match is one journey",
                place=document.place("priority"),
            )
    names: dict[str, Document] = {}
    compiled: list[CompiledJourney] = []
    first = first_exit = 0
    for journey, document in ordered:
        if journey.journey in names:
            raise BookError(
                f"{journey.journey} is written a second time",
                expected=f"one file a journey; the other is {names[journey.journey].file}",
                place=document.place("journey"),
            )
        names[journey.journey] = document
        compiled.append(_compile(journey, document, fields, first, first_exit))
        first += len(journey.steps)
        first_exit += len(journey.leave)
    return tuple(compiled), _table(ordered, messages)


def _compile(
    journey: Journey, document: Document, fields: Mapping[str, Field], first_step: int, first_exit: int
) -> CompiledJourney:
    days = np.array([step.day for step in journey.steps], np.float64)
    return CompiledJourney(
        name=journey.journey,
        version=journey.version,
        written=journey,
        document=document,
        interrupts=journey.interrupts,
        counted_from=COUNTED_FROM.index(journey.count_from),
        enter=Condition.read(journey.enter, fields, document.place("enter")),
        leave=tuple(
            (name, Condition.read(text, fields, document.place("leave", name))) for name, text in journey.leave.items()
        ),
        first_step=first_step,
        first_exit=first_exit,
        days=days,
        starts=np.searchsorted(days, days, side="left"),
        days_after=np.append(days[1:], [np.inf, np.inf]),
        whens=tuple(
            None if step.when is None else Condition.read(step.when, fields, document.place("steps", index, "when"))
            for index, step in enumerate(journey.steps)
        ),
    )


def _table(ordered: Sequence[tuple[Journey, Document]], messages: Messages) -> Steps:
    written = [(step, document, index) for journey, document in ordered for index, step in enumerate(journey.steps)]
    width = max((len(step.rungs) for step, _, _ in written), default=1)
    actions = [*messages.known, "nothing"]
    position = {action: index for index, action in enumerate(actions)}
    rows = len(written) + 1
    channels = np.full((width, rows), -1, np.int8)
    chosen = np.full((width, rows), -1, np.int16)
    purposes = np.zeros(rows, np.int8)
    waits = np.full(rows, NO_WAIT, np.float64)
    for row, (step, document, index) in enumerate(written):
        found = [messages.of(rung, document.place("steps", index, "try", rank)) for rank, rung in enumerate(step.rungs)]
        if len({message.purpose for message in found}) > 1:
            raise BookError(
                "messages of different purposes in one step",
                expected="all collection or all service: a hold stops one and lets the other pass",
                place=document.place("steps", index, "try"),
            )
        purposes[row] = PURPOSES.index(found[0].purpose)
        waits[row] = step.unless_read_within or NO_WAIT
        for rank, rung in enumerate(step.rungs):
            channels[rank, row] = [str(channel) for channel in CHANNELS].index(rung.partition("/")[0])
            chosen[rank, row] = position[rung]
    bits = np.where(channels >= 0, 1 << np.maximum(channels, 0).astype(np.int64), 0).sum(axis=0)
    return Steps(
        channels=channels,
        templates=chosen,
        purposes=purposes,
        waits=waits,
        bits=bits,
        actions=np.array(actions, dtype=object),
        action_names=tuple(actions),
        versions=np.array([*(float(journey.version) for journey, _ in ordered), np.nan]),
        first_steps=np.cumsum([0, *(len(journey.steps) for journey, _ in ordered)]),
        template_names=np.array([action.partition("/")[2] or None for action in actions], dtype=object),
    )
