"""When may a channel be used where? Windows of local time turned into instants, zone by zone, day by day."""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import reduce
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from journeys.rulebook.calendars import Calendar
from journeys.rulebook.places import Places
from journeys.rulebook.week import MINUTES_A_DAY, HoursRule, Window, overlap
from regua.clock import local_date, start_of_day, utc
from regua.vocabulary import CHANNELS, Channel

DAYS_AHEAD = 14
CACHED_DAYS = 64
RECENT = 1_024
"""Answers kept by region and instant: one decision asks twice, and each of its alternatives once more."""
NEVER = np.iinfo(np.int64).min
"""``NaT`` as an integer."""

Intervals = tuple[tuple[int, ...], tuple[int, ...]]
"""Starts (included) and ends (excluded) in microseconds since 1970, UTC, ascending and disjoint."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()
_MICROSECOND = timedelta(microseconds=1)
_MINUTE = 60_000_000


@dataclass(frozen=True, slots=True)
class PermittedHours:
    """The instants at which each channel may be used, by region.

    Parameters
    ----------
    rules
        Every rule in any year; those of a region and those of all regions are obeyed together.
    calendar
        The regions there are, their zones and holidays. A region that spans several zones, and an unknown region (all
        of the house's), is served only while every possible zone is within its window and none of the possible
        regions keeps a holiday.
    zone
        The zone of the business day, at whose midnight a decision's day ends.
    covered
        The regions whose country has a policy at all; in any other nothing is ever permitted.
    own
        The ids of the house's rules, which narrow what a law permits and permit nothing by themselves.
    """

    rules: tuple[HoursRule, ...]
    calendar: Calendar
    zone: str
    covered: frozenset[str]
    own: frozenset[str]
    _cache: dict[tuple[str | None, date], tuple[Intervals, ...]] = field(init=False, default_factory=dict)
    _recent: dict[tuple[int, int], list[int]] = field(init=False, default_factory=dict)
    _alone: dict[tuple[int, datetime], list[int]] = field(init=False, default_factory=dict)
    _ends: dict[int, int] = field(init=False, default_factory=dict)

    @property
    def places(self) -> Places:
        """The regions there are."""
        return self.calendar.places

    @property
    def regions(self) -> tuple[str, ...]:
        """The names of the regions, by code."""
        return self.calendar.places.names

    def codes(self, regions: NDArray[np.object_]) -> NDArray[np.intp]:
        """Turn regions ``(n,)`` into indices into ``regions``; an unknown one is -1."""
        return self.calendar.places.codes(regions)

    def region(self, code: int) -> str | None:
        """Return the region of a code; ``None`` for -1, the unknown one."""
        return self.calendar.places.region(code)

    def first_permitted(self, codes: NDArray[np.intp], moment: datetime) -> NDArray[np.int64]:
        """Return the first permitted instant from the moment to the end of the business day.

        Returns
        -------
        ``(n, channels)`` microseconds UTC; :data:`NEVER` where the day has none left.
        """
        return self.first_by_region(codes, moment)[codes]

    def first_alone(self, code: int, moment: datetime) -> list[int]:
        """Return the same of one region, ``(channels,)``."""
        known = self._alone.get((code, moment))
        if known is None:
            if len(self._alone) >= RECENT:
                self._alone.clear()
            until = self.end_of_day(moment)
            known = self._alone[code, moment] = [at if at < until else NEVER for at in self._from(code, moment)]
        return known

    def first_by(self, codes: NDArray[np.intp], channels: NDArray[np.int8], moment: datetime) -> NDArray[np.int64]:
        """Return the same for one channel each, ``(n,)``."""
        found: NDArray[np.int64] = self.first_by_region(codes, moment)[codes, channels]
        return found

    def first_by_region(self, codes: NDArray[np.intp], moment: datetime) -> NDArray[np.int64]:
        """Return the same by region, ``(regions + 1, channels)``, for those of the codes; elsewhere :data:`NEVER`."""
        now, until = microseconds(moment), self.end_of_day(moment)
        table = np.full((len(self.regions) + 1, len(CHANNELS)), NEVER, np.int64)
        for code in np.flatnonzero(np.bincount(codes + 1, minlength=1)) - 1:
            table[code] = self._from(int(code), moment)
        table[(table >= until) | (table < now)] = NEVER
        return table

    def within(self, code: int, channel: int, day: date, start: int, end: int) -> int:
        """Return the first permitted instant of a span of a day, microseconds UTC; :data:`NEVER` where none is."""
        at = _first(self.intervals(self.region(code), day)[channel], start)
        return at if start <= at < end else NEVER

    def next_permitted(self, code: int, channel: int, moment: datetime) -> datetime | None:
        """Return the next permitted instant within the days ahead, for one region and channel."""
        at = self._from(code, moment)[channel]
        return None if at == NEVER else _EPOCH + timedelta(microseconds=at)

    def closes(self, code: int, channel: int, day: date, moment: datetime) -> datetime | None:
        """Return when the permitted hours around an instant end; ``None`` where it is not permitted."""
        starts, ends = self.intervals(self.region(code), day)[channel]
        now = microseconds(moment)
        place = bisect_right(starts, now) - 1
        return _EPOCH + timedelta(microseconds=ends[place]) if place >= 0 and now < ends[place] else None

    def on_day(self, channel: Channel, region: str, day: date) -> Window:
        """Return the window of a channel on a local day of a region."""
        return self.window(self.rules_of(channel, region), region, day)

    def rules_of(self, channel: Channel, region: str) -> list[HoursRule]:
        """List the rules of any date that speak of a channel in a region."""
        return [rule for rule in self.rules if channel in rule.channels and rule.speaks_of(region)]

    def end_of_day(self, moment: datetime) -> int:
        """Return the midnight that ends the business day, in microseconds UTC."""
        now = microseconds(moment)
        known = self._ends.get(now)
        if known is None:
            if len(self._ends) >= RECENT:
                self._ends.clear()
            ends = start_of_day(local_date(moment, self.zone) + timedelta(days=1), self.zone)
            known = self._ends[now] = microseconds(ends)
        return known

    def _from(self, code: int, moment: datetime) -> list[int]:
        now = microseconds(moment)
        known = self._recent.get((code, now))
        if known is None:
            if len(self._recent) >= RECENT:
                self._recent.clear()
            region = self.region(code)
            day = local_date(moment, self.zone)
            known = self._recent[code, now] = [_first(intervals, now) for intervals in self.intervals(region, day)]
        return known

    def intervals(self, region: str | None, day: date) -> tuple[Intervals, ...]:
        """Return the permitted intervals of each channel around a day; remembered, since they never change."""
        known = self._cache.get((region, day))
        if known is None:
            if len(self._cache) > CACHED_DAYS * (len(self.regions) + 1):
                self._cache.clear()
            found = self._anywhere(day) if region is None else self._here(region, day)
            known = self._cache[region, day] = found
        return known

    def window(self, rules: list[HoursRule], region: str, day: date) -> Window:
        """Return what some rules, each of which speaks of the region, leave of a local day; ``None``: nothing."""
        in_force = [rule for rule in rules if rule.in_force(day)]
        # No law in force is no permission, and the house alone permits nothing.
        if region not in self.covered or all(rule.id in self.own for rule in in_force):
            return None
        is_holiday = self.calendar.is_holiday(day, (region,))
        return overlap([rule.week.window(day.weekday(), is_holiday=is_holiday) for rule in in_force])

    def _here(self, region: str, day: date) -> tuple[Intervals, ...]:
        by_rules: dict[tuple[str, ...], Intervals] = {}
        found = []
        for channel in CHANNELS:
            rules = self.rules_of(channel, region)
            key = tuple(rule.id for rule in rules)
            if key not in by_rules:
                by_rules[key] = self._compile(rules, region, day) if rules else ((), ())
            found.append(by_rules[key])
        return tuple(found)

    def _anywhere(self, day: date) -> tuple[Intervals, ...]:
        """Return what every region a customer may be from permits, each by its own rules, zones and holidays."""
        everywhere = [self.intervals(region, day) for region in self.places.possible]
        common = {by_region: reduce(_intersected, by_region) for by_region in {*zip(*everywhere, strict=True)}}
        return tuple(common[by_region] for by_region in zip(*everywhere, strict=True)) or ((((), ()),) * len(CHANNELS))

    def _compile(self, rules: list[HoursRule], region: str, day: date) -> Intervals:
        days = [day + timedelta(days=ahead) for ahead in range(-1, DAYS_AHEAD + 2)]
        windows = [(each, self.window(rules, region, each)) for each in days]
        zones = self.places.regions[region].zones
        by_zone = [
            _merged([_instants(each, span, zone) for each, span in windows if span is not None]) for zone in zones
        ]
        return reduce(_intersected, by_zone)


def microseconds(moment: datetime) -> int:
    """Count the microseconds of an instant since 1970, exactly."""
    return (utc(moment) - _EPOCH) // _MICROSECOND


def _instants(day: date, window: tuple[int, int], zone: str) -> tuple[int, int]:
    """Turn a window of a local day into instants; where the clock jumps or repeats, the narrower reading."""
    opens, closes = (_wall(day, minutes, zone) for minutes in window)
    return max(opens), min(closes)


def _wall(day: date, minutes: int, zone: str) -> tuple[int, int]:
    days, rest = divmod(minutes, MINUTES_A_DAY)
    wall = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), ZoneInfo(zone))
    shown = ((day.toordinal() - _EPOCH_DAY) * MINUTES_A_DAY + minutes) * _MINUTE
    return shown - _offset(wall), shown - _offset(wall.replace(fold=1))


def _offset(wall: datetime) -> int:
    offset = wall.utcoffset()
    return 0 if offset is None else offset // _MICROSECOND


def _merged(spans: list[tuple[int, int]]) -> Intervals:
    starts: list[int] = []
    ends: list[int] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if ends and start <= ends[-1]:
            ends[-1] = max(ends[-1], end)
        else:
            starts.append(start)
            ends.append(end)
    return tuple(starts), tuple(ends)


def _intersected(one: Intervals, other: Intervals) -> Intervals:
    starts, ends = [], []
    mine = theirs = 0
    while mine < len(one[0]) and theirs < len(other[0]):
        start, end = max(one[0][mine], other[0][theirs]), min(one[1][mine], other[1][theirs])
        if start < end:
            starts.append(start)
            ends.append(end)
        if one[1][mine] <= other[1][theirs]:
            mine += 1
        else:
            theirs += 1
    return tuple(starts), tuple(ends)


def _first(intervals: Intervals, now: int) -> int:
    starts, ends = intervals
    position = bisect_right(starts, now)
    if position and now < ends[position - 1]:
        return now
    return starts[position] if position < len(starts) else NEVER
