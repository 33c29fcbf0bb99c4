"""The creditors a house collects for, as every document of collection must name them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field

from journeys.language.reading import Document, understand, unknown
from journeys.language.strict import Name, Strict
from regua.errors import Place

_CPF, _CNPJ = re.compile(r"\d{11}"), re.compile(r"[0-9A-Z]{12}\d{2}")


def _document(text: str) -> str:
    bare = re.sub(r"[.\-/ ]", "", text)
    if _CPF.fullmatch(bare):
        fits = _check_digits(bare[:9], longest=11) == bare[9:]
        written = f"{bare[:3]}.{bare[3:6]}.{bare[6:9]}-{bare[9:]}"
    elif _CNPJ.fullmatch(bare):
        fits = _check_digits(bare[:12], longest=9) == bare[12:]
        written = f"{bare[:2]}.{bare[2:5]}.{bare[5:8]}/{bare[8:12]}-{bare[12:]}"
    else:
        raise ValueError("a CPF of 11 digits or a CNPJ of 14 letters and digits")
    if not fits:
        raise ValueError("a CPF or CNPJ whose check digits fit")
    return written


def _check_digits(body: str, longest: int) -> str:
    """Make the two check digits; letters of the CNPJ count from 17 (A), since July 2026 (IN RFB 2.229/2024)."""
    found = ""
    for _ in range(2):
        values = [ord(letter) - 48 for letter in body + found]
        span = longest - 1 if longest == 9 else len(values)
        total = sum(value * (2 + place % span) for place, value in enumerate(reversed(values)))
        rest = total % 11
        found += str(0 if rest < 2 else 11 - rest)
    return found


def _one_line(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("one line of text")
    return text


Line = Annotated[str, Field(min_length=2, max_length=160), AfterValidator(_one_line)]


class Creditor(Strict):
    """One creditor: name, CPF or CNPJ, address (CDC art. 42-A) and where customers reach it."""

    name: Line
    short_name: Annotated[Line, Field(max_length=30)]
    document: Annotated[str, AfterValidator(_document)]
    address: Line
    phone: Annotated[str, Field(pattern=r"^\+?[0-9][0-9 ()-]{6,24}$")]

    @property
    def document_kind(self) -> str:
        """``CPF`` of a person or ``CNPJ`` of a company."""
        return "CPF" if len(self.document) == len("000.000.000-00") else "CNPJ"


class CreditorFile(Strict):
    """The creditors a house collects for."""

    creditors: dict[Name, Creditor] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Creditors:
    """Creditors by name; the first one speaks where no other is named."""

    known: Mapping[str, Creditor]

    def of(self, name: str | None = None) -> Creditor:
        """Return a creditor.

        Raises
        ------
        BookError
            No such creditor; with the nearest that exists.
        """
        if name is None:
            return next(iter(self.known.values()))
        if name not in self.known:
            raise unknown("creditor", name, self.known, Place("creditor.yaml"))
        return self.known[name]


def compile_creditors(document: Document) -> Creditors:
    """Read who the bills are from, as the law wants them named.

    Raises
    ------
    BookError
        A part is missing, or a CPF or CNPJ has a typing error.
    """
    return Creditors(understand(document, CreditorFile).creditors)
