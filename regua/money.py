"""Money is whole cents; decimal text becomes cents once, at the border, or it is refused."""

from decimal import Decimal, InvalidOperation
from typing import NewType

from regua.errors import DataError

Cents = NewType("Cents", int)

LARGEST_CENTS = 2**53 - 1
"""Above this a float64 column could no longer hold every cent exactly."""

_CENT = Decimal("0.01")
_LARGEST = Decimal(LARGEST_CENTS) * _CENT


def cents(amount: str | int | Decimal) -> Cents:
    """Read an amount of currency as whole cents.

    Parameters
    ----------
    amount
        Decimal text with a point (``"1234.5"``), a whole number of currency units or a Decimal.

    Raises
    ------
    DataError
        Not a number, more than two decimals, or too large to be exact.

    Examples
    --------
    >>> cents("20.00"), cents(3), cents("-0.5")
    (2000, 300, -50)
    >>> cents("0.005")
    Traceback (most recent call last):
    ...
    regua.errors.DataError: '0.005' has more than two decimals
      expected: an amount such as 1234.56
    """
    expected = "an amount such as 1234.56"
    # Decimal also reads underscores and the digits of other scripts, and takes a float for what it happens to hold.
    if isinstance(amount, bool | float) or (isinstance(amount, str) and (not amount.isascii() or "_" in amount)):
        raise DataError(f"{amount!r} is not an amount of money", expected=expected)
    try:
        value = Decimal(amount)
    except (InvalidOperation, TypeError, ValueError) as problem:
        raise DataError(f"{amount!r} is not an amount of money", expected=expected) from problem
    if value.is_nan():
        raise DataError(f"{amount!r} is not an amount of money", expected=expected)
    if value.copy_abs() > _LARGEST:
        raise DataError(f"{amount!r} is too large to hold exactly in cents", expected=expected)
    # Compared, not multiplied: a product is rounded to 28 digits and would hide a thirtieth decimal.
    rounded = value.quantize(_CENT)
    if value != rounded:
        raise DataError(f"{amount!r} has more than two decimals", expected=expected)
    return Cents(int(rounded * 100))


def in_words(amount_cents: int, language: str = "pt-BR") -> str:
    """Show cents as people write reais.

    Examples
    --------
    >>> in_words(123456), in_words(-5, "en")
    ('R$ 1.234,56', '-R$ 0.05')
    """
    sign = "-" if amount_cents < 0 else ""
    units, rest = divmod(abs(int(amount_cents)), 100)
    english = f"{units:,}.{rest:02d}"
    if language == "en":
        return f"{sign}R$ {english}"
    return f"{sign}R$ " + english.translate(str.maketrans(",.", ".,"))
