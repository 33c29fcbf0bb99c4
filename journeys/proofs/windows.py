"""Is there ever a permitted hour? Each channel's windows in each region, from a day on for a year."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from journeys.book import Book
from journeys.book.journeys import CompiledJourney
from journeys.proofs.finding import Finding
from journeys.proofs.sending import channels_of
from journeys.rulebook.hours import Intervals
from regua.clock import local_date
from regua.vocabulary import CHANNELS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

A_YEAR = 365
LOOKS = (0, 182)
"""Days ahead on which the hours of the two weeks that follow are looked at; in between, holidays alone close a day."""
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
    for region in (*book.policies.places.possible, None):
        for channel, (since, days) in _longest_pauses(book, region, day, used).items():
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


def _longest_pauses(book: Book, region: str | None, day: date, channels: Iterable[str]) -> dict[str, tuple[date, int]]:
    """Return for each channel the longest stretch of days without a permitted hour; a year where there is none."""
    hours = book.policies.hours
    places = hours.places.candidates(region)
    holidays = [hours.calendar.is_holiday(day + timedelta(days=ahead), places) for ahead in range(A_YEAR)]
    weeks = [hours.intervals(region, day + timedelta(days=look)) for look in LOOKS]
    found: dict[str, tuple[date, int]] = {}
    known: dict[object, tuple[date, int]] = {}
    for channel in channels:
        mine = tuple(week[CHANNELS.index(channel)] for week in weeks)
        if mine not in known:
            known[mine] = _longest_pause([_weekdays(one, hours.zone) for one in mine], holidays, day)
        found[channel] = known[mine]
    return found


def _longest_pause(weeks: Sequence[frozenset[int]], holidays: Sequence[bool], day: date) -> tuple[date, int]:
    longest, since, shut = (day, 0), day, 0
    for ahead, is_holiday in enumerate(holidays):
        look = max(place for place, start in enumerate(LOOKS) if start <= ahead)
        today = day + timedelta(days=ahead)
        if today.weekday() in weeks[look] and not is_holiday:
            shut = 0
            continue
        since = today if shut == 0 else since
        shut += 1
        if shut > longest[1]:
            longest = (since, shut)
    return longest


def _weekdays(intervals: Intervals, zone: str) -> frozenset[int]:
    """Return the days of the week on which some instant is permitted."""
    days: set[int] = set()
    for start, end in zip(*intervals, strict=True):
        first, last = (local_date(_EPOCH + timedelta(microseconds=at), zone) for at in (start, end - 1))
        days.update((first + timedelta(days=ahead)).weekday() for ahead in range((last - first).days + 1))
    return frozenset(days)


def _listed(regions: list[str]) -> str:
    return ", ".join(regions[:5]) + (f" and {len(regions) - 5} more" if len(regions) > 5 else "")
