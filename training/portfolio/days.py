"""The simulated calendar: whole days since 1970, months since the history began, pay days and 13th salaries."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from regua.clock import start_of_day

EPOCH = date(1970, 1, 1)
HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
NEVER = np.iinfo(np.int32).max
"""A day that does not come."""

NO_TIME = np.iinfo(np.int64).min
"""An instant that did not happen: NumPy's not-a-time."""

DUE_DAYS: tuple[int, ...] = (1, 5, 8, 10, 12, 15, 18, 20, 25, 28)
"""Days of the month on which bills fall due."""


def number(day: date) -> int:
    """Count the days since 1970."""
    return (day - EPOCH).days


def calendar_day(day: int) -> date:
    """Return the calendar day of a day number."""
    return EPOCH + timedelta(days=int(day))


@lru_cache(maxsize=4096)
def midnight_us(day: int) -> int:
    """Return the first instant of a business day, in microseconds since 1970 UTC."""
    return int(start_of_day(calendar_day(day)).timestamp()) * 1_000_000


def month_number(day: date) -> int:
    """Count months since the year 0; differences of it are months apart."""
    return day.year * 12 + day.month - 1


def first_of_month(month: int) -> date:
    """Return the first day of a counted month."""
    return date(month // 12, month % 12 + 1, 1)


def month_starts(origin: int, months: int) -> NDArray[np.int64]:
    """Return the day numbers on which ``months`` months from ``origin`` begin."""
    return np.array([number(first_of_month(origin + step)) for step in range(months)], dtype=np.int64)


def previous_weekday_gap(day: date) -> int:
    """Count the days back to the last working weekday: 3 on a Monday, 1 otherwise."""
    return 3 if day.weekday() == 0 else 1


def is_weekday(day: date) -> bool:
    """Say whether it is Monday to Friday."""
    return day.weekday() < 5


def next_business_day(day: int) -> int:
    """Return the next Monday-to-Friday after a day: when a clearing house reports."""
    step = day + 1
    while not is_weekday(calendar_day(step)):
        step += 1
    return step


def is_thirteenth_season(day: date) -> bool:
    """Say whether the 13th salary has just been paid: from 20 November to Christmas."""
    return (day.month == 11 and day.day >= 20) or (day.month == 12 and day.day <= 25)


@dataclass(frozen=True, slots=True)
class Today:
    """One day as the simulation sees it."""

    number: int
    date: date
    month: int
    start_us: int

    @classmethod
    def of(cls, day: int, origin: int) -> "Today":
        """Look a day up; ``month`` counts from the month the history began."""
        when = calendar_day(day)
        return cls(day, when, month_number(when) - origin, midnight_us(day))


def since_pay_day(today: date, pay_day: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count the days since each customer's last pay day; customers without one are far from it, ``(n,)``."""
    last_of_previous = (today.replace(day=1) - timedelta(days=1)).day
    due = np.where(pay_day == 30, 28, pay_day)
    gap = np.where(today.day >= due, today.day - due, today.day + last_of_previous - due)
    return np.where(pay_day == 0, 99, gap)
