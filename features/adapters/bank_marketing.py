"""Calls of a bank's campaigns become treatments by telephone: what was known before each call, and whether it worked.

* The rows stand in the order of the calls and name months without years; years follow from the order, and a day within
  a month from the place of the row in it. Days are good for cutting time, and for nothing else.
* ``duration`` is known when the call is over, and so gives the answer away. It is read, and kept out of the profile.
* ``calls`` counts the present one; what was known before it is one less. 999 days since the last campaign is none.
* Of the economy three facts are the catalogue's in kind: the 3-month Euribor stands where a policy rate stands, and the
  fall of employment where the change of unemployment stands.
* A mobile number can be texted, a landline cannot: that is what ``contact`` says of reachability.
* Age, marital status and schooling stand apart in :func:`protected`. Nobody is a customer twice: there is no number.
"""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from features.adapters.sheet import Sheet, read_sheet
from features.tables import Table
from features.tables import columns as c
from features.tables.people import Happening
from regua.columns import Array, Numbers

MAPPING = Path(__file__).with_suffix(".yaml")
SOURCE = "Bank Marketing (Moro, Cortez & Rita 2014, UCI Machine Learning Repository)"
AS_OF = datetime(2011, 1, 1, tzinfo=UTC)
NEVER_DAYS = 999
FIRST_YEAR = 2008
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("mon", "tue", "wed", "thu", "fri")
JOBS = (
    *("admin.", "blue-collar", "entrepreneur", "housemaid", "management", "retired", "self-employed", "services"),
    *("student", "technician", "unemployed"),
)
SCHOOLS = (
    *("basic.4y", "basic.6y", "basic.9y", "high.school", "illiterate", "professional.course", "university.degree"),
)


class Calls(Happening):
    """One row the last call of a campaign to somebody."""

    age = c.whole(16, 120)
    job = c.word(JOBS, nullable=True)
    marital = c.word(("divorced", "married", "single"), nullable=True)
    education = c.word(SCHOOLS, nullable=True)
    has_defaulted = c.flag(nullable=True)
    has_mortgage = c.flag(nullable=True)
    has_loan = c.flag(nullable=True)
    contact = c.word(("cellular", "telephone"))
    month = c.word(MONTHS)
    day = c.word(DAYS)
    duration_seconds = c.whole(0, 100_000)
    calls = c.whole(1, 1_000)
    days_since_campaign = c.whole(0, NEVER_DAYS)
    calls_before = c.whole(0, 1_000)
    last_result = c.word(("failure", "success"), nullable=True)
    employment_change = c.number(-20, 20)
    consumer_prices = c.number(50, 200)
    consumer_confidence = c.number(-100, 100)
    euribor = c.number(-5, 25)
    employed_thousands = c.number(1_000, 10_000)
    said_yes = c.flag()


CALLS = Table("bank_marketing_calls", (), Calls, ())


def read_bank_marketing(file: Path) -> Sheet:
    """Read the calls from the archive.

    Raises
    ------
    DataError
        There is no such file, or it cannot be read.
    """
    return read_sheet(file, CALLS, MAPPING, source=SOURCE, as_of=AS_OF)


def moments(sheet: Sheet) -> Array:
    """Return ``(n,)`` when each call was made, as far as the order tells: never before the row above it."""
    number = np.array([MONTHS.index(word) for word in sheet.frame["month"].to_list()])
    starts = np.flatnonzero(np.diff(number, prepend=-1) != 0)
    years = FIRST_YEAR + np.cumsum(np.diff(number[starts], prepend=number[0]) < 0)
    sizes = np.diff(starts, append=len(number))
    run = np.repeat(np.arange(len(starts)), sizes)
    within = (np.arange(len(number)) - starts[run]) / sizes[run]
    first = np.array(
        [f"{year}-{month + 1:02d}-01" for year, month in zip(years, number[starts], strict=True)], "M8[us]"
    )
    return np.asarray(first[run] + (within * 28 * 86_400).astype("timedelta64[s]"))


def profile(sheet: Sheet) -> dict[str, Array]:
    """Say in catalogue names what was known before each call."""
    calls, mortgage, loan = (sheet.numbers(name) for name in ("calls", "has_mortgage", "has_loan"))
    since = sheet.numbers("days_since_campaign")
    result = sheet.words("last_result")
    won = np.array([np.nan if word is None else float(word == "success") for word in result])
    day = np.array([DAYS.index(word) + 1.0 for word in sheet.frame["day"].to_list()])
    late_in_year = np.isin(sheet.words("month").astype(str), ("nov", "dec"))
    return {
        "income_band": sheet.words("job"),
        "contracts_in_arrears": sheet.numbers("has_defaulted"),
        "is_secured": mortgage,
        "products_open": 1 + mortgage + loan,
        "has_point_sms": (sheet.words("contact").astype(str) == "cellular").astype(np.float64),
        "attempts_30d": calls - 1,
        "attempts_90d": sheet.numbers("calls_before"),
        "days_since_last_contact": np.where(since >= NEVER_DAYS, np.nan, since),
        "replies_90d": won,
        "day_of_week": day,
        "is_thirteenth_salary_month": late_in_year.astype(np.float64),
        "unemployment_change_6m": -sheet.numbers("employment_change"),
        "selic_rate": sheet.numbers("euribor"),
    }


def outcome(sheet: Sheet) -> Numbers:
    """Return ``(n,)`` whether the call brought a yes."""
    return sheet.numbers("said_yes")


def protected(sheet: Sheet) -> dict[str, Array]:
    """Return the attributes that never predict, as words, for the fairness report alone."""
    age = np.array(["under 30", "30 to 59", "60 and over"], object)
    return {
        "age": age[np.searchsorted((30, 60), sheet.numbers("age"), side="right")],
        "marital": sheet.words("marital"),
        "education": sheet.words("education"),
    }
