"""Permitted hours counted minute by minute, the plain way, to hold the rulebook's hours against.

The time on the wall is read from the zone's own table every four hours, and minute by minute where the clock is moved
in between; a minute is permitted where that time lies within the window of its weekday. Nothing here computes the
instant at which a window opens.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo, available_timezones

import numpy as np

from journeys.rulebook.calendars import Calendar
from journeys.rulebook.hours import PermittedHours
from journeys.rulebook.places import Places, Region
from journeys.rulebook.week import DAYS, HoursRule, span
from regua.dice import draw, identity
from regua.vocabulary import CHANNELS

FIRST, LAST = datetime(2018, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
MINUTE, WATCH, A_DAY, A_WEEK = 60_000_000, 240, 1_440, 10_080
AHEAD = 13 * A_DAY
"""How far the search for the next permitted minute is compared: the rulebook looks 14 days ahead."""
AROUND = 180
"""Minutes before and after a transition."""
Windows = tuple[tuple[int, int] | None, ...]
"""Minutes of the day by weekday, Monday first."""


@dataclass(slots=True)
class Tally:
    """What was compared, and what differed.

    A breach is an instant the rulebook permits and the wall clock does not. ``withheld`` are those the wall clock
    permits and the rulebook does not: where a window's edge is shown twice, or never, it takes the narrower reading.
    ``wrong`` is such a difference anywhere else.
    """

    cases: int = 0
    breaches: int = 0
    withheld: int = 0
    wrong: int = 0
    transitions: int = 0
    minutes: int = 0

    def add(self, other: "Tally") -> None:
        """Add another count to this."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(frozen=True, slots=True)
class Wall:
    """Each UTC minute's minute of the local week in a zone, and the minutes at which the clock is moved."""

    zone: str
    minute_of_week: np.ndarray
    transitions: np.ndarray

    @classmethod
    def of(cls, zone: str) -> "Wall":
        """Read the wall clock of every minute of the years."""
        info, watches = ZoneInfo(zone), int((LAST - FIRST).total_seconds()) // 60 // WATCH
        offsets = np.repeat([_offset(info, watch * WATCH) for watch in range(watches)], WATCH)
        for start in (np.flatnonzero(np.diff(offsets[::WATCH])) * WATCH).tolist():
            offsets[start : start + WATCH] = [_offset(info, start + minute) for minute in range(WATCH)]
        # 1970-01-01 was a Thursday, three days after a Monday.
        utc = int(FIRST.timestamp()) // 60 + np.arange(len(offsets)) + 3 * A_DAY
        return cls(zone, ((utc + offsets) % A_WEEK).astype(np.int16), np.flatnonzero(np.diff(offsets)) + 1)

    def permitted(self, windows: Windows, start: int, stop: int) -> np.ndarray:
        """Say of each minute from start to stop whether the time on the wall lies within its weekday's window."""
        open_in_week = np.zeros(A_WEEK, np.bool_)
        for weekday, window in enumerate(windows):
            if window is not None:
                open_in_week[weekday * A_DAY + window[0] : weekday * A_DAY + window[1]] = True
        return open_in_week[self.minute_of_week[start:stop]]


def zones() -> list[str]:
    """List the IANA zones; of names with the same table, one."""
    found: dict[bytes, str] = {}
    for zone in sorted(available_timezones() - {"localtime", "Factory"}):
        found.setdefault(_table(zone), zone)
    return sorted(found.values())


def random_cases(wall: Wall, count: int, seed: int) -> Tally:
    """Compare random windows at random instants of one zone."""
    tally, lots = Tally(), _Lots(wall.zone, count, seed)
    for case in range(count):
        windows = lots.windows(case)
        at = lots.instant(case, len(wall.minute_of_week) - AHEAD - 2 * A_DAY)
        hours, minute = rulebook(wall.zone, windows), at // MINUTE
        found = _next(hours, at)
        wall_says = wall.permitted(windows, minute, minute + AHEAD)
        first = int(wall_says.argmax()) if wall_says.any() else None
        tally.cases += 1
        judge(tally, wall, windows, at, found, first)
    return tally


def around_transitions(wall: Wall) -> Tally:
    """Ask at every minute around each transition, for windows whose edges lie on it, and for a day's and a night's."""
    tally = Tally(transitions=len(wall.transitions))
    last = len(wall.minute_of_week) - AHEAD
    for transition in wall.transitions.tolist():
        start, stop = max(transition - AROUND, A_DAY * 2), min(transition + AROUND + 1, last)
        for windows in _edges(wall, transition):
            hours, says = rulebook(wall.zone, windows), wall.permitted(windows, start, stop)
            for ahead in range(stop - start):
                at = (start + ahead) * MINUTE
                tally.minutes += 1
                now = _next(hours, at) == at
                tally.breaches += now and not says[ahead]
                tally.withheld += bool(says[ahead]) and not now
    return tally


