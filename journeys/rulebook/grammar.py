"""What the law and the house permit: dated, cited, united values, read from data and compiled for a day."""

import re
from datetime import date
from typing import Annotated, Literal

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from journeys.language.strict import Name, Strict, Words
from regua.vocabulary import CHANNELS, HOLD_BIT, Channel, HoldKind

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
        raise ValueError("a window that opens before it closes, within one day")
    return opens, closes


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
        """Return the window of a day; Monday is 0, and a holiday wins over its weekday."""
        found: Window = self.holiday if is_holiday else getattr(self, DAYS[weekday])
        return found


class Rule(Strict):
    """One value of a policy: since when, in which unit, by which source, and how well that source was seen."""

    id: str = Field(pattern=r"^[A-Z0-9]+(-[A-Z0-9]+)*$")
    effective_from: date = Field(alias="from")
    until: date | None = None
    unit: str = Field(min_length=3)
    source: str = Field(min_length=8)
    status: Literal["verified", "secondary", "unverified"]

    def in_force(self, day: date) -> bool:
        """Say whether the rule holds on a day; ``until`` is the last day it does."""
        return self.effective_from <= day and (self.until is None or day <= self.until)


class HoursRule(Rule):
    """When a channel may be used, in local time."""

    channels: list[Channel] = Field(min_length=1)
    week: Annotated[Week, BeforeValidator(_week)]
    regions: list[str] | None = None

    def speaks_of(self, channel: int, region: str | None) -> bool:
        """Say whether the rule binds a channel (an index of ``CHANNELS``) in a region; an unknown one may be any."""
        return CHANNELS[channel] in self.channels and (self.regions is None or region is None or region in self.regions)


class FrequencyRule(Rule):
    """How many attempts are too many; without channels, all of them together."""

    channels: list[Channel] | None = None
    days: Literal["1", "7"]
    at_most: int = Field(ge=0, le=1000)


class ConsentRule(Rule):
    """Whether a channel needs a yes, or only the absence of a no."""

    channels: list[Channel] = Field(min_length=1)
    needs: Literal["opt_in", "no_opt_out"]


class HoldRule(Rule):
    """What a hold stops: every contact, or every request to pay."""

    holds: list[HoldKind] = Field(min_length=1)
    stops: Literal["all", "collection"]
    channels: list[Channel] = Field(default_factory=lambda: list(Channel), min_length=1)

    @property
    def bits(self) -> int:
        """The bits of ``hold_bits`` this rule listens to."""
        return int(np.bitwise_or.reduce([HOLD_BIT[kind] for kind in self.holds]))

    def stops_purpose(self, purpose: str) -> bool:
        """Say whether a message of a purpose is stopped."""
        return self.stops == "all" or purpose != "service"


class CriticalRule(Rule):
    """Columns without which nobody is contacted."""

    fields: list[str] = Field(min_length=1)


class GraceRule(Rule):
    """How long after the promised day a promise still holds collection back."""

    days: int = Field(ge=0, le=60)


class PolicyFile(Strict):
    """One jurisdiction's, or one house's, rules."""

    policy: Name
    version: int = Field(ge=1)
    jurisdiction: str
    title: Words
    zone: str | None = None
    regions: list[str] | None = None
    hours: list[HoursRule] = Field(default_factory=list)
    frequency: list[FrequencyRule] = Field(default_factory=list)
    consent: list[ConsentRule] = Field(default_factory=list)
    holds: list[HoldRule] = Field(default_factory=list)
    critical: list[CriticalRule] = Field(default_factory=list)
    promise_grace: list[GraceRule] = Field(default_factory=list)

    @model_validator(mode="after")
    def regional_rules_are_hours(self) -> "PolicyFile":
        """Refuse what a region's file cannot say yet, rather than apply it to everybody."""
        others = self.frequency or self.consent or self.holds or self.critical or self.promise_grace
        if self.regions is not None and others:
            raise ValueError("a file with regions sets hours only")
        return self


class ZonesFile(Strict):
    """The time zones of each region."""

    zones: dict[str, list[str]] = Field(min_length=1)
