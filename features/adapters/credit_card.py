"""Six months of a credit card become an account's profile: what it tells, and what it does not, held plainly.

* Month 1 is September 2005 and month 6 is April; the outcome is October. ``status_1`` is the file's ``PAY_0``.
* A status of 1 and more is so many months past due. Days past due stand in the middle of the month the status names:
  1 becomes 15 days, 2 becomes 45. A status of 0 is a card that revolves (the minimum was paid), -1 one paid in full,
  -2 one not used; none of them is past due. The file has no days, so days are only a measure of depth here.
* The statuses of the five earlier months hardly ever take the value 1, by some habit of whoever wrote them. Whoever
  predicts a cure from August to September learns that habit. ``Sheet.notes`` counts it; nothing is learned from it.
* What was paid in a month pays the bill of the month before. What is overdue is not in the file: a debtor s months late
  is taken to owe what his bill of s months ago leaves open.
* A window named twelve months holds the six there are. Contacts, promises and products are absent and stay NULL.
* Sex, education, marriage and age stand apart in :func:`protected`, for the fairness report; no profile holds them.
"""

from datetime import UTC, datetime
from pathlib import Path

import dataframely as dy
import numpy as np
import polars as pl

from features.adapters.sheet import Sheet, read_sheet
from features.tables import Table
from features.tables import columns as c
from features.tables.people import Happening
from regua.columns import Array, Numbers
from regua.vocabulary import Product

MAPPING = Path(__file__).with_suffix(".yaml")
SOURCE = "Default of credit card clients (Yeh & Lien 2009, UCI Machine Learning Repository)"
AS_OF = datetime(2006, 1, 1, tzinfo=UTC)
MONTHS = 6
DAYS_A_MONTH = 30
DOCUMENTED_EDUCATION, DOCUMENTED_MARRIAGE = (1, 2, 3, 4), (1, 2, 3)
_AGE_EDGES, _AGE_WORDS = (30, 40, 50), np.array(["under 30", "30 to 39", "40 to 49", "50 and over"], object)


def _bill() -> dy.Float64:
    return c.number(-1e7, 1e8)


def _status() -> dy.Int32:
    return c.whole(-2, 9)


class Accounts(Happening):
    """One row a card account; a bill may be negative, a credit of the customer."""

    account_id = c.pseudonym()
    credit_limit_cents = c.cents(least=1)
    sex = c.whole(1, 2)
    education = c.whole(0, 6)
    marriage = c.whole(0, 3)
    age = c.whole(18, 120)
    status_1 = _status()
    status_2 = _status()
    status_3 = _status()
    status_4 = _status()
    status_5 = _status()
    status_6 = _status()
    bill_1 = _bill()
    bill_2 = _bill()
    bill_3 = _bill()
    bill_4 = _bill()
    bill_5 = _bill()
    bill_6 = _bill()
    paid_1_cents = c.cents()
    paid_2_cents = c.cents()
    paid_3_cents = c.cents()
    paid_4_cents = c.cents()
    paid_5_cents = c.cents()
    paid_6_cents = c.cents()
    is_default = c.flag()


ACCOUNTS = Table("credit_card_accounts", ("account_id",), Accounts, ("account_id",))


def read_credit_card(file: Path) -> Sheet:
    """Read the credit-card file; undocumented codes are kept, and counted in the notes.

    Raises
    ------
    DataError
        There is no such file, or it cannot be read.
    """
    sheet = read_sheet(file, ACCOUNTS, MAPPING, source=SOURCE, as_of=AS_OF)
    frame = sheet.frame
    education = frame.filter(~pl.col("education").is_in(DOCUMENTED_EDUCATION)).height
    marriage = frame.filter(~pl.col("marriage").is_in(DOCUMENTED_MARRIAGE)).height
    ones = [frame.filter(pl.col(f"status_{month}") == 1).height for month in range(1, MONTHS + 1)]
    notes = (
        f"{education} accounts have an undocumented education code and {marriage} an undocumented marriage code",
        f"{ones[0]} accounts are one month late in September and only {sum(ones[1:])} in all five months before: "
        "a habit of coding, from which no cure between two of those months may be learned",
    )
    return Sheet(sheet.name, sheet.source, sheet.file, sheet.sha256, frame, sheet.refused, notes)


def profile(sheet: Sheet, month: int = 1) -> dict[str, Array]:
    """Say in catalogue names what was known of each account at the end of a month.

    Parameters
    ----------
    month
        1 is September 2005, 5 is May; later months are not looked at.
    """
    status, bill, paid = (_months(sheet, part, month) for part in ("status_{}", "bill_{}", "paid_{}_cents"))
    bill = bill * 100
    limit = sheet.numbers("credit_limit_cents")
    open_cents = np.maximum(bill[0], 0)
    return {
        "product": np.full(len(limit), str(Product.CARD), object),
        **_standing(status, bill, open_cents),
        "credit_limit_cents": limit,
        "limit_use": open_cents / limit,
        **_paying(status, bill, paid),
    }


