"""The table of steps: what every step of every journey may do, as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from journeys.book.grammar import CONTACT_STATES, TASK, Journey, Step
from journeys.book.messages import Messages
from journeys.book.offers import Offers
from journeys.book.tasks import Tasks
from journeys.language.reading import Document
from journeys.language.strict import PURPOSES
from regua.errors import BookError
from regua.vocabulary import CHANNELS, NOTHING

NO_WAIT = -1


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of all journeys and, last, an empty one; ``K`` is the longest ladder in the book.

    ``channels`` and ``templates`` are ``(K, steps + 1)``, -1 where a step has fewer ways; ``templates`` indexes
    ``actions``, whose last entry is "nothing", and ``action_names``, the same as plain text. ``purposes`` indexes
    ``PURPOSES``; ``waits`` is in hours, for the state of ``awaited``; ``bits`` holds the channels of a step as bits.
    ``tasks`` indexes ``actions``, -1 where a step asks for no work, and ``task_names`` is by action. ``offers`` are the
    different sets of names that steps offer, the empty one last, and ``offer_sets`` says which is whose. ``topics``
    says what each action is about. ``versions`` and ``first_steps`` have one entry a journey, and a last one for none.
    """

    channels: NDArray[np.int8]
    templates: NDArray[np.int16]
    purposes: NDArray[np.int8]
    waits: NDArray[np.float64]
    awaited: NDArray[np.int8]
    bits: NDArray[np.int64]
    tasks: NDArray[np.int16]
    task_names: NDArray[np.object_]
    offers: tuple[tuple[str, ...], ...]
    offer_sets: NDArray[np.int64]
    has_offers: bool
    actions: NDArray[np.object_]
    action_names: tuple[str, ...]
    template_names: NDArray[np.object_]
    topics: NDArray[np.object_]
    versions: NDArray[np.float64]
    first_steps: NDArray[np.int64]


def table(entries: Sequence[tuple[Journey, Document]], messages: Messages, tasks: Tasks, offers: Offers) -> Steps:
    """Put the steps of all journeys into one table.

    Raises
    ------
    BookError
        An unknown channel, message, task or offer, or messages of different purposes in one step.
    """
    written = [(step, document, index) for journey, document in entries for index, step in enumerate(journey.steps)]
    width = max([1, *(len(step.rungs) for step, _, _ in written)])
    actions = (*messages.known, *tasks.actions, NOTHING)
    position = {action: index for index, action in enumerate(actions)}
    rows = len(written) + 1
    channels = np.full((width, rows), -1, np.int8)
    chosen = np.full((width, rows), -1, np.int16)
    purposes = np.zeros(rows, np.int8)
    waits, awaited = np.full(rows, NO_WAIT, np.float64), np.zeros(rows, np.int8)
    work = np.full(rows, -1, np.int16)
    for row, (step, document, index) in enumerate(written):
        for rank, name in enumerate(step.offer):
            offers.of(name, document.place("steps", index, "offer", rank))
        for state, hours in step.waits.items():
            waits[row], awaited[row] = hours, CONTACT_STATES.index(state)
        if step.task is not None:
            tasks.of(step.task, document.place("steps", index, "task"))
            work[row] = position[f"{TASK}/{step.task}"]
            continue
        purposes[row] = _purpose(step, document, index, messages)
        for rank, rung in enumerate(step.rungs):
            channels[rank, row] = [str(channel) for channel in CHANNELS].index(rung.partition("/")[0])
            chosen[rank, row] = position[rung]
    sets = (*dict.fromkeys(tuple(step.offer) for step, _, _ in written if step.offer), ())
    return Steps(
        channels=channels,
        templates=chosen,
        purposes=purposes,
        waits=waits,
        awaited=awaited,
        bits=np.where(channels >= 0, 1 << np.maximum(channels, 0).astype(np.int64), 0).sum(axis=0),
        tasks=work,
        task_names=np.array([_task(action) for action in actions], dtype=object),
        offers=sets,
        offer_sets=np.array([*(sets.index(tuple(step.offer)) for step, _, _ in written), len(sets) - 1], np.int64),
        has_offers=len(sets) > 1,
        actions=np.array(actions, dtype=object),
        action_names=actions,
        template_names=np.array([_template(action) for action in actions], dtype=object),
        topics=np.array(
            [*(one.topic for one in messages.known.values()), *([None] * (len(tasks.known) + 1))],
            dtype=object,
        ),
        versions=np.array([*(float(journey.version) for journey, _ in entries), np.nan]),
        first_steps=np.cumsum([0, *(len(journey.steps) for journey, _ in entries)]),
    )


def _purpose(step: Step, document: Document, index: int, messages: Messages) -> int:
    found = [messages.of(rung, document.place("steps", index, "try", rank)) for rank, rung in enumerate(step.rungs)]
    if len({message.purpose for message in found}) > 1:
        raise BookError(
            "messages of different purposes in one step",
            expected="all collection or all service: a hold stops one and lets the other pass",
            place=document.place("steps", index, "try"),
        )
    return PURPOSES.index(found[0].purpose)


def _template(action: str) -> str | None:
    channel, _, name = action.partition("/")
    return None if channel == TASK else name or None


def _task(action: str) -> str | None:
    channel, _, name = action.partition("/")
    return name if channel == TASK else None
