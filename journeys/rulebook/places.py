"""Where may a customer live? Regions, their countries and time zones, and the numbers the kernel knows them by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from zoneinfo import available_timezones

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from journeys.language.numbering import Numbering
from journeys.language.reading import Document, understand, unknown
from journeys.language.strict import Strict
from regua.errors import BookError, Place

REGION = r"^[A-Z0-9]+(-[A-Z0-9]+)?$"
COUNTRY = r"^[A-Z]{2}$"


class Region(Strict):
    """A region's country and zones."""

    country: str = Field(pattern=COUNTRY)
    zones: list[str] = Field(min_length=1)


class ZonesFile(Strict):
    """The country and the time zones of each region."""

    zones: dict[str, Region] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Places:
    """Every region there is, in the order of their codes; ``possible`` are those an unknown customer may be from.

    Parameters
    ----------
    regions
        Country and zones by region.
    works_in
        The countries the house works in.
    """

    regions: Mapping[str, Region]
    works_in: tuple[str, ...]
    names: tuple[str, ...] = field(init=False)
    possible: tuple[str, ...] = field(init=False)
    positions: Numbering = field(init=False)

    def __post_init__(self) -> None:
        names = tuple(sorted(self.regions))
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "possible", tuple(one for one in names if self.regions[one].country in self.works_in))
        object.__setattr__(self, "positions", Numbering(names))

    def codes(self, regions: NDArray[np.object_]) -> NDArray[np.intp]:
        """Turn regions ``(n,)`` into indices into ``names``; an unknown one is -1, the last row of every table."""
        return self.positions.codes(regions)

    def code(self, region: str | None) -> int:
        """Turn one region into its index; an unknown one is -1."""
        return self.positions[region]

    def region(self, code: int) -> str | None:
        """Return the region of a code; ``None`` for -1, the unknown one."""
        return self.names[code] if code >= 0 else None

    def of(self, countries: Sequence[str]) -> tuple[str, ...]:
        """List the regions of some countries."""
        return tuple(name for name in self.names if self.regions[name].country in countries)

    def candidates(self, region: str | None) -> tuple[str, ...]:
        """List the regions a customer may be from: the one known, or all those of the house's countries."""
        return self.possible if region is None else (region,)

    def zones(self, region: str | None) -> tuple[str, ...]:
        """List the zones a customer may live in."""
        return tuple(sorted({zone for name in self.candidates(region) for zone in self.regions[name].zones}))


def read_places(document: Document, works_in: Sequence[str], place: Place | None = None) -> Places:
    """Read the table of zones.

    Raises
    ------
    BookError
        A zone that is an offset or that nobody knows, or a country of the house without a region.
    """
    regions = understand(document, ZonesFile).zones
    for name, region in regions.items():
        for index, zone in enumerate(region.zones):
            check_zone(zone, document.place("zones", name, "zones", index))
    countries = {region.country for region in regions.values()}
    for country in works_in:
        if country not in countries:
            raise unknown("country", country, sorted(countries), place or Place(document.file))
    return Places(regions, tuple(works_in))


def check_zone(zone: str, place: Place) -> str:
    """Return a zone that the IANA database knows.

    Raises
    ------
    BookError
        An offset, which would be an hour wrong for half the year, or a name nobody knows.
    """
    if zone.strip().lstrip("UTCGMutcgm")[:1] in {"+", "-"} or zone[:1].isdigit():
        raise BookError(
            f"the offset {zone!r} where a zone belongs",
            expected="an IANA name such as America/Sao_Paulo: an offset does not know summer time",
            place=place,
        )
    if zone not in _zones():
        raise unknown("zone", zone, sorted(_zones()), place)
    return zone


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