def _months(sheet: Sheet, name: str, month: int) -> Numbers:
    """Stack a figure's months, ``(months known, n)``, the latest first."""
    return np.stack([sheet.numbers(name.format(number)) for number in range(month, MONTHS + 1)])


def _standing(status: Numbers, bill: Numbers, open_cents: Numbers) -> dict[str, Array]:
    months = len(status)
    late = np.maximum(status[0], 0)
    owed_since = np.clip(late, 0, months - 1).astype(int)
    since = np.maximum(np.take_along_axis(bill, owed_since[None, :], axis=0)[0], 0)
    overdue = np.where(late >= 1, np.minimum(since, open_cents), 0.0)
    days = _days(status)
    was_late = status >= 1
    half = np.nanmean(bill[:3], axis=0), np.nanmean(bill[3:], axis=0) if months > 3 else np.full(len(late), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        trend = np.where(half[1] > 0, half[0] / half[1] - 1, np.nan)
        share = np.where(open_cents > 0, overdue / open_cents, np.nan)
    return {
        "days_past_due": days[0],
        "cycles_past_due": late,
        "invoices_overdue": late,
        "share_overdue": share,
        "balance_overdue_cents": overdue,
        "balance_open_cents": open_cents,
        "invoice_amount_last_cents": bill[0],
        "invoice_amount_mean_6m_cents": np.mean(bill, axis=0),
        "invoice_amount_trend_6m": trend,
        "max_days_past_due_3m": np.max(days[:3], axis=0),
        "max_days_past_due_6m": np.max(days, axis=0),
        "invoices_late_30d_12m": np.sum(status >= 2, axis=0).astype(np.float64),
        "months_since_last_arrears": np.where(was_late.any(axis=0), np.argmax(was_late, axis=0), np.nan),
        "cures_12m": np.sum(was_late[1:] & ~was_late[:-1], axis=0).astype(np.float64),
    }


def _paying(status: Numbers, bill: Numbers, paid: Numbers) -> dict[str, Array]:
    due = np.maximum(bill[1:], 0)
    owed = np.sum(due, axis=0)
    some = paid > 0
    last = np.argmax(some, axis=0)
    ever = some.any(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(owed > 0, np.minimum(np.sum(paid[:-1], axis=0) / owed, 10.0), np.nan)
    return {
        "payments_30d": some[0].astype(np.float64),
        "payments_90d": np.sum(some[:3], axis=0).astype(np.float64),
        "payments_365d": np.sum(some, axis=0).astype(np.float64),
        "paid_30d_cents": paid[0],
        "paid_90d_cents": np.sum(paid[:3], axis=0),
        "days_since_last_payment": np.where(ever, last * float(DAYS_A_MONTH), np.nan),
        "last_payment_cents": np.where(ever, np.take_along_axis(paid, last[None, :], axis=0)[0], np.nan),
        "pay_to_due_ratio_6m": ratio,
        "on_time_share_12m": np.mean(status <= 0, axis=0),
        "partial_payments_12m": np.sum(some[:-1] & (paid[:-1] < due), axis=0).astype(np.float64),
    }


def _days(status: Numbers) -> Numbers:
    return np.asarray(np.where(status >= 1, DAYS_A_MONTH * status - DAYS_A_MONTH / 2, 0.0), np.float64)


def protected(sheet: Sheet) -> dict[str, Array]:
    """Return the attributes that never predict, as words, for the fairness report alone."""
    sex = np.where(sheet.numbers("sex") == 1, "man", "woman").astype(object)
    schooling = {1.0: "graduate school", 2.0: "university", 3.0: "high school"}
    married = {1.0: "married", 2.0: "single"}
    return {
        "sex": sex,
        "age": _AGE_WORDS[np.searchsorted(_AGE_EDGES, sheet.numbers("age"), side="right")],
        "education": _named(sheet.numbers("education"), schooling),
        "marriage": _named(sheet.numbers("marriage"), married),
    }


def _named(codes: Numbers, words: dict[float, str]) -> Array:
    return np.array([words.get(code, "other or undocumented") for code in codes.tolist()], object)


def outcome(sheet: Sheet) -> Numbers:
    """Return ``(n,)`` whether the account was in default in October 2005."""
    return sheet.numbers("is_default")


def roll_matrix(sheet: Sheet, month: int) -> Numbers:
    """Count moves between months past due (0, 1, 2, 3 and more), ``(4, 4)``, from ``month + 1`` into ``month``."""
    before, after = (
        np.clip(np.maximum(sheet.numbers(f"status_{number}"), 0), 0, 3).astype(int) for number in (month + 1, month)
    )
    counts = np.zeros((4, 4))
    np.add.at(counts, (before, after), 1.0)
    return counts
