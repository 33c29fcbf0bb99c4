"""When does a contact go out? At the best hour that is known and permitted, or else at the first permitted instant."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from journeys.book import Book
from journeys.book.channels import Medium
from journeys.rulebook.hours import NEVER, microseconds
from journeys.stages.case import Case, Rows
from regua.columns import Numbers
from regua.vocabulary import CHANNELS

HOURS_A_DAY = 24
SLOT_HOURS = 2
"""The length of the slots of the day that are told apart."""
_TIMED: tuple[Medium, ...] = ("message", "voice")


def send_at(case: Case, rows: Rows, channels: NDArray[np.int8]) -> NDArray[np.datetime64]:
    """Say when the contacts of some customers go out.

    Where the best two hours of today are known for the medium of the channel (``best_hour_message``,
    ``best_hour_voice``: the hour of the business zone at which they start), have not passed and hold a permitted
    instant, it is the first of those; else the first permitted instant from the moment on. Either lies within the
    permitted hours of the region, from the moment to the end of the business day: no permission is ever widened.

    Parameters
    ----------
    case
        The customers under decision.
    rows, channels
        Who is contacted, and by which channel each.

    Returns
    -------
    ``(n,)`` instants UTC; ``NaT`` without a contact.
    """
    instants = np.full(case.n, NEVER, np.int64)
    if len(rows):
        codes = case.columns["region_code"][rows]
        instants[rows] = case.book.policies.hours.first_by(codes, channels, case.moment)
        for medium in _TIMED:
            best = case.scored(f"best_hour_{medium}")
            if best is not None:
                _move(case, instants, rows, channels, best[rows], medium)
    return instants.view("datetime64[us]")


def alone(book: Book, code: int, channel: int, row: Mapping[str, Any], moment: datetime, today: date) -> int:
    """Say the same of one customer's contact, in microseconds; :data:`NEVER` without a channel."""
    if channel < 0:
        return NEVER
    for medium in _TIMED:
        hour = row.get(f"best_hour_{medium}")
        if hour is not None and hour == hour and book.channels.is_of(medium).item(channel):
            best = _within(book, code, channel, int(hour), moment, today)
            if best != NEVER:
                return best
    return book.policies.hours.first_alone(code, moment)[channel]


def _within(book: Book, code: int, channel: int, hour: int, moment: datetime, today: date) -> int:
    hours = book.policies.hours
    opens, closes = _slot(today, hour, book.policies.zone)
    start, end = max(microseconds(moment), opens), min(hours.end_of_day(moment), closes)
    return hours.within(code, channel, today, start, end)


def _move(
    case: Case, instants: NDArray[np.int64], rows: Rows, channels: NDArray[np.int8], hours: Numbers, medium: Medium
) -> None:
    """Move the contacts of a medium, in place, to the best hours that are known and can be kept."""
    known = ((hours == hours) & case.book.channels.is_of(medium).take(channels)).nonzero()[0]
    if len(known):
        here = rows[known]
        best = _at_best(case, case.columns["region_code"][here], channels[known], hours[known])
        instants[here] = np.where(best == NEVER, instants[here], best)


def _at_best(case: Case, codes: Rows, channels: NDArray[np.int8], hours: Numbers) -> NDArray[np.int64]:
    """Return the first permitted instant of each best slot that still lies ahead; :data:`NEVER` where there is none.

    Regions, channels and hours are few: each combination is asked once.
    """
    # The unknown region, -1, comes first.
    asked = ((codes + 1) * len(CHANNELS) + channels) * HOURS_A_DAY + hours.astype(np.intp)
    answers: NDArray[np.int64] = np.full(int(asked.max()) + 1, NEVER, np.int64)
    for key in np.bincount(asked).nonzero()[0].tolist():
        place, hour = divmod(key, HOURS_A_DAY)
        code, channel = divmod(place, len(CHANNELS))
        answers[key] = _within(case.book, code - 1, channel, hour, case.moment, case.today)
    return answers.take(asked)


@lru_cache(maxsize=HOURS_A_DAY)
def _slot(day: date, hour: int, zone: str) -> tuple[int, int]:
    """Return when the slot of a day that starts at an hour opens and closes, in microseconds UTC."""
    starts = datetime.combine(day, time(hour), ZoneInfo(zone))
    return microseconds(starts), microseconds(starts + timedelta(hours=SLOT_HOURS))
