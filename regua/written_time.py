"""Instants and days as others write them: in full, so that no number is taken for one.

The library that validates would read a text of digits as seconds since 1970: ``20260304``, which somebody means for a
day in March 2026, would be one in August 1970.
"""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
DAY = re.compile(_DAY)
INSTANT = re.compile(rf"{_DAY}[Tt ][0-9]{{2}}:[0-9]{{2}}.*")
_INSTANTS, _DAYS = TypeAdapter(AwareDatetime), TypeAdapter(date)


def _instant(value: Any) -> Any:
    return _read(value, INSTANT, _INSTANTS, "an instant with its offset, such as 2026-03-31T12:00:00Z")


def _day(value: Any) -> Any:
    return _read(value, DAY, _DAYS, "a date such as 2026-03-31")


def _read(value: Any, pattern: re.Pattern[str], adapter: TypeAdapter[Any], expected: Any) -> Any:
    """Read a text that is written in full; whatever is no text is left to those who validate."""
    if not isinstance(value, str):
        return value
    try:
        if pattern.fullmatch(value):
            return adapter.validate_python(value)
    except ValidationError:
        pass
    raise PydanticCustomError("written_time", expected)


Instant = Annotated[AwareDatetime, BeforeValidator(_instant)]
"""A moment with its offset from UTC, as RFC 3339 writes it."""
Day = Annotated[date, BeforeValidator(_day)]
"""A calendar day, as RFC 3339 writes it."""
