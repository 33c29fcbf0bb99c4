"""When the steps of every journey are due: one table for all, so that nobody asks journey by journey."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from journeys.language.conditions import Condition
from regua.columns import Numbers

if TYPE_CHECKING:
    from journeys.book.journeys import CompiledJourney

Places = NDArray[np.signedinteger]
"""Positions: of a journey among all versions, of a step within its journey, or of a step in the table of steps."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The days of all steps.

    By journey, ``(versions,)``: ``first`` is the row of its first step in the table of steps, ``counts`` how many there
    are, ``counted_from`` and ``interrupts`` as in the journey, ``in_turn`` whether each step is taken in its turn.

    By row of the table of steps: ``days``, ascending within a journey; ``starts``, the position of the first step of
    the same day; ``days_after``, that of the next step, infinite after the last; ``whens``, the conditions, and
    ``is_asked`` where there is one.
    """

    first: Places
    counts: Places
    counted_from: Places
    interrupts: NDArray[np.bool_]
    in_turn: NDArray[np.bool_]
    days: Numbers
    starts: Places
    days_after: Numbers
    whens: tuple[Condition | None, ...]
    is_asked: NDArray[np.bool_]
    _earliest: int
    _come: NDArray[np.int64]

    @classmethod
    def of(cls, journeys: "Sequence[CompiledJourney]") -> "Rhythm":
        """Lay out the steps of all versions, in their order."""
        days = [np.array([step.day for step in journey.written.steps], np.float64) for journey in journeys]
        whens = tuple(when for journey in journeys for when in journey.whens)
        flat = np.concatenate(days)
        earliest, latest = int(flat.min()), int(flat.max())
        # Every day on which a step can come; the first is before all of them.
        every_day = np.arange(earliest - 1, latest + 1)
        return cls(
            first=np.array([journey.first_step for journey in journeys], np.intp),
            counts=np.array([len(own) for own in days], np.intp),
            counted_from=np.array([journey.counted_from for journey in journeys], np.intp),
            interrupts=np.array([journey.interrupts for journey in journeys]),
            in_turn=np.array([journey.written.catch_up == "each" for journey in journeys]),
            days=flat,
            starts=np.concatenate([own.searchsorted(own, side="left") for own in days]),
            days_after=np.concatenate([np.append(own[1:], np.inf) for own in days]),
            whens=whens,
            is_asked=np.array([when is not None for when in whens]),
            _earliest=earliest,
            _come=np.array([own.searchsorted(every_day, side="right") for own in days], np.int64),
        )

    def come(self, at: Places, day: Numbers) -> NDArray[np.int64]:
        """Count the steps whose day has come, for journeys and the day each counts; none where the day is NULL."""
        last = self._come.shape[1] - 1
        place = np.floor(np.where(day == day, day, -np.inf)) - (self._earliest - 1)
        place = np.minimum(np.maximum(place, 0.0), last).astype(np.intp)
        come: NDArray[np.int64] = self._come.reshape(-1).take(at * (last + 1) + place)
        return come

    def come_alone(self, at: int, day: float) -> int:
        """Count the same for one."""
        last = self._come.shape[1] - 1
        place = day - (self._earliest - 1)
        # NaN is not above nought, and what lies beyond all days need not be a whole number.
        return self._come.item(at, 0 if not place > 0 else last if place >= last else int(place))

    def next_day(self, at: Places, step: Places) -> Numbers:
        """Return the day of the step after one; infinite after the last, and for whoever has taken all."""
        count = self.counts.take(at)
        after: Numbers = self.days_after.take(self.first.take(at) + np.minimum(step, count - 1))
        return np.where(step < count, after, np.inf)
