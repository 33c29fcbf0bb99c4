"""Stage 1: who is this? Bands, amounts and groups, and the region as a number."""

from collections.abc import Mapping

import numpy as np

from journeys.case import Case
from regua.columns import Array, text


def segment(case: Case) -> Mapping[str, Array]:
    """Compute every segment of the book.

    Returns
    -------
    Each band (text, NULL where none fits), amount (cents) and group (flag) under its name; ``region_code`` (index into
    the policy's regions, -1 unknown); ``is_known``: a profile exists and says what is overdue; ``is_unbilled``: a
    profile exists and no invoice does, so that nothing is due (the balance, NULL as given, then counts as zero).
    """
    found: dict[str, Array] = {}
    balance, has_profile = case.columns["customer_balance_overdue_cents"], case.columns["has_profile"] != 0
    # A fresh profile counts contracts in arrears even where no invoice exists; a stale one knows neither figure.
    unbilled = has_profile & (balance != balance) & (case.columns["contracts_in_arrears"] == 0)
    if unbilled.any():
        balance = np.where(unbilled, 0.0, balance)
        own = np.where(unbilled, 0.0, case.number("balance_overdue_cents"))
        case.add({"customer_balance_overdue_cents": balance, "balance_overdue_cents": own})
    for amount in case.book.segments.amounts:
        found[amount.column] = np.rint(case.number(amount.of) * case.number(amount.times))
    case.add(found)
    for band in case.book.segments.bands:
        codes = np.full(case.n, len(band.conditions), np.intp)
        for code in range(len(band.conditions) - 1, -1, -1):
            codes[case.where(band.conditions[code])] = code
        found[band.column] = band.labels[codes]
        case.add({band.column: found[band.column]})
    for group in case.book.segments.groups:
        found[group.column] = case.where(group.condition).astype(np.float64)
        case.add({group.column: found[group.column]})
    found["region_code"] = case.book.policies.hours.codes(text(case.columns, "region"))
    found["is_known"], found["is_unbilled"] = has_profile & (balance == balance), unbilled
    return found
