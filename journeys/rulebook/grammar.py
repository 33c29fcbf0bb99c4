"""What every rule of a policy says: since when, of whom, in which unit, by which source, and how well that was seen."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Annotated, Literal, Self, TypeVar

from pydantic import BeforeValidator, Field, model_validator

from journeys.language.reading import read
from journeys.language.strict import Sentence, Strict
from regua.channels import FOLDER
from regua.vocabulary import CHANNELS, Channel

Status = Literal["verified", "secondary", "unverified"]


class Rule(Strict):
    """One value of a policy. Several entries of one id follow each other in time without a gap."""

    id: str = Field(pattern=r"^[A-Z0-9]+(-[A-Z0-9]+)*$")
    effective_from: date = Field(alias="from")
    until: date | None = None
    unit: str = Field(min_length=3)
    source: str = Field(min_length=8)
    status: Status
    says: Sentence | None = None
    """The rule in words, where its values alone do not say it."""
    countries: list[str] | None = None
    regions: list[str] | None = None
    """Where it holds, if in fewer places than its file. Once placed: all it speaks of; ``None``: everywhere."""

    @model_validator(mode="after")
    def begins_before_it_ends(self) -> Self:
        """Refuse a rule that is never in force."""
        if self.until is not None and self.until < self.effective_from:
            raise ValueError(f"from no later than until; {self.id} ends {self.until} before it begins")
        return self

    def in_force(self, day: date) -> bool:
        """Say whether the rule holds on a day; ``until`` is the last day it does."""
        return self.effective_from <= day and (self.until is None or day <= self.until)

    def speaks_of(self, region: str | None) -> bool:
        """Say whether the rule may bind a customer of a region; one of an unknown region may be from anywhere."""
        return self.regions is None or region is None or region in self.regions


AnyRule = TypeVar("AnyRule", bound=Rule)


def _spelled_out(value: object) -> object:
    """Put the channels of a medium in its place, so that one more channel comes under the rules of its medium."""
    if not isinstance(value, list):
        return value
    media = _media()
    names = [name for one in value for name in (media.get(one, (one,)) if isinstance(one, str) else (one,))]
    return list(dict.fromkeys(names))


Medium = Literal["message", "voice", "print", "self_service"]
Channels = Annotated[
    list[Channel], BeforeValidator(_spelled_out, json_schema_input_type=list[Channel | Medium]), Field(min_length=1)
]
"""Channels by name, or by medium: ``message``, ``voice``, ``print``, ``self_service``."""


@lru_cache(maxsize=1)
def _media() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for channel in CHANNELS:
        path = FOLDER / f"{channel}.yaml"
        medium = read(path.read_text("utf-8"), path.name).data.get("medium", "message")
        found[medium] = (*found.get(medium, ()), channel.value)
    return found


def indices(channels: Iterable[Channel]) -> list[int]:
    """Return the columns of channels in every ``(n, channels)`` array."""
    return [CHANNELS.index(channel) for channel in channels]
