"""Whether a text says who somebody is: a CPF, a CNPJ, a card, an e-mail or a phone. Regua needs none of them.

A number counts only with its check digits (CPF, CNPJ by modulo 11, cards by Luhn with the first digits of an issuer), a
phone only as it is written for people: with ``+`` or with the area code in brackets.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

_ALONE, _END = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
_SHORTEST = 11
_SIGNS = frozenset("@+(")
_SUSPICIOUS = re.compile(r"@|\d{11}|\+\s?\d|\(\d\d\)|\d[ ./-]\d|[0-9A-Z]{12}\d\d")
"""Most texts are over with this; what it finds is looked at properly."""
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w+])\+\s?\d[\d .()-]{6,18}\d(?!\w)|\(\d\d\)\s?9?\s?\d{4}[ -]?\d{4}(?!\d)")
_CPF = re.compile(_ALONE + r"\d{3}[. ]?\d{3}[. ]?\d{3}[-/ ]?\d{2}" + _END)
# From July 2026 a CNPJ may hold letters; its check digits are of the characters' codes less 48.
_CNPJ = re.compile(_ALONE + r"[0-9A-Z]{2}\.?[0-9A-Z]{3}\.?[0-9A-Z]{3}/?[0-9A-Z]{4}-?\d{2}" + _END)
_CARD = re.compile(_ALONE + r"(?:2[2-7]|3[04-9]|[456]\d)\d{2}(?:[ -]?\d){8,15}" + _END)
_CNPJ_WEIGHTS = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)


def personal(text: str) -> str | None:
    """Say what a text seems to hold: ``cpf``, ``cnpj``, ``card``, ``email`` or ``phone``; None for none of them.

    Examples
    --------
    >>> [personal(one) for one in ("c0000001", "529.982.247-25", "crm:52998224725", "ana@example.com")]
    [None, 'cpf', 'cpf', 'email']
    >>> [personal(one) for one in ("11.222.333/0001-81", "4111 1111 1111 1111", "+55 11 91234-5678")]
    ['cnpj', 'card', 'phone']
    >>> personal("52998224724") is None  # its check digits are others
    True
    """
    return next((kind for kind, _ in _found(text)), None)


def personal_in(value: Any, name: str = "") -> tuple[str, str] | None:
    """Look through a JSON value; return where and what the first thing is that says who somebody is."""
    if isinstance(value, dict):
        for key, one in value.items():
            if found := personal_in(str(key), name) or personal_in(one, f"{name}.{key}"):
                return found
    elif isinstance(value, list):
        for at, one in enumerate(value):
            if found := personal_in(one, f"{name}.{at}"):
                return found
    elif isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        kind = personal(str(value))
        return (name, kind) if kind else None
    return None


def masked(text: str) -> str:
    """Put the kind in the place of everything that says who somebody is.

    Examples
    --------
    >>> masked('{"customer_id": "52998224725", "note": "call ana@example.com"}')
    '{"customer_id": "<cpf>", "note": "call <email>"}'
    """
    plain = unicodedata.normalize("NFKC", text)
    for kind, words in dict.fromkeys((kind, words) for kind, words in _found(plain)):
        plain = plain.replace(words, f"<{kind}>")
    return plain if plain != unicodedata.normalize("NFKC", text) else text


def _found(text: str) -> Iterator[tuple[str, str]]:
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    if (len(plain) < _SHORTEST and _SIGNS.isdisjoint(plain)) or not _SUSPICIOUS.search(plain):
        return
    for kind, pattern, holds in _KINDS:
        for match in pattern.finditer(plain):
            if holds(match.group()):
                yield kind, match.group()


def _always(words: str) -> bool:
    return bool(words)


def _is_cpf(words: str) -> bool:
    digits = [int(one) for one in words if one.isdigit()]
    return len(set(digits)) > 1 and all(
        sum(digit * (count + 1 - at) for at, digit in enumerate(digits[:count])) * 10 % 11 % 10 == digits[count]
        for count in (9, 10)
    )


def _is_cnpj(words: str) -> bool:
    values = [ord(one) - 48 for one in words if one.isalnum()]
    return len(set(values)) > 1 and all(
        _check(values[:count], _CNPJ_WEIGHTS[13 - count :]) == values[count] for count in (12, 13)
    )


def _check(values: list[int], weights: tuple[int, ...]) -> int:
    rest = sum(value * weight for value, weight in zip(values, weights, strict=True)) % 11
    return 0 if rest < 2 else 11 - rest


def _is_card(words: str) -> bool:
    digits = [int(one) for one in words if one.isdigit()]
    doubled = [digit if at % 2 else sum(divmod(2 * digit, 10)) for at, digit in enumerate(reversed(digits), 1)]
    return 13 <= len(digits) <= 19 and len(set(digits)) > 1 and sum(doubled) % 10 == 0


def _is_phone(words: str) -> bool:
    return 8 <= sum(one.isdigit() for one in words) <= 15


_KINDS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("email", _EMAIL, _always),
    ("cpf", _CPF, _is_cpf),
    ("cnpj", _CNPJ, _is_cnpj),
    ("card", _CARD, _is_card),
    ("phone", _PHONE, _is_phone),
)
