"""Stage 1 for one customer: bands, amounts and groups, and the region as a number."""

from collections.abc import Sequence

from journeys.book.reasons import Code
from journeys.book.segments import Band
from journeys.guardrails.holds import lasting
from journeys.language.conditions import Condition
from journeys.language.fields import HOLDS
from journeys.rulebook.row import NAN
from journeys.singly.customer import Customer
from regua.vocabulary import CHANNELS, HOLD_BIT

_REACHES = tuple((f"p_reach_{channel}", f"has_point_{channel}") for channel in CHANNELS)
_HOLDS = tuple((name, HOLD_BIT[kind]) for name, kind in HOLDS.items())


def segment(who: Customer) -> None:
    """Compute every segment of the book; see :func:`journeys.stages.segment.segment`."""
    row, book = who.row, who.book
    who.region_code = row["region_code"] = book.policies.places.positions[row.get("region")]
    _add_holds(who)
    _add_counted(who)
    balance, has_profile = row["customer_balance_overdue_cents"], row["has_profile"] != 0
    if has_profile and balance != balance and row["contracts_in_arrears"] == 0:
        who.is_unbilled = True
        balance = row["customer_balance_overdue_cents"] = row["balance_overdue_cents"] = 0.0
    who.is_known = has_profile and balance == balance
    for amount in book.segments.amounts:
        row[amount.column] = round(row.get(amount.of, NAN) * row.get(amount.times, NAN), 0)
    for band in book.segments.bands:
        code = first_true(band.conditions, who)
        row[band.column] = band.labels.item(_kept(band, code, who))
    for group in book.segments.groups:
        row[group.column] = 1.0 if group.condition.row(row) is True else 0.0
    row |= {name: float(table.waits[first_true(table.conditions, who)]) for name, table in book.patience.tables.items()}


def first_true(conditions: Sequence[Condition], who: Customer) -> int:
    """Find the first condition that is true of a customer; their number where none is."""
    for place, condition in enumerate(conditions):
        if condition.row(who.row) is True:
            return place
    return len(conditions)


def _kept(band: Band, code: int, who: Customer) -> int:
    """Leave a customer in the grade of the last decision where it may be kept."""
    before = who.row.get(band.before)
    for place, condition in enumerate(band.keeps if before is not None else ()):
        if condition is not None and place != code and band.labels.item(place) == before:
            if condition.row(who.row) is not True:
                return code
            who.tell(Code.BAND_KEPT)
            return place
    return code


def _add_holds(who: Customer) -> None:
    """Tell the holds in force that some condition asks about apart; without any figure none is known."""
    row, read = who.row, who.book.fields_read
    entered = row.get("hold_bits", NAN)
    bits = lasting(int(entered), row, who.policy) if entered > 0 else 0
    nobody = 0.0 if entered == entered else NAN
    for name, bit in _HOLDS:
        if name in read:
            row[name] = 1.0 if bits & bit else nobody


def _add_counted(who: Customer) -> None:
    """Count the days that are told from the other end, and find the best chance of reach, where a condition asks."""
    row, read = who.row, who.book.fields_read
    if "days_since_left" in read:
        left_on = row["left_on"]
        row["days_since_left"] = who.today - left_on if left_on == left_on else row.get("days_since_left", NAN)
    if "days_past_promise" in read:
        row["days_past_promise"] = -row["days_to_promise"]
    if "best_reach" in read:
        chances = [row[chance] for chance, point in _REACHES if row.get(point, 0.0) > 0]
        row["best_reach"] = max((chance for chance in chances if chance == chance), default=NAN)
