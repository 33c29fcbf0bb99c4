"""The only place that asks the machine for the time; everyone else is handed a clock or a moment."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

DEFAULT_ZONE = "America/Sao_Paulo"


class Clock(Protocol):
    """Anything that can say what time it is."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime.now(UTC)


@dataclass(slots=True)
class SetClock:
    """A clock that stands still until it is moved: for tests, replay and simulation."""

    at: datetime

    def now(self) -> datetime:
        """Return the instant it was set to."""
        return self.at

    def move(self, step: timedelta) -> None:
        """Let time pass."""
        self.at += step


def utc(moment: datetime) -> datetime:
    """Return the same instant in UTC; a naive datetime is taken to be UTC already."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def local_date(moment: datetime, zone: str = DEFAULT_ZONE) -> date:
    """Return the calendar day of an instant where people live.

    Examples
    --------
    >>> local_date(datetime(2026, 3, 1, 1, 30, tzinfo=UTC)).isoformat()
    '2026-02-28'
    """
    # In UTC first: two instants of one hour that comes twice are equal where they are told in its own zone.
    return _local_date(utc(moment), zone)


@lru_cache(maxsize=4_096)
def _local_date(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()


def start_of_day(day: date, zone: str = DEFAULT_ZONE) -> datetime:
    """Return the first instant of a local calendar day, in UTC.

    Local midnight may not exist (São Paulo, 2018-11-04): the fold then gives the first instant that does.
    """
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
