"""Which days do banks settle payments on? No weekend, and no holiday of the region by the house's calendar."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from journeys.book import load
from journeys.rulebook.calendars import Calendar
from journeys.rulebook.places import Places

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class BusinessDays:
    """Business days by region; where a customer's is unknown, a holiday anywhere they may live counts."""

    places: Places
    calendar: Calendar

    @classmethod
    @lru_cache(maxsize=1)
    def shipped(cls) -> "BusinessDays":
        """Take the places and holidays of the catalogue."""
        policies = load().policies
        return cls(policies.places, policies.hours.calendar)

    def after(self, day: date, region: str | None, count: int) -> date:
        """Return the business day that comes so many business days after a day."""
        regions = self.places.candidates(self.places.region(self.places.code(region)))
        while count:
            day += timedelta(days=1)
            count -= day.weekday() < _SATURDAY and not self.calendar.is_holiday(day, regions)
        return day
