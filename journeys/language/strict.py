"""The plain parts every file is made of: names, sentences in both languages, and no key nobody knows."""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

NAME = r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$"

Name = Annotated[str, Field(pattern=NAME, max_length=60)]
Plain = Annotated[str, WithJsonSchema({"type": ["string", "number", "boolean"]})]
"""A value as it is written: text to us, though an editor reads 0.82 as a number."""
Purpose = Literal["collection", "service", "notice"]
PURPOSES: tuple[Purpose, ...] = ("collection", "service", "notice")
"""Why a message is sent: it asks for money and must be worth it; it answers or informs; the law asks for it, and holds
stop it as they stop collection."""


class Strict(BaseModel):
    """A part of a file in which a key nobody knows is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Words(Strict):
    """A sentence in Portuguese and in English."""

    pt_br: str = Field(alias="pt-BR", min_length=1)
    en: str = Field(min_length=1)

    def say(self, language: str) -> str:
        """Return the sentence in a language."""
        return self.en if language == "en" else self.pt_br

    def both(self) -> dict[str, str]:
        """Return the sentence by language."""
        return {"pt-BR": self.pt_br, "en": self.en}


def _in_both(value: Any) -> Any:
    return {"pt-BR": value, "en": value} if isinstance(value, str) else value


Sentence = Annotated[Words, BeforeValidator(_in_both, json_schema_input_type=str | Words)]
"""Words in both languages, or one plain text that serves for both."""


def duration(value: Any) -> Any:
    """Read a length of time: hours, days or weeks.

    Examples
    --------
    >>> duration("36h"), duration("7d")
    (datetime.timedelta(days=1, seconds=43200), datetime.timedelta(days=7))
    """
    match = re.fullmatch(r"(\d{1,4})(h|d|w)", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("a length of time such as 48h, 7d or 2w")
    return timedelta(hours=int(match[1]) * {"h": 1, "d": 24, "w": 168}[match[2]])


Duration = Annotated[
    timedelta, BeforeValidator(duration), WithJsonSchema({"type": "string", "pattern": r"^\d{1,4}(h|d|w)$"})
]
"""A length of time as it is written in a file."""
AMOUNT_SCHEMA = WithJsonSchema({"type": ["number", "string"], "minimum": 0, "pattern": r"^\d+(\.\d{2})?$"})
"""An amount of money as an editor reads it: 30.00 is a number to it."""
