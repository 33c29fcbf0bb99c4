"""Is there ever a permitted hour? Each channel's windows in each region, from a day on for a year."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import numpy as np

from journeys.book import Book
from journeys.book.journeys import CompiledJourney
from journeys.proofs.finding import Finding
from journeys.proofs.sending import channels_of
from journeys.rulebook.hours import Intervals
from regua.clock import local_date
from regua.columns import Flags
from regua.vocabulary import CHANNELS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

A_YEAR = 365
LONGEST_PAUSE = 10
"""Days in a row without a permitted hour that are still taken for holidays."""


def findings(book: Book, day: date) -> Iterator[Finding]:
    """Find channels that a step uses where, or when, they are never permitted."""
    used: dict[str, tuple[CompiledJourney, int, int]] = {}
    for journey in book.journeys:
        for position, step in enumerate(journey.written.steps):
            for rank, channel in enumerate(channels_of(step)):
                used.setdefault(channel, (journey, position, rank))
    closed: dict[str, list[str]] = {}
    paused: dict[str, tuple[str, date, int]] = {}
    looks = _looks(book, day)
    everywhere = np.zeros(A_YEAR, np.bool_)
    for region in (*book.policies.places.possible, None):
        holidays = everywhere if region is None else _holidays(book, region, day)
        everywhere |= holidays
        weeks = [book.policies.hours.intervals(region, look) for look in looks]
        for channel in used:
            open_on = [_weekdays(week[CHANNELS.index(channel)], book.policies.zone) for week in weeks]
            since, days = _longest_pause(open_on, looks, holidays, day)
            if days >= A_YEAR:
                closed.setdefault(channel, []).append(region or "an unknown region")
            elif days > LONGEST_PAUSE and days > paused.get(channel, ("", day, 0))[2]:
                paused[channel] = (region or "an unknown region", since, days)
    for channel, regions in closed.items():
        journey, position, rank = used[channel]
        yield Finding.at(
            "R501",
            journey.document.place("steps", position, "try", rank),
            f"{channel} is never permitted in {_listed(regions)}: its windows have no hour in common",
            expected="a window on some day of the week, for every channel a step uses",
            remedy="mend the hours of the policy, or take the channel out of the steps",
        )
    for channel, (region, since, days) in paused.items():
        journey, position, rank = used[channel]
        yield Finding.at(
            "R502",
            journey.document.place("steps", position, "try", rank),
            f"{channel} is not permitted in {region} for {days} days from {since}",
            expected=f"a permitted hour within {LONGEST_PAUSE} days",
        )


def _looks(book: Book, day: date) -> tuple[date, ...]:
    """Return the days from which the hours of the weeks that follow are looked at: each on which a rule turns."""
    turns = {rule.effective_from for rule in book.policies.hours.rules}
    turns |= {rule.until + timedelta(days=1) for rule in book.policies.hours.rules if rule.until}
    return (day, *sorted(turn for turn in turns if day < turn < day + timedelta(days=A_YEAR)))


def _holidays(book: Book, region: str, day: date) -> Flags:
    calendar = book.policies.hours.calendar
    return np.array([calendar.is_holiday(day + timedelta(days=ahead), (region,)) for ahead in range(A_YEAR)])


def _longest_pause(
    open_on: Sequence[frozenset[int]], looks: Sequence[date], holidays: Flags, day: date
) -> tuple[date, int]:
    """Return the longest stretch of days without a permitted hour, and its first day; a holiday counts as closed."""
    ahead = np.arange(A_YEAR)
    shut = np.ones(A_YEAR, np.bool_)
    for look, weekdays in zip(looks, open_on, strict=True):
        is_open = np.isin((ahead + day.weekday()) % 7, list(weekdays)) & ~holidays
        shut[(look - day).days :] = ~is_open[(look - day).days :]
    edges = np.flatnonzero(np.diff(np.concatenate(([0], shut, [0])).astype(np.int8)))
    starts, ends = edges[::2], edges[1::2]
    if not len(starts):
        return day, 0
    longest = int((ends - starts).argmax())
    return day + timedelta(days=int(starts[longest])), int(ends[longest] - starts[longest])


@lru_cache(maxsize=1_024)
def _weekdays(intervals: Intervals, zone: str) -> frozenset[int]:
    """Return the days of the week on which some instant is permitted."""
    days: set[int] = set()
    for start, end in zip(*intervals, strict=True):
        first, last = (local_date(_EPOCH + timedelta(microseconds=at), zone) for at in (start, end - 1))
        days.update((first + timedelta(days=ahead)).weekday() for ahead in range((last - first).days + 1))
    return frozenset(days)


def _listed(regions: list[str]) -> str:
    return ", ".join(regions[:5]) + (f" and {len(regions) - 5} more" if len(regions) > 5 else "")
