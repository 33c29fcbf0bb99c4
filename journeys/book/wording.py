"""The wording every message shares: what may be filled in, how ways to pay and the creditor are written."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, model_validator

from journeys.book.channels import PayWay
from journeys.language.reading import Document, understand, unknown
from journeys.language.strict import Name, Strict, Words
from regua.errors import BookError, Place

Kind = Literal["money", "date", "count", "share", "text", "link", "pix", "barcode", "phone", "position"]

LINKS = frozenset({"link"})


class Placeholder(Strict):
    """One thing a message may fill in: its kind says how it is written, ``longest`` how long it can get."""

    kind: Kind
    title: Words
    sample: str | int | list[int]
    longest: str | int | list[int] | None = None

    @model_validator(mode="before")
    @classmethod
    def numbers_are_numbers(cls, written: Any) -> Any:
        """Read the numbers of money, counts and positions, which stand as text in the file."""
        if not isinstance(written, dict) or written.get("kind") not in ("money", "count", "position"):
            return written
        return {key: _number(value) if key in ("sample", "longest") else value for key, value in written.items()}


def _number(value: Any) -> Any:
    if isinstance(value, list):
        return [_number(one) for one in value]
    if isinstance(value, int):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,15}", value):
        raise ValueError("a whole number; money in cents")
    return int(value)


class Payment(Strict):
    """How a way to pay is written: as a line of text, and as the words on a button."""

    text: Words
    button: Words


class Identity(Strict):
    """How the creditor is named: in full, in one line, or by name alone."""

    full: Words
    line: Words
    name: Words


class Letter(Strict):
    """The parts of a printed page."""

    head: Words
    close: Words


class WordingFile(Strict):
    """The shared wording of all messages."""

    placeholders: dict[Name, Placeholder]
    payment: dict[PayWay, Payment]
    creditor: Identity
    opening: Words = Field(description="What a voice says before anything about a debt: it asks who is listening.")
    letter: Letter


@dataclass(frozen=True, slots=True)
class Wording:
    """The shared wording, and what each placeholder is."""

    written: WordingFile
    document: Document

    @property
    def placeholders(self) -> Mapping[str, Placeholder]:
        """What a message may fill in, by name."""
        return self.written.placeholders


def compile_wording(document: Document) -> Wording:
    """Compile the shared wording.

    Raises
    ------
    BookError
        A way to pay without words, or a placeholder nobody knows.
    """
    written = understand(document, WordingFile)
    lacking = [way for way in ("pix", "barcode", "link") if way not in written.payment]
    if lacking:
        place = document.place("payment")
        raise BookError(f"no words for {', '.join(lacking)}", expected="words for every way to pay", place=place)
    return Wording(written, document)


def placeholders_of(text: str, known: Mapping[str, Placeholder], place: Place) -> tuple[str, ...]:
    """List what a text fills in, each once, in order.

    Raises
    ------
    BookError
        A brace that opens no placeholder, or a placeholder nobody knows.
    """
    names = re.findall(r"\{([a-z_]+)\}", text)
    if text.count("{") != len(names) or text.count("}") != len(names):
        raise BookError("a brace without a placeholder", expected="{amount} and the like", place=place)
    for name in names:
        if name not in known:
            raise unknown("placeholder", name, sorted(known), place)
    return tuple(dict.fromkeys(names))
