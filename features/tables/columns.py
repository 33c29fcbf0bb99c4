"""The kinds of column a canonical table may have: each fixes type, range and what counts as a wrong value."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import dataframely as dy
import polars as pl

from regua.money import LARGEST_CENTS

IDENTIFIER = r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$"
"""What an identifier looks like: short, plain, and saying nothing about the person."""

PERSONAL = (
    r"^(\d{11}|\d{14}|55\d{10,11}"  # CPF, CNPJ and telephone as bare digits
    r"|\d{3}\.\d{3}\.\d{3}-\d{2}"  # CPF as printed
    r"|\d{2}\.\d{3}\.\d{3}[.-]\d{4}-\d{2}"  # CNPJ as printed, its slash already replaced
    r"|\d{2}[-.]?9?\d{4}[-.]\d{4})$"  # telephone as printed
)
"""Shapes of a CPF, a CNPJ or a telephone number. A bare ten-digit number stays allowed: most customer numbers are."""

LARGEST_AMOUNT_CENTS = 10**12
"""Ten billion in currency: no invoice of a retail book is larger, so a larger one is a wrong unit or a broken row."""

FIRST_INSTANT, LAST_INSTANT = datetime(1900, 1, 1), datetime(2200, 1, 1)  # noqa: DTZ001 - stored without zone, in UTC


def identifier(*, nullable: bool = False, max_length: int = 64) -> dy.String:
    """Name a thing of the book (an invoice, a template): short and without spaces."""
    return dy.String(
        nullable=nullable,
        metadata={"kind": "text"},
        check={"not_an_identifier": lambda c: (c.str.len_bytes() > 0) & (c.str.len_bytes() <= max_length)},
    )


def pseudonym() -> dy.String:
    """Name a customer without saying who it is: CPF, CNPJ, telephone and e-mail are refused."""
    return dy.String(
        metadata={"kind": "text"},
        check={
            "looks_personal": lambda c: ~(c.str.contains(PERSONAL) | c.str.contains("@", literal=True)),
            "not_a_pseudonym": lambda c: c.str.contains(IDENTIFIER),
        },
    )


def word(words: type[StrEnum] | tuple[str, ...], *, nullable: bool = False) -> dy.String:
    """Take one of a closed set of words."""
    allowed = [str(one) for one in words]
    return dy.String(
        nullable=nullable,
        metadata={"kind": "text", "words": tuple(allowed)},
        check={"unknown_word": lambda c: c.is_in(allowed)},
    )


def words(among: tuple[str, ...], *, nullable: bool = False) -> dy.String:
    """Take some of a closed set of words, with a space between two of them."""
    one = "|".join(str(word) for word in among)
    return dy.String(
        nullable=nullable,
        metadata={"kind": "text"},
        check={"unknown_word": lambda c: c.str.contains(f"^({one})( ({one})){{0,99}}$")},
    )


def text(*, nullable: bool = False) -> dy.String:
    """Take free but short text."""
    return dy.String(
        nullable=nullable, metadata={"kind": "text"}, check={"too_long": lambda c: c.str.len_bytes() <= 1_000}
    )


def cents(*, nullable: bool = False, least: int = 0) -> dy.Int64:
    """Take an amount of money in whole cents, never negative."""
    return dy.Int64(
        nullable=nullable,
        metadata={"kind": "cents"},
        check={
            "negative_amount": lambda c: c >= 0,
            "zero_amount": lambda c: (c < 0) | (c >= least),
            "amount_too_large": lambda c: c <= min(LARGEST_AMOUNT_CENTS, LARGEST_CENTS),
        },
    )


def whole(least: int, most: int, *, nullable: bool = False) -> dy.Int32:
    """Take a whole number in a range."""
    return dy.Int32(
        nullable=nullable, metadata={"kind": "whole"}, check={"out_of_range": lambda c: c.is_between(least, most)}
    )


def number(least: float, most: float, *, nullable: bool = False) -> dy.Float64:
    """Take a number in a range; NaN and infinity are no numbers."""
    return dy.Float64(
        nullable=nullable,
        allow_nan=True,
        allow_inf=True,
        metadata={"kind": "number"},
        check={"out_of_range": lambda c: c.is_between(least, most)},
    )


def flag(*, nullable: bool = False) -> dy.Bool:
    """Take true or false."""
    return dy.Bool(nullable=nullable, metadata={"kind": "flag"})


def day(*, nullable: bool = False, check: dict[str, Any] | None = None) -> dy.Date:
    """Take a calendar day of the business zone."""
    in_range = {"impossible_year": lambda c: c.is_between(date(1900, 1, 1), date(2200, 1, 1))}
    return dy.Date(nullable=nullable, metadata={"kind": "day"}, check=in_range | (check or {}))


def month() -> dy.Date:
    """Take a calendar month, written as its first day."""
    return day(check={"not_first_of_month": lambda c: c.dt.day() == 1})


def instant(*, nullable: bool = False) -> dy.Datetime:
    """Take an instant in UTC, to the microsecond, stored without a zone."""
    return dy.Datetime(
        nullable=nullable,
        time_unit="us",
        metadata={"kind": "instant"},
        check={"impossible_year": lambda c: c.is_between(FIRST_INSTANT, LAST_INSTANT)},
    )


def not_before(earlier: str, later: str) -> pl.Expr:
    """Say that one instant must not come before another; NULL on either side says nothing."""
    return pl.col(later) >= pl.col(earlier)
