"""Where did the customer stand? The journey and version a position names, as an index, and what became of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from journeys.book.aftermath import NO_JOURNEY, Fate
from journeys.stages.case import Case, Rows
from journeys.stages.days import day_in
from regua.columns import Array, Numbers


@dataclass(frozen=True, slots=True)
class Standing:
    """Journeys (``at``, -1 none) and the rows whose version is not the one in force, by what becomes of them."""

    at: NDArray[np.intp]
    fates: NDArray[np.int8] | None

    def rows(self, fate: Fate) -> Rows:
        """Return the rows of one fate."""
        return _NOBODY if self.fates is None else (self.fates == fate).nonzero()[0]


_NOBODY = np.zeros(0, np.intp)


def standing(case: Case, at: NDArray[np.intp], names: Array, versions: Numbers, asked: NDArray[np.bool_]) -> Standing:
    """Find the journeys that positions name.

    Parameters
    ----------
    case
        The customers under decision.
    at, names, versions
        Journey, as the position of its name among those in force and as text, and version of each; an unknown version
        is the one in force.
    asked
        Where the answer may move somebody; elsewhere every version is taken as the one in force.
    """
    book = case.book
    lost = ((at < 0) & asked).nonzero()[0]
    if len(lost):
        named = names[lost].tolist()
        # Mostly nobody is lost: everybody without a journey is in none.
        known = named.count(None) < len(named)
        lost = lost[names[lost] != None] if known else lost[:0]  # noqa: E711  (element by element)
    other = ((at >= 0) & asked & (versions == versions) & (versions != book.steps.versions.take(at))).nonzero()[0]
    if not len(lost) and not len(other):
        return Standing(at, None)
    fates = np.zeros(len(at), np.int8)
    fates[lost] = Fate.UNKNOWN
    at = at.copy()
    for row in other.tolist():
        at[row], fates[row] = book.after.fate(int(at[row]), int(versions[row]))
    return Standing(at, fates)


def moved_step(case: Case, rows: Rows, at: NDArray[np.intp], journey_day: Numbers) -> NDArray[np.int64]:
    """Say which step of the version in force was the last, for those who come from an earlier one.

    Every step whose day had come when the last step was taken counts as taken: what was said is not said again, and
    what has become due since is still to come.
    """
    last = np.full(len(rows), -1, np.int64)
    inside = (at != NO_JOURNEY).nonzero()[0]
    if len(inside):
        at, rows = at[inside], rows[inside]
        day = day_in(case, at, rows, journey_day[inside]) - (case.today.toordinal() - case.columns["stepped_on"][rows])
        last[inside] = case.book.rhythm.come(at, day) - 1
    return last
