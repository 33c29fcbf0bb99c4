"""The readings a house keeps of its channels: a small file, written by whoever counts, read before each run."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from journeys.book.channels import Channels
from journeys.book.health import Reading, State, judge
from journeys.language.reading import unknown
from regua.errors import DataError, Place
from regua.written_time import Instant

FILE = "channels.json"
FRESH = timedelta(hours=24)
"""An older reading says nothing of today."""


class Counts(BaseModel):
    """The counts of one channel."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    sent: int = Field(0, ge=0)
    delivered: int = Field(0, ge=0)
    opted_out: int = Field(0, ge=0)
    blocked: int = Field(0, ge=0)
    used_today: int = Field(0, ge=0)
    opened_at: Instant | None = Field(None, strict=False)

    @model_validator(mode="after")
    def of_those_sent(self) -> "Counts":
        """Refuse more answers than were sent."""
        for name in ("delivered", "opted_out", "blocked"):
            if getattr(self, name) > self.sent:
                raise ValueError(f"{name} at most sent, {self.sent}")
        return self


class ReadingsFile(BaseModel):
    """All readings, as of an instant."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    as_of: Instant
    channels: dict[str, Counts]


def states(path: Path, channels: Channels, moment: datetime) -> Mapping[str, State]:
    """Read how channels stand at a moment; none where the file is absent, older than a day or from later than then.

    Raises
    ------
    DataError, BookError
        The file is not what it claims to be, or names a channel nobody knows.
    """
    if not path.exists():
        return {}
    try:
        written = ReadingsFile.model_validate(orjson.loads(path.read_bytes()))
    except orjson.JSONDecodeError as problem:
        raise DataError(
            f"not JSON: {problem}", expected='{"as_of": …, "channels": {…}}', place=Place(path)
        ) from problem
    except ValidationError as problem:
        first = problem.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "the file"
        raise DataError(f"{name}: {first['input']!r}"[:200], expected=first["msg"], place=Place(path)) from problem
    for name in written.channels:
        if name not in channels.known:
            raise unknown("channel", name, channels.known, Place(path))
    if not timedelta(0) <= moment - written.as_of <= FRESH:
        return {}
    readings = {name: Reading(**counts.model_dump()) for name, counts in written.channels.items()}
    return {name: judge(channels.of(name), reading, moment) for name, reading in readings.items()}
