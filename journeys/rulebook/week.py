"""A week of permitted hours: a window for every day, and for holidays."""

import re
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from journeys.language.strict import Strict
from journeys.rulebook.grammar import Channels, Rule

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MINUTES_A_DAY = 24 * 60

Window = tuple[int, int] | None
"""Minutes of the local day from (included) to (excluded); ``None``: never."""


def _window(text: object) -> Window:
    if text == "none":
        return None
    match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)", str(text))
    if match is None:
        raise ValueError("a window such as 08:00-20:00, or none")
    opens, closes = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    if not opens < closes <= MINUTES_A_DAY:
        raise ValueError("a window that opens before it closes, within one day; one over midnight is two days' windows")
    return opens, closes


_WINDOW = {"type": "string", "pattern": r"^(none|([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d)$"}
_DAY = f"({'|'.join(DAYS)})"
_AS_WRITTEN = {
    "type": "object",
    "patternProperties": {f"^({_DAY}(-{_DAY})?|holiday)$": _WINDOW},
    "additionalProperties": False,
    "required": ["holiday"],
}

DayWindow = Annotated[Window, BeforeValidator(_window)]


def _week(value: object) -> object:
    """Spell out ``monday-friday`` so that every day stands alone."""
    if not isinstance(value, dict):
        return value
    spelled: dict[str, object] = {}
    for key, window in value.items():
        first, dash, last = str(key).partition("-")
        if dash and {first, last} <= set(DAYS) and DAYS.index(first) < DAYS.index(last):
            names = DAYS[DAYS.index(first) : DAYS.index(last) + 1]
        else:
            names = (str(key),)
        for name in names:
            if name in spelled:
                raise ValueError(f"each day once; {name} stands twice")
            spelled[name] = window
    return spelled


class Week(Strict):
    """A window for each day of the week and for holidays; none may be left out."""

    monday: DayWindow
    tuesday: DayWindow
    wednesday: DayWindow
    thursday: DayWindow
    friday: DayWindow
    saturday: DayWindow
    sunday: DayWindow
    holiday: DayWindow

    def window(self, weekday: int, *, is_holiday: bool) -> Window:
        """Return the window of a day; Monday is 0. A holiday narrows its weekday and never widens it."""
        found: Window = getattr(self, DAYS[weekday])
        return overlap([found, self.holiday]) if is_holiday else found


class HoursRule(Rule):
    """When a channel may be used, in local time."""

    channels: Channels
    week: Annotated[Week, BeforeValidator(_week), WithJsonSchema(_AS_WRITTEN)]


def loosens(own: HoursRule, law: HoursRule) -> tuple[str, str] | None:
    """Return both values where a house's own hours reach beyond the law's on some kind of day."""
    if not set(own.channels) & set(law.channels):
        return None
    for day in (*DAYS, "holiday"):
        mine, theirs = getattr(own.week, day), getattr(law.week, day)
        if mine is not None and mine != overlap([mine, theirs]):
            return f"{day} {span(mine)}", f"{day} {span(theirs)}"
    return None


def span(window: Window) -> str:
    """Write a window as it stands in a file.

    Examples
    --------
    >>> span((480, 1200)), span(None)
    ('08:00-20:00', 'none')
    """
    return "none" if window is None else f"{clock(window[0])}-{clock(window[1])}"


def overlap(windows: list[Window]) -> Window:
    """Return what windows have in common; ``None`` where that is nothing, or where there is no window at all."""
    if not windows or None in windows:
        return None
    opens = max(window[0] for window in windows if window)
    closes = min(window[1] for window in windows if window)
    return (opens, closes) if opens < closes else None


def clock(minutes: int) -> str:
    """Write minutes of the day as a time.

    Examples
    --------
    >>> clock(8 * 60 + 5), clock(MINUTES_A_DAY)
    ('08:05', '24:00')
    """
    return f"{minutes // 60:02}:{minutes % 60:02}"
