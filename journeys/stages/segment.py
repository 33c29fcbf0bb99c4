"""Stage 1: who is this? Bands, amounts and groups, and the region as a number."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from journeys.book.reasons import Code
from journeys.book.segments import Band
from journeys.guardrails.holds import end
from journeys.language.conditions import Condition
from journeys.language.fields import HOLDS
from journeys.stages.case import Case
from regua.columns import Array
from regua.vocabulary import CHANNELS, HOLD_BIT

_REACHES = tuple((f"p_reach_{channel}", f"has_point_{channel}") for channel in CHANNELS)
Grades = NDArray[np.signedinteger[Any]]
"""The place of each customer's grade; the last place is none."""
_MOST_GRADES = 127
"""As many as one byte tells apart."""


def segment(case: Case) -> Mapping[str, Array]:
    """Compute every segment of the book.

    Returns
    -------
    Each band (text, NULL where none fits), amount (cents) and group (flag) under its name; the days of each table of
    patience; ``region_code`` (index into the policy's regions, -1 unknown); ``is_known``: a profile exists and says
    what is overdue; ``is_unbilled``: a profile exists and no invoice does, so that nothing is due (the balance, NULL as
    given, then counts as zero).
    """
    found: dict[str, Array] = {}
    case.add(_holds(case) | _counted(case) | _reach(case))
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
        codes = _codes(case, band.conditions)
        _keep(case, band, codes)
        case.grade(band.column, band.labels, codes)
    for group in case.book.segments.groups:
        found[group.column] = case.where(group.condition).astype(np.float64)
        case.add({group.column: found[group.column]})
    for name, table in case.book.patience.tables.items():
        found[name] = np.array(table.waits, np.float64).take(_codes(case, table.conditions))
    found["region_code"] = case.codes("region", case.book.policies.places.positions)
    found["is_known"], found["is_unbilled"] = has_profile & (balance == balance), unbilled
    return found


def _keep(case: Case, band: Band, codes: Grades) -> None:
    """Leave in the grade of the last decision, in place, whoever may keep it."""
    before = case.columns.get(band.before)
    if before is None:
        return
    found = codes.copy()
    for code, condition in enumerate(band.keeps):
        if condition is None:
            continue
        # Figures near a threshold are few: texts are compared last.
        may_keep = case.those(condition, found != code)
        kept = may_keep[before[may_keep] == band.labels[code]]
        if len(kept):
            codes[kept] = code
            case.tell(Code.BAND_KEPT, kept)


def _holds(case: Case) -> dict[str, Array]:
    """Tell the holds in force that some condition asks about apart; without any figure none is known."""
    names = [name for name in HOLDS if name in case.book.fields_read]
    if not names:
        return {}
    entered = case.number("hold_bits")
    bits = np.where(entered > 0, entered, 0.0).astype(np.int64)
    if bits.any():
        policies = case.book.policies
        end(bits, case.columns, policies.on(case.today), case.codes("region", policies.places.positions))
    nobody = np.where(entered == entered, 0.0, np.nan)
    found, held = dict.fromkeys(names, nobody), bits.nonzero()[0]
    here = bits[held]
    for name in names if len(held) else ():
        rows = held[(here & HOLD_BIT[HOLDS[name]]) != 0]
        if len(rows):
            flags = found[name] = nobody.copy()
            flags[rows] = 1.0
    return found


def _counted(case: Case) -> dict[str, Array]:
    """Count the days conditions ask about that the position and the profile tell from the other end."""
    days: dict[str, Array] = {}
    if "days_since_left" in case.book.fields_read:
        left_on = case.columns["left_on"]
        since = np.where(left_on == left_on, case.today.toordinal() - left_on, case.number("days_since_left"))
        days["days_since_left"] = since
    if "days_past_promise" in case.book.fields_read:
        days["days_past_promise"] = -case.number("days_to_promise")
    return days


def _reach(case: Case) -> dict[str, Array]:
    """Find the best chance to reach each customer, among the channels a point is known for."""
    if "best_reach" not in case.book.fields_read:
        return {}
    best = np.full(case.n, np.nan)
    for chance, point in _REACHES:
        chances = case.scored(chance)
        if chances is not None:
            best = np.fmax(best, np.where(case.number(point) > 0, chances, np.nan))
    return {"best_reach": best}


def _codes(case: Case, conditions: Sequence[Condition]) -> Grades:
    """Find the first condition that is true of each customer; their number where none is."""
    none = len(conditions)
    # Counted, not written: the first that is true stands where so many before it are not.
    codes: Grades = np.zeros(case.n, np.int8 if none < _MOST_GRADES else np.intp)
    open_ = np.ones(case.n, np.bool_)
    for condition in conditions:
        open_ = np.greater(open_, case.where(condition))
        np.add(codes, open_.view(np.int8), codes)
    return codes