def rulebook(zone: str, windows: Windows) -> PermittedHours:
    """Make the rulebook's hours of one zone and one week."""
    week = {day: span(window) for day, window in zip(DAYS, windows, strict=True)} | {"holiday": "00:00-24:00"}
    rule = HoursRule.model_validate(
        {"id": "ORACLE", "from": "1991-01-01", "unit": "local time", "source": "the test's own", "status": "verified",
         "channels": ["call"], "week": week}
    )  # fmt: skip
    places = Places({"ZZ": Region(country="ZZ", zones=[zone])}, ("ZZ",))
    return PermittedHours((rule,), Calendar(places), zone, frozenset({"ZZ"}), frozenset())


def _next(hours: PermittedHours, at: int) -> int | None:
    found = hours.next_permitted(0, CHANNELS.index("call"), FIRST + timedelta(microseconds=at))
    return None if found is None else (found - FIRST) // timedelta(microseconds=1)


def judge(tally: Tally, wall: Wall, windows: Windows, at: int, found: int | None, first: int | None) -> None:
    """Count what the rulebook found from an instant, beside the first minute from there that the wall clock permits."""
    minute = at // MINUTE
    if found is not None:
        tally.breaches += not wall.permitted(windows, found // MINUTE, found // MINUTE + 1)[0]
    if first is None:
        return
    expected = max(at, (minute + first) * MINUTE)
    if found is not None and found < expected:
        tally.breaches += 1
    elif found != expected:
        # Narrower than the wall clock says: right only on a day on which the clock is moved.
        near = np.abs(wall.transitions - (minute + first)) <= A_DAY
        tally.withheld += 1
        tally.wrong += not near.any()


def _edges(wall: Wall, transition: int) -> Iterator[Windows]:
    before = int(wall.minute_of_week[transition - 1]) % A_DAY + 1
    after = int(wall.minute_of_week[transition]) % A_DAY
    daily: list[tuple[int, int]] = [(8 * 60, 20 * 60), (0, A_DAY)]
    for edge in {before % A_DAY, after, (before + after) // 2 % A_DAY}:
        daily += [(edge, A_DAY), (0, edge)] if edge else []
    yield from (((window,) * 7) for window in daily if window[0] < window[1])


def _offset(info: ZoneInfo, minute: int) -> int:
    offset = (FIRST + timedelta(minutes=minute)).astimezone(info).utcoffset()
    assert offset is not None
    assert not offset.seconds % 60
    return offset // timedelta(minutes=1)


def _table(zone: str) -> bytes:
    for folder in TZPATH:
        path = Path(folder) / zone
        if path.is_file():
            return path.read_bytes()
    return resources.files("tzdata").joinpath("zoneinfo", *zone.split("/")).read_bytes()


class _Lots:
    """Windows and instants by keyed dice, so that a case can be made again."""

    def __init__(self, zone: str, count: int, seed: int) -> None:
        who = identity(np.array([f"{zone}/{case}" for case in range(count)], dtype=object))
        self.at = draw(who, "instant", 0, seed)
        self.days = np.stack([[draw(who, f"{edge} {day}", 0, seed) for edge in ("a", "b", "none")] for day in range(7)])

    def windows(self, case: int) -> Windows:
        return tuple(self._window(*self.days[day, :, case].tolist()) for day in range(7))

    def instant(self, case: int, minutes: int) -> int:
        return 2 * A_DAY * MINUTE + int(self.at[case] * (minutes - 2 * A_DAY) * MINUTE)

    @staticmethod
    def _window(one: float, other: float, none: float) -> tuple[int, int] | None:
        edges = sorted((int(one * A_DAY), int(other * (A_DAY + 1))))
        return None if none < 0.2 or edges[0] >= edges[1] else (edges[0], edges[1])


def some(names: Sequence[str], day: date) -> list[str]:
    """Pick a few zones by the day, the odd ones always."""
    odd = ["America/Sao_Paulo", "America/Santiago", "Australia/Lord_Howe", "Africa/Casablanca", "America/Noronha"]
    lots = draw(identity(np.array(names, dtype=object)), "zones", day.toordinal(), 1)
    return [*odd, *np.array(names)[lots.argsort()[:5]].tolist()]
