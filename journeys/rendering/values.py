"""Values as people read them. Each is checked by its kind and put in as plain data: nothing in it is interpreted."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any
from urllib.parse import urlsplit

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent

from journeys.book.wording import Kind, Placeholder
from journeys.rendering import codes

LONGEST_LINK = 200
_DAY = {"pt-BR": "dd/MM/yyyy", "en": "d MMM yyyy"}


def write(value: Any, placeholder: Placeholder, language: str, currency: str = "BRL") -> str:
    """Write one value in a language.

    Parameters
    ----------
    value
        Whole cents, a date or its ISO text, a whole number, a share of one, text (or text by language), an https link,
        a Pix code, a linha digitável, a telephone number, or ``(3, 6)`` for the third of six.
    placeholder
        What it is for.
    language
        ``pt-BR`` or ``en``.
    currency
        ISO 4217, for money.

    Raises
    ------
    ValueError
        What belongs there instead, in words.

    Examples
    --------
    >>> from journeys.language.strict import Words
    >>> money = Placeholder(kind="money", title=Words(pt_br="valor", en="amount"), sample=1)
    >>> write(123456, money, "pt-BR"), write(123456, money, "en")
    ('R$ 1.234,56', 'R$1,234.56')
    """
    if isinstance(value, Mapping):
        value = value.get(language)
    if value is None:
        raise ValueError(f"a value of kind {placeholder.kind}")
    longest = placeholder.longest if isinstance(placeholder.longest, str) else placeholder.sample
    limit = len(longest) if isinstance(longest, str) else 0
    value = tuple(value) if isinstance(value, list) else value
    try:
        hash(value)
    except TypeError:
        raise ValueError(f"a value of kind {placeholder.kind}") from None
    return _written(placeholder.kind, value, limit, language, currency)


@lru_cache(maxsize=4_096, typed=True)
def _written(kind: Kind, value: Any, limit: int, language: str, currency: str) -> str:
    """Write a value, once: a batch says the same dates and amounts again and again."""
    written = _WRITERS[kind](value, limit, _Tongue(language, currency))
    return written.replace("\u00a0", " ").replace("\u202f", " ")


@dataclass(frozen=True, slots=True)
class _Tongue:
    language: str
    currency: str

    @property
    def locale(self) -> Locale:
        return _locale(self.language)


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language, sep="-")


def _money(value: Any, tongue: _Tongue) -> str:
    amount = Decimal(_whole(value, "whole cents, 0 or more")) / 100
    return format_currency(amount, tongue.currency, locale=tongue.locale)


def _typed(value: Any, kind: type, expected: str) -> Any:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
        raise ValueError(expected)
    return value


def _whole(value: Any, expected: str) -> int:
    whole: int = _typed(value, int, expected)
    if whole < 0:
        raise ValueError(expected)
    return whole


def _day(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(_typed(value, str, "a date"))
    except ValueError:
        raise ValueError("a date such as 2026-03-10") from None


def _share(value: Any) -> Decimal:
    try:
        share = Decimal(str(value))
    except ArithmeticError:
        raise ValueError("a share of one such as 0.20") from None
    if not 0 <= share <= 1:
        raise ValueError("a share of one such as 0.20")
    return share


def _position(value: Any, language: str) -> str:
    expected = "two whole numbers, such as 3 of 6"
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError(expected)
    number, count = (_whole(one, expected) for one in value)
    if not 1 <= number <= count:
        raise ValueError(expected)
    return f"{number} {'of' if language == 'en' else 'de'} {count}"


def _text(value: Any, limit: int) -> str:
    """Keep what can be read: one line, no control signs, none that turn the direction of writing."""
    text = re.sub(r"\s+", " ", _typed(value, str, "text"))
    clean = "".join(letter for letter in text if unicodedata.category(letter) not in ("Cc", "Cf", "Co", "Cs", "Cn"))
    clean = unicodedata.normalize("NFC", clean).strip()
    if not clean:
        raise ValueError("text that can be read")
    if len(clean) > limit:
        raise ValueError(f"at most {limit} characters")
    return clean


def _link(value: Any) -> str:
    expected = f"an https link of at most {LONGEST_LINK} plain letters, without spaces, user or password"
    text: str = _typed(value, str, expected)
    try:
        parts = urlsplit(text)
        is_plain = text.isascii() and not re.search(r"[\s\"'<>\\^`{|}\x00-\x1f\x7f]", text)
        known = parts.scheme == "https" and parts.hostname and parts.username is None and parts.password is None
    except ValueError:
        raise ValueError(expected) from None
    if not is_plain or not known or len(text) > LONGEST_LINK:
        raise ValueError(expected)
    return text


def _phone(value: Any) -> str:
    text: str = _typed(value, str, "a telephone number")
    if not re.fullmatch(r"\+?[0-9][0-9 ()-]{2,24}", text, re.ASCII):
        raise ValueError("a telephone number")
    return text


_WRITERS: Mapping[Kind, Callable[[Any, int, _Tongue], str]] = {
    "money": lambda value, _, tongue: _money(value, tongue),
    "count": lambda value, _, tongue: format_decimal(_whole(value, "a whole number, 0 or more"), locale=tongue.locale),
    "date": lambda value, _, tongue: format_date(_day(value), _DAY[tongue.language], locale=tongue.locale),
    "share": lambda value, _, tongue: format_percent(_share(value), format="#,##0.##%", locale=tongue.locale),
    "position": lambda value, _, tongue: _position(value, tongue.language),
    "text": lambda value, limit, _: _text(value, limit),
    "link": lambda value, *_: _link(value),
    "pix": lambda value, *_: codes.pix(_typed(value, str, "a Pix code")),
    "barcode": lambda value, *_: codes.barcode(_typed(value, str, "a linha digitável")),
    "phone": lambda value, *_: _phone(value),
}
