"""Which days are holidays where? Those of the holidays library, and the house's own calendar."""

import zoneinfo
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from importlib import metadata
from pathlib import Path

from pydantic import Field

from journeys.language.strict import Sentence
from journeys.rulebook import one_country
from journeys.rulebook.grammar import Rule
from journeys.rulebook.places import Places


class HolidayRule(Rule):
    """Days on which the house keeps a holiday the library does not know: a city's, or a company's."""

    title: Sentence
    dates: list[date] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The holidays of every region."""

    places: Places
    own: tuple[HolidayRule, ...] = ()
    _own: Mapping[date, tuple[HolidayRule, ...]] = field(init=False)

    def __post_init__(self) -> None:
        by_day: dict[date, tuple[HolidayRule, ...]] = {}
        for rule in self.own:
            for day in rule.dates:
                by_day[day] = (*by_day.get(day, ()), rule)
        object.__setattr__(self, "_own", by_day)

    def is_holiday(self, day: date, regions: Iterable[str]) -> bool:
        """Say whether a day is a holiday in any of the regions."""
        own = self._own.get(day, ())
        return any(
            day in self._library(region, day.year) or any(rule.speaks_of(region) for rule in own) for region in regions
        )

    def named(self, day: date, regions: Sequence[str], language: str) -> tuple[str, ...]:
        """Name the holidays of a day in the regions; the library's in the country's tongue where it knows no other."""
        names = [self._library(region, day.year, language).get(day) for region in regions]
        names += [
            rule.title.say(language)
            for rule in self._own.get(day, ())
            if any(rule.speaks_of(region) for region in regions)
        ]
        return tuple(dict.fromkeys(name for name in names if name))

    def _library(self, region: str, year: int, language: str = "en") -> Mapping[date, str]:
        return _holidays(self.places.regions[region].country, region.rpartition("-")[2], year, language)


@lru_cache(maxsize=1)
def versions() -> str:
    """Name the versions of the holidays and of the time zones that decisions are made by.

    The system's own table of zones, where there is one, is used before the package's.
    """
    import holidays

    zones = metadata.version("tzdata")
    for folder in zoneinfo.TZPATH:
        table = Path(folder) / "tzdata.zi"
        if table.is_file():
            with table.open(encoding="utf-8") as lines:
                zones = lines.readline().removeprefix("# version ").strip()
            break
    return f"holidays {holidays.__version__}, tzdata {zones}"


@lru_cache(maxsize=8_192)
def _holidays(country: str, subdivision: str, year: int, language: str) -> Mapping[date, str]:
    """Return the holidays of a year: the country's and the subdivision's; where that is unknown, of all of them."""
    import holidays

    one_country.take_up(country)
    try:
        known: tuple[str, ...] = holidays.country_holidays(country).subdivisions
    except NotImplementedError:
        return {}
    spoken = "pt_BR" if language == "pt-BR" else "en_US"
    if subdivision in known:
        return dict(holidays.country_holidays(country, subdiv=subdivision, years=year, language=spoken))
    days: dict[date, str] = dict(holidays.country_holidays(country, years=year, language=spoken))
    for each in known:
        for day, name in holidays.country_holidays(country, subdiv=each, years=year, language=spoken).items():
            days.setdefault(day, name)
    return days
