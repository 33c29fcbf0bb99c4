"""Journeys as the kernel reads them: conditions compiled, every version with its own steps and exits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from journeys.book.archive import in_archive
from journeys.book.grammar import THENS, Journey
from journeys.book.messages import Messages
from journeys.book.offers import Offers
from journeys.book.steps import NO_WAIT, Steps, table
from journeys.book.tasks import Tasks
from journeys.language.conditions import Condition
from journeys.language.numbering import Numbering
from journeys.language.reading import Document, unknown
from regua.errors import BookError
from regua.predicates import Field

COUNTED_FROM = ("entry", "due_date", "promise")
ROUTE, BACK, STOP = -1, -2, -3
"""What follows an exit, where it is not a journey's index: the first that matches, the one interrupted, none."""

__all__ = ["NO_WAIT", "Steps"]


@dataclass(frozen=True, slots=True)
class CompiledJourney:
    """One version of a journey; ``first_step`` is the row of its first step in the table of steps.

    ``first_exit`` is the position of its first exit among those of all journeys. ``thens`` says for each exit what
    follows: :data:`ROUTE`, :data:`BACK`, :data:`STOP`, or the index of the journey that takes over.
    """

    name: str
    version: int
    written: Journey
    document: Document
    interrupts: bool
    counted_from: int
    enter: Condition
    leave: tuple[tuple[str, Condition], ...]
    thens: tuple[int, ...]
    first_step: int
    first_exit: int
    whens: tuple[Condition | None, ...]


Entry = tuple[Journey, Document]


def compile_journeys(
    entries: Sequence[Entry],
    archived: Sequence[Entry],
    fields: Mapping[str, Field],
    messages: Messages,
    tasks: Tasks,
    offers: Offers,
) -> tuple[tuple[CompiledJourney, ...], Steps]:
    """Compile journeys in the order of their priority, and after them the earlier versions that are still walked.

    Raises
    ------
    BookError, PredicateError
        Two journeys alike in name or priority, an unknown field, channel, message, task, offer or journey to hand
        over to, a step of mixed purpose, an archived version that is none.
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
    for journey, document in ordered:
        if journey.journey in names:
            raise BookError(
                f"{journey.journey} is written a second time",
                expected=f"one file a journey; the other is {names[journey.journey].file}",
                place=document.place("journey"),
            )
        names[journey.journey] = document
    everything = [*ordered, *in_archive(ordered, archived)]
    compiled: list[CompiledJourney] = []
    positions = Numbering(names)
    first = first_exit = 0
    for journey, document in everything:
        compiled.append(_compile(journey, document, fields, positions, first, first_exit))
        first += len(journey.steps)
        first_exit += len(journey.leave)
    return tuple(compiled), table(everything, messages, tasks, offers)


def _compile(
    journey: Journey,
    document: Document,
    fields: Mapping[str, Field],
    positions: Numbering,
    first_step: int,
    first_exit: int,
) -> CompiledJourney:
    return CompiledJourney(
        name=journey.journey,
        version=journey.version,
        written=journey,
        document=document,
        interrupts=journey.interrupts,
        counted_from=COUNTED_FROM.index(journey.count_from),
        enter=Condition.read(journey.enter, fields, document.place("enter")),
        leave=tuple(
            (name, Condition.read(one.when, fields, document.place("leave", name, "when")))
            for name, one in journey.leave.items()
        ),
        thens=tuple(_then(journey, document, name, positions) for name in journey.leave),
        first_step=first_step,
        first_exit=first_exit,
        whens=tuple(
            None if step.when is None else Condition.read(step.when, fields, document.place("steps", index, "when"))
            for index, step in enumerate(journey.steps)
        ),
    )


def _then(journey: Journey, document: Document, exit_name: str, positions: Numbering) -> int:
    """Say what follows an exit."""
    then = journey.leave[exit_name].then
    if then in THENS:
        return (ROUTE, BACK, STOP)[THENS.index(then)]
    place = document.place("leave", exit_name, "then")
    if then == journey.journey:
        raise BookError(f"{then} hands over to itself", expected="another journey, or route", place=place)
    if positions[then] < 0:
        raise unknown("journey to hand over to", then, [*THENS, *(name for name in positions if name)], place)
    return positions[then]
