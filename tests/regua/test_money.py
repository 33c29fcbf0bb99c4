"""Money enters as decimal text, lives as whole cents, and is refused rather than rounded."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regua.errors import DataError
from regua.money import LARGEST_CENTS, cents, in_words


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("20.00", 2000),
        ("0", 0),
        ("-0.01", -1),
        ("1e3", 100_000),
        (" 7.5 ", 750),
        (3, 300),
        (Decimal("1.10"), 110),
        ("0.010", 1),
    ],
)
def test_an_amount_becomes_whole_cents(amount, expected):
    found = cents(amount)
    assert found == expected
    assert type(found) is int


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        ("", "not an amount"),
        ("1,50", "not an amount"),
        ("1.234,56", "not an amount"),
        ("R$ 5", "not an amount"),
        ("1_000", "not an amount"),
        ("٣", "not an amount"),
        ("NaN", "not an amount"),
        ("sNaN", "not an amount"),
        (None, "not an amount"),
        (True, "not an amount"),
        (0.1, "not an amount"),
        ("Infinity", "too large"),
        ("1e400", "too large"),
        ("1e999999999", "too large"),
        ("90071992547409.92", "too large"),
        ("0.005", "more than two decimals"),
        ("1e-400", "more than two decimals"),
        ("1." + "0" * 40 + "1", "more than two decimals"),
    ],
)
def test_what_is_not_exact_money_is_refused(amount, message):
    with pytest.raises(DataError, match=message):
        cents(amount)


@given(st.integers(-LARGEST_CENTS, LARGEST_CENTS))
def test_cents_survive_being_written_and_read(amount_cents):
    assert cents(str(Decimal(amount_cents).scaleb(-2))) == amount_cents


@pytest.mark.parametrize(
    ("amount_cents", "portuguese", "english"),
    [
        (0, "R$ 0,00", "R$ 0.00"),
        (5, "R$ 0,05", "R$ 0.05"),
        (-123_456_789, "-R$ 1.234.567,89", "-R$ 1,234,567.89"),
    ],
)
def test_money_is_shown_as_people_write_it(amount_cents, portuguese, english):
    assert in_words(amount_cents) == portuguese
    assert in_words(amount_cents, "en") == english
