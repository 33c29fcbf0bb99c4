"""What follows a journey that is left, and what became of the version a customer was inside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from journeys.book.journeys import ROUTE, STOP, CompiledJourney
from journeys.language.numbering import Numbering

NO_JOURNEY = -1


class Fate(IntEnum):
    """What becomes of a customer whose position names a version."""

    GOES_ON = 0
    MOVED = 1
    FINISHES = 2
    STOPPED = 3
    UNKNOWN = 4


@dataclass(frozen=True, slots=True)
class Aftermath:
    """Exits, ranks and versions as arrays.

    Parameters
    ----------
    ranks
        For each version of a journey, archived ones last, the index of the journey in force, by priority; -1 for none.
    exits
        The position of each exit by its name, ``journey.exit``.
    thens
        For each exit what follows, see :data:`journeys.book.journeys.ROUTE`, and a last one for none.
    left
        For each exit the journey in force that was left, and a last one for none.
    rests
        For each journey in force the days it rests after it was left, and a last zero for none.
    has_stops
        Whether any exit stops.
    stopped_from
        The position of the first ``version_stopped``; one a journey follows.
    archived
        The index of an archived version by the index in force and the version's number.
    in_force
        Version and rule of each journey in force.
    """

    ranks: NDArray[np.intp]
    exits: Numbering
    thens: NDArray[np.intp]
    left: NDArray[np.intp]
    rests: NDArray[np.float64]
    has_stops: bool
    stopped_from: int
    archived: Mapping[tuple[int, int], int]
    in_force: tuple[tuple[int, str], ...]

    @classmethod
    def of(cls, journeys: Sequence[CompiledJourney], current: int, exits: Sequence[str | None]) -> "Aftermath":
        """Gather what follows from all versions, of which the first so many are in force."""
        positions = Numbering(journey.name for journey in journeys[:current])
        ranks = [positions[journey.name] for journey in journeys]
        thens = [then for journey in journeys for then in journey.thens]
        left = [rank for rank, journey in zip(ranks, journeys, strict=True) for _ in journey.thens]
        return cls(
            ranks=np.array([*ranks, NO_JOURNEY], np.intp),
            exits=Numbering(name for name in exits if name is not None),
            thens=np.array([*thens, *([ROUTE] * current), ROUTE], np.intp),
            left=np.array([*left, *range(current), NO_JOURNEY], np.intp),
            rests=np.array([*(float(one.written.cool_down or 0) for one in journeys[:current]), 0.0]),
            has_stops=STOP in thens,
            stopped_from=len(thens),
            archived={
                (ranks[index], journey.version): index for index, journey in enumerate(journeys) if index >= current
            },
            in_force=tuple((journey.version, journey.written.inside) for journey in journeys[:current]),
        )

    def fate(self, index: int, version: int) -> tuple[int, Fate]:
        """Say where a customer stands who was inside a version of a journey in force, and why."""
        known, inside = self.in_force[index]
        if version == known:
            return index, Fate.GOES_ON
        if version > known:
            return NO_JOURNEY, Fate.UNKNOWN
        if inside == "move":
            return index, Fate.MOVED
        if inside == "stop":
            return index, Fate.STOPPED
        archived = self.archived.get((index, version))
        return (NO_JOURNEY, Fate.UNKNOWN) if archived is None else (archived, Fate.FINISHES)
