"""Which day of a journey is it? Counted from the entry, the due date or the promised day."""

from journeys.book.journeys import CompiledJourney
from journeys.stages.case import Case, Rows
from regua.columns import Numbers


def day_in(case: Case, journey: CompiledJourney, rows: Rows, journey_day: Numbers) -> Numbers:
    """Return today as a journey counts it, ``(rows,)``; NULL where the date it counts from is not known.

    Parameters
    ----------
    case
        The customers under decision.
    journey
        The journey.
    rows
        Whom it is asked for.
    journey_day
        Days since each of them entered.
    """
    if journey.counted_from == 0:
        return journey_day
    if journey.counted_from == 1:
        due: Numbers = case.columns["days_past_due"][rows]
        return due
    promised: Numbers = -case.columns["days_to_promise"][rows]
    return promised
