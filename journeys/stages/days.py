"""Which day of a journey is it? Counted from the entry, the due date or the promised day."""

import numpy as np
from numpy.typing import NDArray

from journeys.stages.case import Case, Rows
from regua.columns import Numbers

_FROM_DUE_DATE, _FROM_PROMISE = 1, 2


def day_in(case: Case, at: NDArray[np.intp], rows: Rows, journey_day: Numbers) -> Numbers:
    """Return today as each customer's journey counts it, ``(rows,)``; NULL where the date it counts from is not known.

    Parameters
    ----------
    case
        The customers under decision.
    at
        The journey of each.
    rows
        Whom it is asked for.
    journey_day
        Days since each of them entered.
    """
    counted = case.book.rhythm.counted_from.take(at)
    if not counted.any():
        return journey_day
    day = np.where(counted == _FROM_DUE_DATE, case.columns["days_past_due"][rows], journey_day)
    return np.where(counted == _FROM_PROMISE, -case.columns["days_to_promise"][rows], day)
